"""The store that misbehaves on command: a memory store behind moods (tests/moody/), in a program of the tests' own."""

import os
import socket
from contextlib import contextmanager

from .gateway import PROGRAM
from .process import PATIENCE_S

MOODY_PROGRAM = os.path.join(os.path.dirname(PROGRAM), "tests", "sessiongate")

# How the answers to an operation can fail to come, or come otherwise: each mood, and is the operation done all the same?
# hang and stall answer when the kind is told its next mood, if anybody still waits.
MOODS = {"fine": True, "hang": True, "lose": True, "refuse": False, "fail": False, "stall": False, "drop": False}
DONE_ALL_THE_SAME = [mood for mood, done in MOODS.items() if done and mood != "fine"]
NOT_DONE = [mood for mood, done in MOODS.items() if not done]


class MoodyStore:
    """Each method is one command, obeyed before it returns."""

    def __init__(self, path):
        self.path = path

    def url(self, mood="fine"):
        return f"moody:{mood}:{self.path}"

    def _command(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE_S)
            s.connect(self.path)
            s.sendall(" ".join(map(str, words)).encode() + b"\n")
            reply = b"".join(iter(lambda: s.recv(4096), b"")).decode().split()
        assert reply[:1] == ["ok"], f"{words}: {reply}"
        return reply[1:]

    def tell(self, mood, *kinds, after=0, next=0):
        """From now on these kinds of operations (all of them) have that mood, or only the next so many do; answers come
        so many ms later. What hangs of these kinds is let go."""
        for kind in kinds or ["all"]:
            self._command("mood", kind, mood, "after", after, "next", next)

    def fine(self):
        self.tell("fine")

    def asked(self):
        """{kind: how often it was asked for so far}"""
        return {kind: int(count) for kind, count in (word.split("=") for word in self._command("counts"))}

    @contextmanager
    def counting(self):
        """What the block costs the store: {kind: how often}, without those that it did not need, and without the events,
        which are read when it is time for them."""
        before, cost = self.asked(), {}
        yield cost
        after = {kind: count for kind, count in self.asked().items() if kind not in ("events", "expire_due")}
        cost.update({kind: count - before[kind] for kind, count in after.items() if count != before[kind]})

    # Done at the store behind, whatever the moods: as an administrator would.

    def remove(self, id):
        """A revoked session: what the store says of it."""
        return " ".join(self._command("remove", id))

    def remove_user(self, user, realm="default"):
        return " ".join(self._command("remove_user", realm, user))

    def block(self, user, until_ms=0, realm="default"):
        """until_ms: since 1970; 0: until it is lifted."""
        return " ".join(self._command("block", until_ms, realm, user))

    def unblock(self, user, realm="default"):
        return " ".join(self._command("unblock", realm, user))

    def look(self, token, name):
        """The bytes that are stored as the attribute's value; None: there is no such attribute."""
        words = self._command("look", token[:20], name)
        return bytes.fromhex(words[0]) if words else None

    def put(self, token, name, stored):
        """As who can write to the store."""
        return " ".join(self._command("put", token[:20], name, stored.hex()))

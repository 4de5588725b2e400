"""What a Redis was asked for while a block ran, as MONITOR tells it."""

import re
from contextlib import contextmanager

LINE = re.compile(r'^(?P<at>\d+\.\d+) \[\d+ (?P<who>\S+)\] (?P<words>.*)$')
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
END = "the end of what was watched"

# What scripts do that changes something.
WRITES = {"HSET", "HDEL", "HINCRBY", "DEL", "PEXPIRE", "PERSIST", "ZADD", "ZREM", "XADD", "XTRIM"}
# What a gateway does by itself, whatever it is asked: the first keys of those scripts. An expiry names a session, too.
BY_ITSELF = ("meta", "due", "events")


class Command:
    """One of a client's, with what its script did."""

    def __init__(self, who, words):
        self.who, self.words, self.inner = who, words, []

    @property
    def name(self):
        return self.words[0].upper()

    @property
    def key(self):
        """The first that it names."""
        return self.words[3] if self.name in ("EVAL", "EVALSHA") and int(self.words[2]) else None

    @property
    def part(self):
        """Of what the first key is: "s" of a session, "u" of a user."""
        return self.key.split(":")[2] if self.key else None

    @property
    def writes(self):
        return bool({words[0].upper() for words in self.inner} & WRITES)

    def __repr__(self):
        return f"{self.name} {self.key} {'writes' if self.writes else 'reads'}"


def _command(commands, line):
    """Add what the line says to those before it."""
    found = LINE.match(line)
    words = WORD.findall(found["words"])
    if found["who"] == "lua":
        commands[-1].inner.append(words)
    else:
        commands.append(Command(found["who"], words))
    return words


@contextmanager
def watched(server):
    """[Command] of all but those that gateways do by themselves; filled when the block ends."""
    commands, seen = [], []
    with server.connect() as monitor:
        assert monitor.ask("MONITOR") == "OK"
        yield commands
        server.ask("ECHO", END)
        while _command(seen, monitor.read()) != ["ECHO", END]:
            pass
    commands += [command for command in seen[:-1] if command.part not in BY_ITSELF]

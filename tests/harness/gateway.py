"""The program under test: SESSIONGATE names it, build/sessiongate is the default."""

import functools
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

from .address import connect
from .front import Front
from .process import PATIENCE_S, Process, wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("SESSIONGATE", ROOT / "build" / "sessiongate"))


@functools.cache
def sanitized():
    with open(PROGRAM, "rb") as program:
        symbols = program.read()
    return b"__asan_init" in symbols or b"__tsan_init" in symbols


class Gateway:
    def __init__(self, config, directory, stdin=subprocess.DEVNULL, name="gateway", connect_to=None, under=(), program=PROGRAM):
        """under: a program to run it with, and its arguments."""
        self.config, self.program, self.fronts, self.tokens = config, program, [], set()
        self.file = os.path.join(directory, f"{name}.yaml")
        self.address = connect_to or _address(config["listen"][0])
        self.write(config)
        self.process = Process(name, [*under, program, "-c", self.file], directory, stdin=stdin)
        try:
            wait_until(self._answers, what="the gateway to listen")
        except BaseException:
            self.process.stop()
            raise

    def write(self, config):
        """YAML is a superset of JSON. Replaced in one step: a reload never reads half."""
        with open(self.file + ".new", "w") as out:
            json.dump(config, out, indent=1)
        os.rename(self.file + ".new", self.file)

    def _answers(self):
        assert self.process.running(), f"the gateway ended at start:\n{self.process.log}"
        try:
            connect(self.address, 1).close()
        except OSError:
            return False
        return True

    @property
    def log(self):
        return self.process.log

    def front(self, address=None):
        """One more connection from the web server."""
        front = Front(address or self.address)
        self.fronts.append(front)
        return front

    def ask(self, params=None, body=b"", **how):
        """One request on a connection of its own."""
        front = self.front()
        try:
            return front.ask(params, body, **how)
        finally:
            front.close()

    def snippet(self, server):
        """What --print-snippet says for this configuration."""
        argv = [self.program, "-c", self.file, "--print-snippet", server]
        return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE_S).stdout

    def descriptors(self):
        """How many the program has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def reload(self, config=None):
        if config is not None:
            self.write(config)
        self.process.signal(signal.SIGHUP)

    def memory_kib(self):
        """Of the program; always 0 with a sanitizer, which has a shadow of it, and keeps what was freed."""
        return 0 if sanitized() else self.process.resident_kib()

    def stop(self):
        for front in self.fronts:
            front.close()
        self.process.stop()
        self.process.assert_clean()
        log = self.log
        assert not [token for token in self.tokens if token[20:] in log], "a secret stands in the log"


def _address(listen):
    return listen if isinstance(listen, str) else listen["address"]


def inherited_listener(path):
    """For fd:0: a listening socket that the gateway gets as its standard input."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(16)
    return s

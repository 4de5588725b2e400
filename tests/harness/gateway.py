"""The program under test: SESSIONGATE names it, build/sessiongate is the default."""

import functools
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

from .front import Front
from .process import PATIENCE_S, Process, Unclean, wait_until
from .readiness import Readiness

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.path.abspath(os.environ.get("SESSIONGATE", ROOT / "build" / "sessiongate"))

# Of a store that nobody makes late: one whose machine stands still for a second is not away.
STORE_TIMEOUT = "20s"


@functools.cache
def sanitized():
    with open(PROGRAM, "rb") as program:
        symbols = program.read()
    return b"__asan_init" in symbols or b"__tsan_init" in symbols


def begin(name, argv, directory, **how):
    """A process of the program that has said that all is open; how: as Process has it."""
    readiness = Readiness(os.path.join(directory, f"{name}.notify"))
    process = Process(name, argv, directory, env=readiness.env, **how)

    def is_ready():
        assert process.running(), f"{name} ended at start:\n{process.log}"
        return readiness.told()

    try:
        wait_until(is_ready, what=f"{name} to be ready")
    except BaseException:
        process.stop()
        raise
    finally:
        readiness.close()
    return process


class Gateway:
    def __init__(self, config, directory, stdin=subprocess.DEVNULL, name="gateway", connect_to=None, under=(), program=PROGRAM):
        """under: a program to run it with, and its arguments."""
        self.config, self.program, self.fronts, self.tokens = config, program, [], set()
        self.file = os.path.join(directory, f"{name}.yaml")
        self.address = connect_to or _address(config["listen"][0])
        self.write(config)
        self.begin(name, directory, stdin=stdin, under=under)

    def begin(self, name, directory, stdin=subprocess.DEVNULL, under=()):
        """Again, too, when it has ended."""
        self.process = begin(name, [*under, self.program, "-c", self.file], directory, stdin=stdin)

    def write(self, config):
        """YAML is a superset of JSON. Replaced in one step: a reload never reads half."""
        with open(self.file + ".new", "w") as out:
            json.dump(config, out, indent=1)
        os.rename(self.file + ".new", self.file)

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
        if any(token[20:] in log for token in self.tokens):
            raise Unclean("a secret stands in the log")


def _address(listen):
    return listen if isinstance(listen, str) else listen["address"]


def inherited_listener(path):
    """For fd:0: a listening socket that the gateway gets as its standard input."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen(16)
    return s

"""What turns.c tells of the loops of a program that runs with it: by thread, and by phase of what is done to it."""

import mmap
import os
import struct
from contextlib import contextmanager
from dataclasses import dataclass

from harness.gateway import ROOT

LIBRARY = os.path.abspath(os.environ.get("BENCH_TURNS", ROOT / "build/bench/turns.so"))

PHASES, THREADS = 256, 16
HEAD = struct.Struct("QQ")  # the phase, how many threads have a place
NAME_BYTES = 16
RECORD = struct.Struct("7Q")
THREAD_BYTES = NAME_BYTES + PHASES * RECORD.size


@dataclass
class Record:
    """Of a thread in a phase, or of several."""

    turns: int = 0
    pauses: int = 0
    cpu_ns: int = 0
    longest_wall_ns: int = 0
    longest_own_ns: int = 0
    holds: int = 0
    longest_hold_ns: int = 0

    def __add__(self, other):
        return Record(
            self.turns + other.turns,
            self.pauses + other.pauses,
            self.cpu_ns + other.cpu_ns,
            max(self.longest_wall_ns, other.longest_wall_ns),
            max(self.longest_own_ns, other.longest_own_ns),
            self.holds + other.holds,
            max(self.longest_hold_ns, other.longest_hold_ns),
        )


class Turns:
    def __init__(self, path):
        """path: of a file that is nobody else's."""
        self.phase = 0  # the last one
        with open(path, "w+b") as shared:
            shared.truncate(HEAD.size + THREADS * THREAD_BYTES)
            self.memory = mmap.mmap(shared.fileno(), 0)
        self.under = ["/usr/bin/env", f"LD_PRELOAD={LIBRARY}", f"TURNS={path}"]

    @contextmanager
    def measured(self):
        """What is done within is a phase of its own, whose number it is."""
        self.phase += 1
        assert self.phase < PHASES
        self._enter(self.phase)
        try:
            yield self.phase
        finally:
            self._enter(0)

    def _enter(self, phase):
        self.memory[:8] = struct.pack("Q", phase)

    def threads(self):
        """Their places, by name; two of one name are told apart by theirs."""
        _, count = HEAD.unpack_from(self.memory)
        places = range(HEAD.size, HEAD.size + count * THREAD_BYTES, THREAD_BYTES)
        return {place: self.memory[place : place + NAME_BYTES].rstrip(b"\0").decode() for place in places}

    def of(self, name, *phases):
        """All threads whose name begins so, in these phases."""
        places = [place for place, thread in self.threads().items() if thread.startswith(name)]
        return sum((self._record(place, phase) for place in places for phase in phases), Record())

    def _record(self, place, phase):
        return Record(*RECORD.unpack_from(self.memory, place + NAME_BYTES + phase * RECORD.size))

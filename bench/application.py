"""application.c as a process with its processes."""

import contextlib
import os
import signal

from harness.gateway import ROOT
from harness.process import Process, wait_until

from . import cpu

PROGRAM = os.path.abspath(os.environ.get("BENCH_APPLICATION", ROOT / "build/bench/application"))


class Application:
    def __init__(self, name, processes, directory):
        self.name, self.processes, self.directory = name, processes, directory
        self.socket = os.path.join(directory, f"{name}.sock")
        self.start()

    @property
    def address(self):
        return f"unix:{self.socket}"

    def start(self):
        self.process = Process(self.name, [PROGRAM, self.socket, str(self.processes)], self.directory)
        self.process.until_it_listens(self.address)
        wait_until(lambda: len(self.children()) == self.processes, what=f"the processes of {self.name}")

    def children(self):
        return cpu.children(self.process.pid)

    def pids(self):
        return [self.process.pid, *self.children()]

    def signal(self, number, most=None):
        """Its working processes, or some of them."""
        for pid in self.children()[:most]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self):
        """Also those that SIGSTOP keeps from hearing SIGTERM."""
        pids = self.children()
        self.process.stop()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

"""A process that a test owns: it dies with us, ends by its pid, and its log is read afterwards."""

import ctypes
import os
import signal
import subprocess
import time
from functools import partial

from .address import connect

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

# A busy machine, or a sanitizer: patience for everything that is not itself measured.
PATIENCE_S = 30
# For what takes no time at all: a machine that runs other suites beside may be late, a hang lasts longer.
SOON_S = 10

ALARMS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "Assertion ")


class Unclean(AssertionError):
    """A program crashed, said what it may not say, or was found out by a sanitizer: no slow machine explains that."""


def die_with_parent(number=signal.SIGKILL):
    _libc.prctl(PR_SET_PDEATHSIG, number)


def _begin(orphaned):
    """In the new process. A shell that starts us in the background has us ignore SIGINT, which is inherited."""
    die_with_parent(orphaned)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until(true, seconds=PATIENCE_S, what="it"):
    """Poll; the last look counts, however late it comes."""
    deadline = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.01)


class Process:
    def __init__(self, name, argv, directory, stdin=subprocess.DEVNULL, env=None, orphaned=signal.SIGKILL, **how):
        """orphaned is sent when we die first; a program with processes of its own needs SIGTERM to end them, too."""
        self.name = name
        self.log_path = os.path.join(directory, f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(
                argv,
                stdin=stdin,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
                preexec_fn=partial(_begin, orphaned),
                **how,
            )

    def until_it_listens(self, address):
        def listens():
            assert self.running(), f"{self.name} ended at start:\n{self.log}"
            try:
                connect(address, 1).close()
            except OSError:
                return False
            return True

        wait_until(listens, what=self.name)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def log(self):
        with open(self.log_path, "rb") as log:
            return log.read().decode("utf-8", "replace")

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, seconds=PATIENCE_S):
        return self.popen.wait(seconds)

    def stop(self, seconds=PATIENCE_S):
        """SIGTERM, patience, SIGKILL; the exit status."""
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.wait()
        return self.popen.returncode

    def assert_clean(self, status=0):
        """It ended as asked, and neither a sanitizer nor an assertion spoke."""
        log = self.log
        alarm = next((alarm for alarm in ALARMS if alarm in log), None)
        if alarm is not None:
            raise Unclean(f"{self.name}: {alarm}\n{log[-8000:]}")
        if self.popen.returncode != status:
            raise Unclean(f"{self.name} ended with {self.popen.returncode}\n{log[-4000:]}")

    def resident_kib(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

    def state(self):
        """As ps says it: T has been stopped."""
        with open(f"/proc/{self.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def descriptors(self):
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

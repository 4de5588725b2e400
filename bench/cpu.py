"""CPU time: of processes, and of the whole machine."""

import os
import resource
import time
from dataclasses import dataclass

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Time:
    """both is to the nanosecond; user and system come in ticks of the clock."""

    user: float = 0.0
    system: float = 0.0
    both: float = 0.0

    def __add__(self, other):
        return Time(self.user + other.user, self.system + other.system, self.both + other.both)

    def __sub__(self, other):
        return Time(self.user - other.user, self.system - other.system, self.both - other.both)

    def __truediv__(self, n):
        return Time(self.user / n, self.system / n, self.both / n)


def _fields(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()


def _ran(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/schedstat") as stat:
        return int(stat.read().split()[0]) / 1e9


def of(pid):
    """Of all its threads, so far."""
    fields = _fields(pid)
    both = sum(_ran(pid, thread) for thread in os.listdir(f"/proc/{pid}/task"))
    return Time(int(fields[11]) * TICK_S, int(fields[12]) * TICK_S, both)


def children(pid):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(_fields(name)[1]) == pid:
                found.append(int(name))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just ended
    return found


def _busy():
    """{cpu: seconds in which it was not idle}; what a hypervisor took away is not ours either."""
    busy = {}
    with open("/proc/stat") as stat:
        for line in stat:
            name, *ticks = line.split()
            if name.startswith("cpu") and name != "cpu":
                user, nice, system, _, _, irq, softirq, steal, *_ = map(int, ticks)
                busy[int(name[3:])] = (user + nice + system + irq + softirq + steal) * TICK_S
    return busy


def _own():
    """Of this process and of the children that it has waited for."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


class Noise:
    """What others took of the CPU that we run on, and of the other ones, while we measured; shares of the time."""

    ours, elsewhere = 0.0, 0.0
    MOST_OURS, MOST_ELSEWHERE = 0.05, 0.30

    def __init__(self, cpu, pids):
        self.cpu, self.pids = cpu, pids
        self.began, self.busy_before, self.used_before = time.monotonic(), _busy(), self._used()

    def _used(self):
        return _own() + sum(of(pid).both for pid in self.pids)

    def end(self):
        seconds = time.monotonic() - self.began
        grown = {cpu: busy - self.busy_before[cpu] for cpu, busy in _busy().items()}
        mine = grown.pop(self.cpu)
        self.ours = max(mine - (self._used() - self.used_before), 0) / seconds
        self.elsewhere = max(grown.values(), default=0) / seconds
        return self

    @property
    def loud(self):
        return self.ours > self.MOST_OURS or self.elsewhere > self.MOST_ELSEWHERE

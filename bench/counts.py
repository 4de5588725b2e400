"""What the gateway does for one request, counted: system calls by strace, user instructions by callgrind."""

import glob
import os
import re
import signal
import subprocess

from harness.process import Process, wait_until

FEW_S, MANY_S = 1, 3


def system_calls(way, connections, seconds):
    """({name: calls for one request}, errors); the ones that are made for hardly any request are left out."""
    log = way.chain.path("strace")
    argv = ["/usr/bin/strace", "-f", "-c", "-U", "calls,name", "-o", log, "-p", str(way.gateway.process.pid)]
    strace = Process("strace", argv, way.chain.directory)
    try:
        wait_until(lambda: "attached" in strace.log or not strace.running(), what="strace to attach")
        load = way.load("/write", connections, seconds)
        strace.signal(signal.SIGINT)
        strace.wait()
    finally:
        strace.stop()
    with open(log) as table:
        rows = re.findall(r"^ *(\d+) (\w+)$", table.read(), re.M)
    assert rows, strace.log
    calls = {name: int(count) / load.requests for count, name in rows if name != "total"}
    return {name: calls[name] for name in sorted(calls, key=calls.get, reverse=True) if calls[name] >= 0.005}, load.errors


def callgrind(chain):
    """What a gateway runs under, to be counted."""
    file = chain.path("callgrind.%p")
    return ["/usr/bin/valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={file}"]


def _dump(way):
    """Instructions since the last time, all threads together."""
    pid = way.gateway.process.pid
    pattern = way.chain.path("callgrind.*")
    for old in glob.glob(pattern):
        os.remove(old)
    argv = ["/usr/bin/callgrind_control", "-d", str(pid)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def total():
        found = [re.search(r"^totals: (\d+)", open(name).read(), re.M) for name in glob.glob(pattern)]
        return sum(int(total[1]) for total in found if total)

    return wait_until(total, what="callgrind's figures")


def instructions(way, connections):
    """(User instructions for one request, errors), for a way whose gateway runs under callgrind(). The difference of a
    long and a short run: what each of them costs besides its requests falls out."""
    loads, counts = [], []
    way.load("/write", connections, FEW_S)
    for seconds in (FEW_S, MANY_S):
        _dump(way)
        loads.append(way.load("/write", connections, seconds))
        counts.append(_dump(way))
    each = (counts[1] - counts[0]) / (loads[1].requests - loads[0].requests)
    return each, sum(load.errors for load in loads)

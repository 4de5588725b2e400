"""What the gateway keeps under load: memory for idle connections, for large bodies, for connections that come and go."""

import time

from harness.process import wait_until

from .stage import Stage
from .target import Target

IDLE = Target("resident memory for each idle connection", 2048, unit=" B")
PEAK = Target("largest resident memory while large bodies go through", 32, unit=" MiB")
GROWTH = Target("growth of resident memory by connections that came and went", 256, unit=" KiB")
LEFT_OPEN = Target("descriptors left open by them", 0)
WARM_UP = 20000
# The gateway in its turn has one for each connection, and some more.
DESCRIPTORS = 100


def idle(connections):
    """Each has had a request; the kernel's memory for its socket is not the process's."""
    with Stage(max_connections=connections + DESCRIPTORS) as stage:
        stage.load("one", visits=1000).result()
        wait_until(lambda: stage.descriptors() < DESCRIPTORS, what="the warm-up's connections to go")
        before = stage.resident_kib()
        load = stage.load("one", visits=connections, at_once=connections, busy=64, hold=1)
        load.until_held()
        held, after = stage.descriptors(), stage.resident_kib()
        result = load.result()
    assert held > connections, f"only {held} descriptors are open"
    each = (after - before) * 1024 / connections
    print(f"{connections} idle connections: resident memory {before} KiB before, {after} KiB with them")
    return [(IDLE, each)], result.errors


def _mode(stage, kind, size):
    stage.forget_peak()
    began = time.monotonic()
    result = stage.load(kind, visits=1, bytes=size, patience=300).result()
    seconds = time.monotonic() - began
    peak = stage.peak_kib() / 1024
    print(f"  {kind:14} {seconds:6.1f} s {size / seconds / 2**20:7.0f} MiB/s {peak:8.1f} MiB", flush=True)
    return peak, result.errors


def bodies(size):
    """One body after the other, by a FastCGI client, whose bytes are checked at the other end."""
    kinds = ["up", "up-chunked", "up-slow", "down", "down-unknown", "down-slow"]
    print(f"bodies of {size / 2**20:.0f} MiB, and the largest resident memory meanwhile:")
    with Stage() as stage:
        modes = [_mode(stage, kind, size) for kind in kinds]
    return [(PEAK, max(peak for peak, _ in modes))], sum(errors for _, errors in modes)


def churn(connections):
    """Some are silent, some ask once, some for more, some leave in the middle."""
    kinds = ["one", "once", "silent", "leaves"]
    with Stage() as stage:
        errors = stage.load(*kinds, visits=min(WARM_UP, connections)).result().errors
        before = _at_rest(stage)
        began = time.monotonic()
        result = stage.load(*kinds, visits=connections).result()
        seconds = time.monotonic() - began
        after = _at_rest(stage)
    print(
        f"{result.visits} connections came and went in {seconds:.0f} s: resident memory {before[0]} KiB before, {after[0]} KiB"
        f" after; descriptors {before[1]} and {after[1]}"
    )
    return [(GROWTH, after[0] - before[0]), (LEFT_OPEN, after[1] - before[1])], errors + result.errors


def _at_rest(stage):
    """(Resident KiB, descriptors) when the applications' idle connections have gone, too."""
    latest = [stage.descriptors()]

    def same_for_a_second():
        time.sleep(1)
        latest.append(stage.descriptors())
        return len(latest) > 6 and len(set(latest[-3:])) == 1

    wait_until(same_for_a_second, 60, what="the descriptors to rest")
    return stage.resident_kib(), latest[-1]

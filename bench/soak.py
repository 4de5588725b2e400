"""Good and bad visitors at full rate, while an application is killed, stopped and restarted, and the gateway reloaded:
every good request ends right or is seen not to, and nothing grows."""

import math
import random
import signal
import time

from harness.process import wait_until

from .stage import Stage
from .target import Target

KINDS = (
    "get once one post post-chunked multiplexed slow-reader"
    " faulty faulty-once faulty-chunked cut cut-once die garbage stall gone"
    " silent leaves leaves-chunked aborts malformed drips"
).split()

SLOPE = Target("soak: slope of resident memory, second half", 16, unit=" KiB/min")
GROWTH = Target("soak: descriptors at rest, after minus before", 0)
BAD = Target("soak: good requests neither right nor seen to have failed", 0)

VISITORS = 64
SAMPLE_S = 1.0
WARM_UP_S = 10


class Trouble:
    """What happens to the faulty application, and to the gateway; the same in every run."""

    def __init__(self, stage):
        self.stage, self.random = stage, random.Random(3)
        self.next, self.remedy, self.reloads = time.monotonic(), None, 0
        self.counts = {}

    def tick(self):
        if time.monotonic() < self.next:
            return
        if self.remedy is not None:
            remedy, self.remedy = self.remedy, None
            remedy()
            self.next = time.monotonic() + self.random.uniform(0.2, 2)
            return
        fault = self.random.choice([self.kill_one, self.stop, self.restart, self.reload])
        self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
        self.next = time.monotonic() + self.random.uniform(0.1, 1.5)
        self.remedy = fault()

    def end(self):
        if self.remedy is not None:
            self.remedy()

    def kill_one(self):
        self.stage.faulty.signal(signal.SIGKILL, most=1)

    def stop(self):
        self.stage.faulty.signal(signal.SIGSTOP)
        return lambda: self.stage.faulty.signal(signal.SIGCONT)

    def restart(self):
        self.stage.faulty.stop()
        return self.stage.faulty.start

    def reload(self):
        """Each time with other settings, so that applications change, one or the other."""
        self.reloads += 1
        applications = self.stage.config["applications"]
        changed = applications["faulty" if self.reloads % 2 else "steady"]
        changed["connect_timeout"] = f"{2 + self.reloads % 7}s"
        self.stage.gateway.reload(self.stage.config)


def slope(samples):
    """(Units a minute, half the width of the 95 % interval) of [(seconds, value)], by least squares."""
    n = len(samples)
    if n < 3:
        return 0.0, math.inf
    x, y = [at / 60 for at, _ in samples], [value for _, value in samples]
    mean_x, mean_y = sum(x) / n, sum(y) / n
    spread = sum((at - mean_x) ** 2 for at in x)
    rise = sum((at - mean_x) * (value - mean_y) for at, value in zip(x, y)) / spread
    rest = sum((value - mean_y - rise * (at - mean_x)) ** 2 for at, value in zip(x, y))
    return rise, 1.96 * math.sqrt(rest / (n - 2) / spread)


def _watch(stage, load, trouble):
    """[(second, resident KiB, descriptors)]"""
    samples, began = [], time.monotonic()
    while load.running():
        trouble.tick()
        second = time.monotonic() - began
        if second >= len(samples) * SAMPLE_S:
            samples.append((second, stage.resident_kib(), stage.descriptors()))
        time.sleep(0.02)
    return samples


def at_rest(stage):
    """(Resident KiB, descriptors) when the idle connections to applications have gone, too."""
    latest = []

    def same_for_a_while():
        latest.append(stage.descriptors())
        time.sleep(0.5)
        return len(latest) > 5 and len(set(latest[-4:])) == 1

    wait_until(same_for_a_while, 60, what="the descriptors to rest")
    return stage.resident_kib(), latest[-1]


def _print_outcomes(result):
    for kind, outcomes in result.kinds.items():
        listed = ", ".join(f"{outcome} {number}" for outcome, number in outcomes.items())
        print(f"  {kind:16} {listed}")


def soak(seconds):
    with Stage(header_timeout="1s", body_rate=0) as stage:
        load = stage.load(*KINDS, seconds=min(WARM_UP_S, seconds), at_once=VISITORS)
        errors = load.result().errors
        before = at_rest(stage)
        trouble = Trouble(stage)
        load = stage.load(*KINDS, seconds=seconds, at_once=VISITORS)
        samples = _watch(stage, load, trouble)
        trouble.end()
        result = load.result()
        after = at_rest(stage)
    half = samples[len(samples) // 2 :]
    rise, width = slope([(at, resident) for at, resident, _ in half])
    open_rise, open_width = slope([(at, descriptors) for at, _, descriptors in half])
    happened = ", ".join(f"{name} {number}" for name, number in sorted(trouble.counts.items()))
    print(f"soak of {seconds} s, {result.all / seconds:.0f} requests/s, {result.visits} connections; meanwhile: {happened}")
    _print_outcomes(result)
    print(
        f"  resident memory at rest {before[0]} KiB before, {after[0]} KiB after, at most {max(s[1] for s in samples)} KiB;"
        f" second half {rise:+.1f} ± {width:.1f} KiB/min; descriptors {open_rise:+.1f} ± {open_width:.1f} a minute"
    )
    measured = [(SLOPE, rise), (GROWTH, after[1] - before[1]), (BAD, result.errors)]
    return measured, errors + result.errors

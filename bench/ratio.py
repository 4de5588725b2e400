"""CPU time of each part of the chain for one request, and the rate; with and without the gateway, in turn."""

import statistics
from dataclasses import dataclass

from . import cpu

CONNECTIONS = 64
WARM_UP_S = 1


@dataclass
class Run:
    """One run of wrk; times in microseconds for one request."""

    load: object
    nginx: cpu.Time
    gateway: cpu.Time
    application: cpu.Time
    store: cpu.Time
    noise: cpu.Noise

    @property
    def ratio(self):
        return self.gateway.both / self.nginx.both

    @property
    def chain_us(self):
        """All of it, but the load generator."""
        return sum(part.both for part in (self.nginx, self.gateway, self.application, self.store))


class Scenario:
    def __init__(self, name, way, path, visitors=None, connections=CONNECTIONS):
        self.name, self.way, self.path, self.connections, self.runs = name, way, path, connections, []
        self.visitors = visitors or way.visitors

    def median(self, value):
        return statistics.median(value(run) for run in self.runs)

    def spread(self, value):
        """Median, least and most."""
        values = [value(run) for run in self.runs]
        return statistics.median(values), min(values), max(values)

    @property
    def ratios(self):
        return self.spread(lambda run: run.ratio)

    @property
    def loud(self):
        return sum(run.noise.loud for run in self.runs)

    def assert_does_what_it_says(self, seconds):
        """A benchmark of something else is soon written; and this warms up."""
        before = self.way.attributes(self.visitors)
        self.load(seconds)
        after = self.way.attributes(self.visitors)
        changed = [name for name in after if after[name] != before[name]]
        sessions = self.way.gateway is not None
        assert len(before) == len(after) == (8 if sessions else 0), f"{self.name}: {after}"
        assert len(changed) == (1 if sessions and self.path == "/write" else 0), f"{self.name} changed {changed}"

    def load(self, seconds):
        return self.way.load(self.path, self.connections, seconds, self.visitors)

    def run(self, seconds):
        chain, way = self.way.chain, self.way
        gateway = [way.gateway.process.pid] if way.gateway else []
        parts = [[chain.nginx.worker], gateway, way.application, way.store]
        noise = cpu.Noise(chain.cpu, chain.pids())
        before = [_sum(part) for part in parts]
        load = self.load(seconds)
        times = [(_sum(part) - start) / (load.requests / 1e6) for part, start in zip(parts, before)]
        return Run(load, *times, noise.end())


def _sum(pids):
    return sum((cpu.of(pid) for pid in pids), cpu.Time())


def measure(scenarios, repeats, seconds):
    """In turn, so that what changes with time meets all of them. While others use the CPU a run is repeated, in all
    as often as there are repeats; the last one counts."""
    patience = repeats
    for scenario in scenarios:
        scenario.assert_does_what_it_says(WARM_UP_S)
    for _ in range(repeats):
        for scenario in scenarios:
            run = scenario.run(seconds)
            while run.noise.loud and patience > 0:
                patience -= 1
                run = scenario.run(seconds)
            scenario.runs.append(run)


def errors(scenarios):
    return sum(run.load.errors for scenario in scenarios for run in scenario.runs)


def share(scenario, whole):
    """The rate beside that of another one; from runs that followed each other."""
    return statistics.median(a.load.rate / b.load.rate for a, b in zip(scenario.runs, whole.runs))


def table(scenarios, whole=None):
    """Lines of text: medians, and of the ratio also the least and the most."""
    yield (
        f"{'':28} {'req/s':>7} {'/A':>5} {'p50 ms':>7} {'p99 ms':>7} {'nginx us':>9} {'gateway us (user+sys)':>22}"
        f" {'application us':>15}   gateway/nginx (least, most)"
    )
    for scenario in scenarios:
        yield _row(scenario, whole)


def _row(scenario, whole):
    rate = scenario.median(lambda run: run.load.rate)
    beside = f"{share(scenario, whole):5.2f}" if whole else f"{'':5}"
    user, system = (scenario.median(lambda run: getattr(run.gateway, name)) for name in ("user", "system"))
    through = scenario.way.gateway is not None
    both = scenario.median(lambda run: run.gateway.both)
    gateway = f"{both:.1f} ({user:.1f}+{system:.1f})" if through else "-"
    ratio = "{:.2f} ({:.2f}, {:.2f})".format(*scenario.ratios) if through else "-"
    others = f"   noisy: {scenario.loud} of {len(scenario.runs)}" if scenario.loud else ""
    return (
        f"{scenario.name:28} {rate:7.0f} {beside} {scenario.median(lambda run: run.load.p50_ms):7.2f}"
        f" {scenario.median(lambda run: run.load.p99_ms):7.2f} {scenario.median(lambda run: run.nginx.both):9.1f}"
        f" {gateway:>22} {scenario.median(lambda run: run.application.both):15.1f}   {ratio}{others}"
    )

"""PHP's session handlers side by side: ours behind the gateway, as it is and without params for the scripts, phpredis and files
behind nginx."""

import os
import statistics

from . import ratio
from .chain import Chain, Way
from .php import PAGE, Php
from .redis import Redis
from .target import Target

# As many as there are processes of each: no request waits, and every server keeps its connections.
CONNECTIONS = 8
NGINX = f"fastcgi_param SCRIPT_FILENAME {PAGE};"
SIZES = {"2 KB": "/start-small", "30 KB": "/start-large"}

RATE = "rate / rate of {other}: {page}{how}"
CPU = "PHP-FPM CPU / its CPU with {other}: {page}{how}"
WAYS = {"adapter": "", "params: false": ", params: false"}  # of ours, and what is said of it


class Handler:
    """One of them, with its way, and the visitors that it has sessions of."""

    def __init__(self, name, way):
        self.name, self.way, self.known = name, way, {}

    def visitors(self, size):
        if size not in self.known:
            self.known[size] = self.way.visitors_of(SIZES[size])
        return self.known[size]


class Handlers(Chain):
    """All that takes turns; on one CPU."""

    def _start(self):
        redis = self.owns(Redis(self.directory))
        kept = {"session.save_handler": "redis", "session.save_path": f"unix://{redis.socket}?persistent=1"}
        os.mkdir(self.path("files"))
        self.adapter = self._adapter("adapter", {})
        self.sparing = self._adapter("params: false", {"params": False})
        self.phpredis = self._straight("phpredis", kept, [redis.process.pid])
        self.locking = self._straight("phpredis-locking", {**kept, "redis.session.locking_enabled": 1}, [redis.process.pid])
        self.files = self._straight("files", {"session.save_handler": "files", "session.save_path": self.path("files")})
        self.listen(NGINX)

    @property
    def all(self):
        return [self.adapter, self.sparing, self.phpredis, self.locking, self.files]

    def _php(self, name, settings):
        return self.owns(Php(f"{name}-php", CONNECTIONS, self.directory, settings))

    def _adapter(self, name, settings):
        word = name.partition(":")[0]  # of the files and sockets
        php = self._php(word, {})
        gateway = self.gateway_before(php, CONNECTIONS, word, adapter={"php": settings})
        return Handler(name, self.add(Way(self, word, php, gateway)))

    def _straight(self, name, settings, store=()):
        return Handler(name, self.add(Way(self, name, self._php(name, settings), store=store)))


class Visit(ratio.Scenario):
    """A page, asked for through a handler by those who have a session of that size."""

    def __init__(self, handler, page, path, size):
        super().__init__(f"{page}: {handler.name}", handler.way, path, handler.visitors(size), CONNECTIONS)

    def assert_does_what_it_says(self, seconds):
        before = self.way.attributes(self.visitors)
        self.load(seconds)
        after = self.way.attributes(self.visitors)
        changed = [name for name in before if after.get(name) != before[name]]
        assert len(before) == len(after) == 6, f"{self.name}: {before}, {after}"
        assert changed == (["visits"] if self.path in ("/write", "/late") else []), f"{self.name} changed {changed}"
        started = self.way.get(self.path)[0].getheader("Set-Cookie") is not None
        assert started == (self.path != "/none"), f"{self.name}: {started}"


class Page:
    """A page with the handlers beside each other."""

    def __init__(self, handlers, name):
        path, _, size = name.partition(", ")
        self.name = name
        self.visits = {handler.name: Visit(handler, name, f"/{path}", size or "2 KB") for handler in handlers}

    def beside(self, ours, other, value):
        """Of runs that followed each other."""
        pairs = zip(self.visits[ours].runs, self.visits[other].runs)
        return statistics.median(value(one) / value(another) for one, another in pairs)

    def promised(self):
        """Where there is no session, nobody is ahead of anybody."""
        if self.name == "none":
            return
        for ours, how in WAYS.items():
            for other in (name for name in self.visits if name.startswith("phpredis")):
                names = {"other": other, "page": self.name, "how": how}
                yield Target(RATE.format(**names), 1, at_least=True), self.beside(ours, other, lambda run: run.load.rate)
                yield Target(CPU.format(**names), 1), self.beside(ours, other, lambda run: run.application.both)


PAGES = ["none", *(f"{name}, {size}" for size in SIZES for name in ("read", "write")), "late, 2 KB"]


def pages(handlers, names):
    """Without a session phpredis does the same whether or not it locks, and there is nothing to tell scripts."""
    unlocked = [handler for handler in handlers.all if handler not in (handlers.locking, handlers.sparing)]
    return [Page(unlocked if name == "none" else handlers.all, name) for name in names]


def table(measured):
    """Lines of text: medians; of the rate and of PHP-FPM's time also the least and the most."""
    yield (
        f"{'':30} {'req/s (least, most)':>22} {'p99 ms':>7} {'PHP-FPM us (least, most; user+sys)':>36}"
        f" {'nginx us':>9} {'gateway us':>11} {'redis us':>9} {'chain us':>9}"
    )
    for page in measured:
        yield from (_row(visit) for visit in page.visits.values())


def _row(visit):
    php, rate = visit.spread(lambda run: run.application.both), visit.spread(lambda run: run.load.rate)
    user, system = (visit.median(lambda run: getattr(run.application, name)) for name in ("user", "system"))
    rates, times = "{:.0f} ({:.0f}, {:.0f})".format(*rate), "{:.1f} ({:.1f}, {:.1f}; ".format(*php)
    others = f"   noisy: {visit.loud} of {len(visit.runs)}" if visit.loud else ""
    return (
        f"{visit.name:30} {rates:>22} {visit.median(lambda run: run.load.p99_ms):7.2f}"
        f" {times + f'{user:.0f}+{system:.0f})':>36} {visit.median(lambda run: run.nginx.both):9.1f}"
        f" {_time(visit, 'gateway'):>11} {_time(visit, 'store'):>9} {visit.median(lambda run: run.chain_us):9.1f}{others}"
    )


def _time(visit, part):
    time = visit.median(lambda run: getattr(run, part).both)
    return f"{time:.1f}" if time else "-"

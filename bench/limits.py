"""What the gateway keeps under load: memory for idle connections, for large bodies, for connections that come and go."""

import time

from harness.process import wait_until

from . import browser
from .nginx import Nginx
from .soak import at_rest
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


# nginx passes on what it gets as it gets it, so that all of the waiting is the gateway's.
UNBUFFERED = """
	client_max_body_size 0; client_body_timeout 300; fastcgi_read_timeout 300; fastcgi_send_timeout 300;
	fastcgi_request_buffering off; fastcgi_buffering off;
"""


def _mode(stage, name, size, transfer):
    """(Peak in MiB, errors) of one body; transfer returns the errors."""
    stage.forget_peak()
    began = time.monotonic()
    errors = transfer()
    seconds = time.monotonic() - began
    peak = stage.peak_kib() / 1024
    print(f"  {name:34} {seconds:6.1f} s {size / seconds / 2**20:7.0f} MiB/s {peak:8.1f} MiB", flush=True)
    return peak, errors


def _by_fastcgi(stage, kind, size):
    return lambda: stage.load(kind, visits=1, bytes=size, patience=300).result().errors


def _by_http(stage, path, **how):
    return lambda: not browser.ask(stage.nginx.ports["gate"], path, **how)


def bodies(size):
    """One body after the other; its bytes are checked at the other end."""
    print(f"bodies of {size / 2**20:.0f} MiB, and the largest resident memory meanwhile:")
    with Stage() as stage:
        stage.nginx = stage.owns(Nginx(stage.directory, {"gate": stage.gateway.address}, UNBUFFERED))
        transfers = {
            "up": _by_fastcgi(stage, "up", size),
            "up, unknown length": _by_fastcgi(stage, "up-chunked", size),
            "up, slow application": _by_fastcgi(stage, "up-slow", size),
            "down": _by_fastcgi(stage, "down", size),
            "down, unknown length": _by_fastcgi(stage, "down-unknown", size),
            "down, slow reader": _by_fastcgi(stage, "down-slow", size),
            "up through nginx": _by_http(stage, "/steady/echo", up=size),
            "up through nginx, unknown length": _by_http(stage, "/steady/echo", up=size, chunked=True),
            "down through nginx": _by_http(stage, "/steady/echo", down=size),
            "down through nginx, unknown length": _by_http(stage, "/steady/stream", down=size),
        }
        modes = [_mode(stage, name, size, transfer) for name, transfer in transfers.items()]
    return [(PEAK, max(peak for peak, _ in modes))], sum(errors for _, errors in modes)


def churn(connections):
    """Some are silent, some ask once, some for more, some leave in the middle."""
    kinds = ["one", "once", "silent", "leaves"]
    with Stage() as stage:
        errors = stage.load(*kinds, visits=min(WARM_UP, connections)).result().errors
        before = at_rest(stage)
        began = time.monotonic()
        result = stage.load(*kinds, visits=connections).result()
        seconds = time.monotonic() - began
        after = at_rest(stage)
    print(
        f"{result.visits} connections came and went in {seconds:.0f} s: resident memory {before[0]} KiB before, {after[0]} KiB"
        f" after; descriptors {before[1]} and {after[1]}"
    )
    return [(GROWTH, after[0] - before[0]), (LEFT_OPEN, after[1] - before[1])], errors + result.errors


"""Something happens to Redis under load: which requests fail, over time, and how soon none does any more."""

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager

from harness.application import Application
from harness.crowd import Crowd
from harness.gateway import Gateway
from harness.store_faults import FAULTS, strike

from .target import Target

STEP_S = 0.25
BAR = " .:-=+*#%@"  # from none to all


def measure(words):
    """Each fault whose name has these words; (target, seconds) of each."""
    measured = []
    for fault in FAULTS:
        if words in fault.name:
            with _deployment(fault) as (gateway, servers):
                measured.append(_strike(fault, gateway, servers))
    return measured


def _strike(fault, gateway, servers):
    with Crowd(gateway) as crowd:
        crowd.settle(0)
        took = strike(fault, servers, crowd)
    steps = crowd.by_time(STEP_S)
    failed = sum(count for _, _, count in steps)
    whole = sum(good + bad for _, good, bad in steps)
    print(f"{fault.name}: {failed} of {whole} requests failed; none {took:.2f} s after it", flush=True)
    print("  " + "".join(_mark(good, bad) for _, good, bad in steps), flush=True)
    return Target(f"{fault.name}, seconds until nothing fails", fault.limit_s), took


def _mark(good, bad):
    """Which part of the requests of one step failed; ? when there were none."""
    if good + bad == 0:
        return "?"
    return BAR[-(-bad * (len(BAR) - 1) // (good + bad))]


@contextmanager
def _deployment(fault):
    """The gateway before servers that the fault is for."""
    folder = tempfile.mkdtemp(prefix="sg-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        place = os.path.join(folder, "d")
        os.mkdir(place)
        servers = fault.make(place)
        stack.callback(servers.stop)
        application = Application(f"unix:{folder}/app.sock")
        stack.callback(application.close)
        gateway = Gateway(_config(folder, servers, application), folder)
        stack.callback(gateway.process.stop)
        yield gateway, servers


def _config(folder, servers, application):
    return {
        "listen": [f"unix:{folder}/front.sock"],
        "store": servers.store,
        "applications": {"app": {"servers": [application.address]}},
        "routes": [{"path": "/", "application": "app"}],
        "log": {"access": False},
    }

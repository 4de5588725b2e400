"""Measure the gateway, and print what was promised beside what was measured.
Use: python3 -m bench ratio | figures | limits | php | faults | lists | admin
README.md lists the environment variables that change how long and how much."""

import base64
import os
import signal
import sys
from dataclasses import dataclass

from . import admin, counts, faults, handlers, limits, lists, ratio, soak, target
from .chain import Chain
from .target import Target

RATIO_WRITE = Target("gateway CPU / nginx CPU, one attribute written", 0.85, 0.70)
RATIO_READ = Target("gateway CPU / nginx CPU, read-only", 0.75, 0.60)
SHARE_WRITE = Target("rate / rate without the gateway (A), one attribute written", 0.55, 0.65, at_least=True)
SHARE_READ = Target("rate / rate without the gateway (A), read-only", 0.68, 0.75, at_least=True)
CALLS_MANY = Target("system calls of the gateway for a request, write, c=64", 5, 4.5)
CALLS_ONE = Target("system calls of the gateway for a request, write, c=1", 13, 12)
INSTRUCTIONS = Target("user instructions of the gateway for a request, write, c=32", 25000, 16000)


def setting(name, default):
    return int(os.environ.get(name) or default)


def on_one_cpu(chain=Chain):
    cpu = setting("BENCH_CPU", max(os.sched_getaffinity(0)))
    os.sched_setaffinity(0, {cpu})
    return chain(cpu)


def heading(seconds, repeats, chain, connections=ratio.CONNECTIONS):
    print(
        f"wrk -c{connections}, nginx, gateway (memory store) and application on CPU {chain.cpu} alone; access logs"
        f" on, to files; medians of {repeats} runs of {seconds} s; us: CPU time of a request",
        flush=True,
    )


def promised(measured):
    print("", *target.table(measured), sep="\n", flush=True)


def quick():
    """The two ratios, in half a minute."""
    seconds, repeats = setting("BENCH_SECONDS", 2), setting("BENCH_REPEATS", 3)
    with on_one_cpu() as chain:
        gateway = chain.through_gateway("gateway")
        chain.start()
        heading(seconds, repeats, chain)
        write, read = ratio.Scenario("write", gateway, "/write"), ratio.Scenario("read-only", gateway, "/read")
        ratio.measure([write, read], repeats, seconds)
    print(*ratio.table([write, read]), sep="\n")
    promised([(RATIO_WRITE, write.ratios[0]), (RATIO_READ, read.ratios[0])])
    return ratio.errors([write, read])


def figures():
    """All of the yardstick, in about four minutes."""
    seconds, repeats = setting("BENCH_SECONDS", 3), setting("BENCH_REPEATS", 5)
    with on_one_cpu() as chain:
        straight, gateway = chain.straight("straight"), chain.through_gateway("gateway")
        silent = chain.through_gateway("silent", logged=False)
        counted = chain.through_gateway("counted", under=counts.callgrind(chain))
        sealed = chain.through_gateway("sealed", store={"encryption_keys": [base64.b64encode(os.urandom(32)).decode()]})
        chain.start()
        heading(seconds, repeats, chain)
        a = ratio.Scenario("A, without the gateway", straight, "/read")
        write, read = ratio.Scenario("write", gateway, "/write"), ratio.Scenario("read-only", gateway, "/read")
        scenarios = [
            a,
            write,
            read,
            ratio.Scenario("write, no access logs", silent, "/write"),
            ratio.Scenario("write, encrypted", sealed, "/write"),
            ratio.Scenario("read-only, encrypted", sealed, "/read"),
        ]
        ratio.measure(scenarios, repeats, seconds)
        print(*ratio.table(scenarios, a), "", sep="\n", flush=True)
        many, errors_many = counts.system_calls(gateway, ratio.CONNECTIONS, seconds)
        one, errors_one = counts.system_calls(gateway, 1, seconds)
        each, errors_counted = counts.instructions(counted, 32)
    for name, calls in (("c=64", many), ("c=1", one)):
        listed = ", ".join(f"{number:.2f} {call}" for call, number in calls.items())
        print(f"system calls for a request, write, {name}: {listed}")
    promised(
        [
            (RATIO_WRITE, write.ratios[0]),
            (RATIO_READ, read.ratios[0]),
            (SHARE_WRITE, ratio.share(write, a)),
            (SHARE_READ, ratio.share(read, a)),
            (CALLS_MANY, sum(many.values())),
            (CALLS_ONE, sum(one.values())),
            (INSTRUCTIONS, each),
        ]
    )
    return ratio.errors(scenarios) + errors_many + errors_one + errors_counted


def under_load():
    """What the gateway keeps."""
    parts = [
        limits.idle(setting("BENCH_IDLE", 10_000)),
        limits.bodies(setting("BENCH_BODY_MIB", 1024) << 20),
        limits.churn(setting("BENCH_CHURN", 100_000)),
        soak.soak(setting("SOAK_SECONDS", 600)),
    ]
    promised([row for measured, _ in parts for row in measured])
    return sum(errors for _, errors in parts)


def php():
    """The session handlers of PHP, in about three minutes."""
    seconds, repeats = setting("BENCH_SECONDS", 1), setting("BENCH_REPEATS", 5)
    names = [name for name in handlers.PAGES if os.environ.get("BENCH_PAGE", "") in name]
    if not names:
        sys.exit(f"BENCH_PAGE is a part of one of: {'; '.join(handlers.PAGES)}")
    with on_one_cpu(handlers.Handlers) as chain:
        heading(seconds, repeats, chain, handlers.CONNECTIONS)
        pages = handlers.pages(chain, names)
        visits = [visit for page in pages for visit in page.visits.values()]
        ratio.measure(visits, repeats, seconds)
    print(*handlers.table(pages), sep="\n")
    promised([row for page in pages for row in page.promised()])
    return ratio.errors(visits)


def store_faults():
    """What becomes of requests while something happens to Redis, in about five minutes."""
    promised(faults.measure(os.environ.get("BENCH_FAULT", "")))
    return 0


def store_lists():
    """What pages of lists cost a store with a million sessions, in half a minute, or some minutes in Redis."""
    sizes = [os.environ.get("SESSIONS") or "1000000"]
    measured = lists.measure(os.environ["BENCH_LISTS"], sizes, os.environ.get("STORE") == "redis")
    if measured:
        promised(measured)
    return 0


@dataclass
class AdminSettings:
    sessions: int
    rounds: int  # of a question, in a pass
    seconds: int  # without lists
    lists: str  # the program that knows Redis' scripts by name


def admin_api():
    """A million sessions behind the admin API, in each store: a few minutes."""
    settings = AdminSettings(
        setting("SESSIONS", 1_000_000), setting("BENCH_ROUNDS", 20), setting("BENCH_SECONDS", 10), os.environ.get("BENCH_LISTS", "build/bench/lists")
    )
    stores = [os.environ["STORE"]] if os.environ.get("STORE") else ["memory", "redis"]
    told = [admin.measure(store, settings) for store in stores]
    promised([row for measured, _ in told for row in measured])
    return sum(errors for _, errors in told)


COMMANDS = {"admin": admin_api, "ratio": quick, "figures": figures, "limits": under_load, "php": php, "faults": store_faults, "lists": store_lists}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    errors = COMMANDS[arguments[0]]()
    if errors:
        sys.exit(f"{errors} requests failed: the figures are worth nothing")


try:
    main(sys.argv[1:])
except KeyboardInterrupt:
    sys.exit(130)

"""Measure the gateway and print the figures.
Use: python3 -m bench ratio | figures
     BENCH_SECONDS, BENCH_REPEATS, BENCH_CPU change how long, how often, and where."""

import os
import shutil
import signal
import sys
import tempfile

from . import counts, ratio, target
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
    return int(os.environ.get(name, default))


def heading(seconds, repeats, cpu):
    print(
        f"wrk -c{ratio.CONNECTIONS}, nginx, gateway (memory store) and application on CPU {cpu} alone; access log on, to a"
        f" file; medians of {repeats} runs of {seconds} s; us: CPU time of a request",
        flush=True,
    )


def quick(chain):
    """The two ratios, in half a minute."""
    seconds, repeats = setting("BENCH_SECONDS", 2), setting("BENCH_REPEATS", 3)
    gateway = chain.through_gateway("gateway")
    chain.start()
    heading(seconds, repeats, chain.cpu)
    write, read = ratio.Scenario("write", gateway, "/write"), ratio.Scenario("read-only", gateway, "/read")
    ratio.measure([write, read], repeats, seconds)
    print(*ratio.table([write, read]), "", sep="\n")
    print(*target.table([(RATIO_WRITE, write.ratios[0]), (RATIO_READ, read.ratios[0])]), sep="\n")
    return ratio.errors([write, read])


def figures(chain):
    """All of the yardstick, in about three minutes."""
    seconds, repeats = setting("BENCH_SECONDS", 3), setting("BENCH_REPEATS", 5)
    straight, gateway = chain.straight("straight"), chain.through_gateway("gateway")
    silent = chain.through_gateway("silent", access=False)
    counted = chain.through_gateway(
        "counted", under=[*counts.CALLGRIND, f"--callgrind-out-file={chain.path('callgrind.%p')}"]
    )
    chain.start()
    heading(seconds, repeats, chain.cpu)
    a = ratio.Scenario("A, without the gateway", straight, "/read")
    write, read = ratio.Scenario("write", gateway, "/write"), ratio.Scenario("read-only", gateway, "/read")
    scenarios = [a, write, read, ratio.Scenario("write, no access log", silent, "/write")]
    ratio.measure(scenarios, repeats, seconds)
    print(*ratio.table(scenarios, a), "", sep="\n", flush=True)
    many, errors_many = counts.system_calls(gateway, ratio.CONNECTIONS, seconds)
    one, errors_one = counts.system_calls(gateway, 1, seconds)
    for name, calls in (("c=64", many), ("c=1", one)):
        print(f"system calls for a request, write, {name}: " + ", ".join(f"{each:.2f} {call}" for call, each in calls.items()))
    each, errors_counted = counts.instructions(counted, 32)
    measured = [
        (RATIO_WRITE, write.ratios[0]),
        (RATIO_READ, read.ratios[0]),
        (SHARE_WRITE, ratio.share(write, a)),
        (SHARE_READ, ratio.share(read, a)),
        (CALLS_MANY, sum(many.values())),
        (CALLS_ONE, sum(one.values())),
        (INSTRUCTIONS, each),
    ]
    print("", *target.table(measured), sep="\n")
    return ratio.errors(scenarios) + errors_many + errors_one + errors_counted


COMMANDS = {"ratio": quick, "figures": figures}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    cpu = setting("BENCH_CPU", max(os.sched_getaffinity(0)))
    os.sched_setaffinity(0, {cpu})
    directory = tempfile.mkdtemp(prefix="sg-")
    chain = Chain(directory, cpu)
    try:
        errors = COMMANDS[arguments[0]](chain)
    finally:
        try:
            chain.stop()
        finally:
            shutil.rmtree(directory)
    if errors:
        sys.exit(f"{errors} requests failed: the figures are worth nothing")


try:
    main(sys.argv[1:])
except KeyboardInterrupt:
    sys.exit(130)

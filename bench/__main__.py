"""Measure the gateway and print the figures.
Use: python3 -m bench ratio | figures
     BENCH_SECONDS, BENCH_REPEATS, BENCH_CPU change how long, how often, and where."""

import os
import shutil
import signal
import sys
import tempfile

from . import ratio, target
from .chain import Chain
from .target import Target

RATIO_WRITE = Target("gateway CPU / nginx CPU, one attribute written", 0.85, 0.70)
RATIO_READ = Target("gateway CPU / nginx CPU, read-only", 0.75, 0.60)


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


COMMANDS = {"ratio": quick}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.exit(__doc__)
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


main(sys.argv[1:])

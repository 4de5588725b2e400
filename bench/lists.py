"""Pages of lists of very many sessions (lists.c), in memory or in a Redis, of which is printed what held it longest."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .redis import Redis
from .target import Target

LONGEST = Target("longest command of Redis", 5, unit=" ms")
SLOW_US = 500  # what takes longer is looked at one by one
PAUSES_S = 20


@dataclass
class Script:
    """What Redis did in one of ours."""

    name: str
    calls: int = 0
    longest_us: int = 0
    over: int = 0

    def row(self):
        return f"{self.name:12} {self.calls:14} {self.longest_us / 1000:12.2f} {self.over:16}"


def measure(program, sizes, in_redis):
    """What was promised of Redis beside what was measured; a program that fails ends it all."""
    if not in_redis:
        subprocess.run([program, *sizes], check=True)
        return []
    with redis() as server:
        subprocess.run([program, *sizes], check=True, env={**os.environ, "STORE_URL": server.url})
        print("", *_commands(server), "", sep="\n")
        scripts = slow(server, names(program))
    print(*scripts_table(scripts), sep="\n")
    print(f"\nwho does nothing but look at the clock is held up by the machine for up to {_pause_us() / 1000:.2f} ms in {PAUSES_S} s")
    return [(LONGEST, scripts[0].longest_us / 1000 if scripts else 0)]


@contextmanager
def redis(under=()):
    """Of its own, as docs/redis.md advises; under: a program to run it with, and its arguments."""
    folder = tempfile.mkdtemp(prefix="sg-")
    server = None
    try:
        # all that is slow is kept
        server = Redis(folder, under, hash_max_listpack_value=512, slowlog_log_slower_than=SLOW_US, slowlog_max_len=1 << 20)
        with suppress(PermissionError):  # else the longest command is the one that waited longest for a CPU
            os.setpriority(os.PRIO_PROCESS, server.pid, -20)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder)


def names(program):
    """Hash: name."""
    lines = subprocess.run([program, "scripts"], check=True, capture_output=True, text=True).stdout.splitlines()
    return {sha: name for name, sha in (line.split() for line in lines)}


def _commands(redis):
    stats = dict(line.split(":", 1) for line in redis.ask("INFO", "all").splitlines() if ":" in line)
    evalsha = dict(pair.split("=") for pair in stats["cmdstat_evalsha"].split(","))
    yield f"{evalsha['calls']} scripts ran in Redis, {float(evalsha['usec_per_call']):.0f} us each; {int(stats['used_memory']) >> 20} MiB"


def scripts_table(scripts):
    yield f"{'script':12} {f'over {SLOW_US / 1000:g} ms':>14} {'longest, ms':>12} {'over 5 ms':>16}"
    yield from (script.row() for script in scripts)


def _pause_us():
    """The longest time for which such a process, as much preferred as that Redis, did not run: by so much a command may
    have taken longer than it took."""
    command = ["nice", "-n", "-20", "redis-cli", "--intrinsic-latency", str(PAUSES_S)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=3 * PAUSES_S).stdout
    return max(int(us) for us in re.findall(r"Max latency so far: (\d+) microseconds", told))


def slow(redis, names):
    """The scripts by what took them longest, the worst first; what they call has an entry of its own, too."""
    scripts = {}
    for _, _, us, words, *_ in redis.ask("SLOWLOG", "GET", "-1"):
        if words[0].upper() != "EVALSHA":
            continue
        script = scripts.setdefault(words[1], Script(names[words[1]]))
        script.calls += 1
        script.longest_us = max(script.longest_us, us)
        script.over += us > 5000
    return sorted(scripts.values(), key=lambda script: -script.longest_us)

"""The commands that print figures still run, with hardly any load: what they print is not judged here."""

import os
import subprocess
import sys

import pytest

from harness.gateway import ROOT

LITTLE = {
    "ratio": {"BENCH_SECONDS": "1", "BENCH_REPEATS": "1"},
    "php": {"BENCH_SECONDS": "1", "BENCH_REPEATS": "1", "BENCH_PAGE": "write, 2 KB"},
    "admin": {"SESSIONS": "2000", "STORE": "memory", "BENCH_ROUNDS": "1", "BENCH_SECONDS": "1"},
    "limits": {"BENCH_IDLE": "200", "BENCH_BODY_MIB": "8", "BENCH_CHURN": "500", "SOAK_SECONDS": "3"},
}
ROWS = {
    "ratio": ["gateway CPU / nginx CPU, one attribute written", "gateway CPU / nginx CPU, read-only"],
    "php": [
        f"{what} {other}: write, 2 KB{how}"
        for what in ["rate / rate of", "PHP-FPM CPU / its CPU with"]
        for other in ["phpredis", "phpredis-locking"]
        for how in ["", ", params: false"]
    ],
    "admin": [
        "memory: resident memory for each session",
        "memory: a page, 99 of 100, the slowest kind",
        "memory: stats that are counted anew, the slowest",
        "memory: age of stats, the oldest",
        "memory: longest turn of a worker while lists are served",
        "memory: longest that the API held a lock",
    ],
    "limits": [
        "resident memory for each idle connection",
        "largest resident memory while large bodies go through",
        "growth of resident memory by connections that came and went",
        "descriptors left open by them",
        "soak: slope of resident memory, second half",
        "soak: good requests neither right nor seen to have failed",
    ],
}


@pytest.mark.parametrize("command", LITTLE)
def test_figures_are_printed_and_no_request_fails(command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), **LITTLE[command]}
    argv = [sys.executable, "-B", "-m", "bench", command]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=420)
    assert done.returncode == 0, done.stdout + done.stderr
    for row in ROWS[command]:
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(f"{row} "))
        assert line.rstrip().endswith(("met", "met, and the aim", "the aim missed", "missed")), line

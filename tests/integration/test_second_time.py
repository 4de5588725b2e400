"""What becomes of a suite of which a case has failed (harness/suite.py)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.reports import TestReport

from harness.process import PATIENCE_S
from harness.scripted import directory  # noqa: F401 (a fixture)
from harness.suite import Failures

TESTS = Path(__file__).resolve().parents[1]

CASES = """
import os, pytest
from harness.process import Unclean

def first_time(name):
    path = os.path.join(os.path.dirname(__file__), name)
    if os.path.exists(path):
        return False
    open(path, "w").close()
    return True

@pytest.mark.parametrize("n", range({seldom}))
@pytest.mark.xdist_group("some")
def test_seldom(n):
    assert not first_time(f"seldom{{n}}")

@pytest.fixture
def late():
    assert not first_time("late")

def test_begins_late(late):
    pass

def test_fine():
    assert first_time("fine"), "it is not begun again"

@pytest.mark.skipif(not {broken}, reason="whole")
def test_broken():
    assert False

@pytest.mark.skipif(not {unclean}, reason="clean")
def test_unclean():
    if first_time("unclean"):
        raise Unclean("it crashed")
"""


@pytest.fixture
def suite(directory):
    """suite(…): its exit status, what it printed, and what it noted."""

    def run(environment=None, seldom=1, **bad):
        with open(f"{directory}/test_it.py", "w") as out:
            out.write(CASES.format(seldom=seldom, **{name: bad.get(name, False) for name in ["broken", "unclean"]}))
        with open(f"{directory}/pytest.ini", "w") as out:
            out.write("[pytest]\naddopts = -p no:cacheprovider\n")
        argv = [sys.executable, "-B", "-m", "harness.suite", "-q", "-c", f"{directory}/pytest.ini", "-n", "2", "--dist", "loadgroup", directory]
        where = {"PYTHONPATH": str(TESTS), "SECOND_TIMES": f"{directory}/noted", "ONCE": ""}
        done = subprocess.run(argv, env={**os.environ, **where, **(environment or {})}, capture_output=True, text=True, timeout=4 * PATIENCE_S)
        noted = Path(f"{directory}/noted")
        return done.returncode, done.stdout, noted.read_text().splitlines() if noted.exists() else []

    return run


def test_what_is_seldom_seen_is_named(suite):
    status, printed, noted = suite(seldom=2)
    assert status == 0, printed
    assert [line.rpartition("::")[2] for line in noted] == ["test_begins_late", "test_seldom[0]@some", "test_seldom[1]@some"]
    assert all(line in printed for line in noted)


@pytest.mark.parametrize(
    "how", [{"seldom": 3}, {"broken": True}, {"unclean": True}, {"environment": {"ONCE": "1"}}], ids=["too many", "again", "a crash", "ONCE"]
)
def test_what_has_failed(suite, how):
    status, printed, noted = suite(**how)
    assert (status, noted) == (1, []), printed


def test_a_worker_that_ended_is_no_failure_of_a_case():
    """As xdist reports it; to end one in earnest makes xdist itself hang now and then."""
    failures = Failures()
    failures.pytest_runtest_logreport(TestReport("test_it.py::test_it", ("test_it.py", None, ""), {}, "failed", "worker 'gw0' crashed", "???"))
    assert failures.cases and not failures.may_pass_yet()

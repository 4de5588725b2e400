"""A suite, as pytest runs it: PYTHONPATH=tests python3 -m harness.suite, with pytest's own arguments.

A machine that CI shares with others may stand still for as long as a case is patient. What has failed is begun once more, alone,
when all others are over: a few cases of thousands, and none in which a program crashed, or a sanitizer or an assertion spoke. What
fails again has failed. What passes then is an error of the case, or of the program, that is seldom seen: it is named in the last lines
of the suite and of `make test`, and is to be looked for. ONCE=1: nothing is begun again.
"""

import os
import sys
from pathlib import Path

import pytest

from .process import Unclean

MOST = 3  # cases of a suite
NOTED = os.environ.get("SECOND_TIMES", Path(__file__).resolve().parents[2] / "build" / "second-times")


class Failures:
    """What failed in a run. final: something did that is not begun again."""

    def __init__(self):
        self.cases, self.final = set(), False

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.cases.add(report.nodeid)
            self.final |= report.when not in ("setup", "call", "teardown") or Unclean.__name__ in report.longreprtext

    def pytest_collectreport(self, report):
        self.final |= report.failed

    def may_pass_yet(self):
        return 0 < len(self.cases) <= MOST and not self.final


class Only:
    """These cases of all that there are."""

    def __init__(self, cases):
        self.cases = cases

    def _is_one(self, item):
        """xdist writes a case's group behind it."""
        return any(case == item.nodeid or case.startswith(f"{item.nodeid}@") for case in self.cases)

    def pytest_collection_modifyitems(self, items):
        items[:] = filter(self._is_one, items)
        assert len(items) == len(self.cases), f"{len(items)} of {sorted(self.cases)}"


def main(arguments):
    failures = Failures()
    status = pytest.main(arguments, plugins=[failures])
    if status != pytest.ExitCode.TESTS_FAILED or not failures.may_pass_yet() or os.environ.get("ONCE"):
        return status
    print(f"\n=== once more, alone: {', '.join(sorted(failures.cases))}", flush=True)
    status = pytest.main([*arguments, "-n", "0"], plugins=[Only(failures.cases)])
    if status == pytest.ExitCode.OK:
        words = "".join(f"passed at the second time, alone: {case}\n" for case in sorted(failures.cases))
        print(f"\n{words}", end="", flush=True)
        with open(NOTED, "a") as noted:
            noted.write(words)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Tests against the clock: what they say holds only while their own steps follow each other quickly.

@pytest.mark.against_the_clock(seconds): a session has to be asked for before it ends, an answer to come before a time-out, of so
many seconds; where that takes longer, a test shows nothing of the program. It is begun anew, with fixtures of its own, when it has
failed and took longer as a whole, so that one of its steps may have; what fails sooner has failed, and so has what fails again and again.
"""

import pytest
from _pytest.runner import runtestprotocol

ATTEMPTS = 5

TICK_S = 0.02  # the store's clock may be a tick of the kernel's behind


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    mark = item.get_closest_marker("against_the_clock")
    if mark is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(1, ATTEMPTS + 1):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if attempt == ATTEMPTS or not _came_too_late(reports, *mark.args):
            break
        item.warn(pytest.PytestWarning(f"begun anew: it took {_of(reports, 'call').duration:.1f} s"))
        item._initrequest()
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _came_too_late(reports, seconds):
    """And nothing else is wrong with it."""
    call = _of(reports, "call")
    return call is not None and call.failed and call.duration > seconds and not any(r.failed for r in reports if r is not call)


def _of(reports, when):
    return next((report for report in reports if report.when == when), None)

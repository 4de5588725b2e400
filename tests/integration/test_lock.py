"""lock: exclusive, with nginx before PHP-FPM: what PHP's own sessions promise, with sessions that live elsewhere."""

import os
import shutil
import signal
from threading import Barrier, Thread

import pytest

from harness.chain import PAGES
from harness.process import wait_until

REQUESTS = 50
# Nobody's patience is at stake here: what is freed, is freed at once or far too late.
LOCKED = {"lock": "exclusive", "lock_wait": "10m", "lock_lease": "10m"}


@pytest.fixture
def counter(chain):
    """counter(route={…}, workers=…): a visitor whose session counts at /; what /page says is not counted."""

    def start(route=None, **settings):
        shutil.copy(PAGES / "counter.php", chain.path("counter.php"))
        page = chain.php(children=12)
        count = {**page, "params": {"SCRIPT_FILENAME": chain.path("counter.php")}}
        routes = [{"path": "/", "application": "count", **(route or {})}, {"path": "/page", "application": "page"}]
        visitor = chain.start({"page": page, "count": count}, routes=routes, **settings)
        visitor.ask("/page", say="Set: begun=1")
        return visitor

    return start


def count_at_once(visitor):
    """What 50 requests at once have counted, together."""
    begin, statuses = Barrier(REQUESTS), []

    def ask(twin):
        begin.wait()
        statuses.append(twin.ask("/").status)

    threads = [Thread(target=ask, args=(visitor.twin(),), daemon=True) for _ in range(REQUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * REQUESTS
    return int(visitor.session("/page")["ATTR_n"])


@pytest.mark.parametrize("workers", [1, 2])
def test_50_parallel_requests_count_50(counter, workers):
    assert count_at_once(counter(LOCKED, workers=workers)) == REQUESTS


def test_without_the_lock_some_are_lost(counter):
    """So that the test above can fail."""
    assert count_at_once(counter()) < REQUESTS


def test_a_killed_application_frees_the_lock(chain, counter):
    visitor = counter(LOCKED, workers=2, log={"level": "debug"})
    pid_file = chain.path("pid")
    replies = []
    victim = Thread(target=lambda: replies.append(visitor.twin().ask("/", "POST", headers={"X-Test-Stay": pid_file})), daemon=True)
    victim.start()
    wait_until(lambda: os.path.exists(pid_file), what="the request to be with PHP")
    after = [Thread(target=lambda: replies.append(visitor.twin().ask("/")), daemon=True) for _ in range(3)]
    for thread in after:
        thread.start()
    wait_until(lambda: chain.gateway.log.count("read-params -> load") >= 5, what="the others to wait")
    assert visitor.twin().ask("/page").status == 200, "elsewhere nobody waits"
    with open(pid_file) as file:
        os.kill(int(file.read()), signal.SIGKILL)
    for thread in [victim, *after]:
        thread.join()
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 502]
    assert visitor.session("/page")["ATTR_n"] == "3"

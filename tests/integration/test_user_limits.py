"""A user's limit and blocks, with nginx before PHP-FPM: many logins at once, and somebody who looks all the time."""

import json
from threading import Barrier, Event, Thread

import pytest

from harness.chain import Visitor
from harness.process import wait_until

LOGINS = 50
LIMIT = 3


@pytest.fixture
def site(chain):
    """site(policy): visitors of PHP behind nginx and two workers, with LIMIT sessions for a user."""

    def start(policy, **settings):
        routes = [{"path": "/", "application": "php", "self_service": "/.session"}]
        session = {"per_user_limit": LIMIT, "on_limit": policy, "touch_interval": 0}
        chain.start({"php": chain.php(children=12)}, workers=2, routes=routes, session=session, **settings)
        return lambda: Visitor(chain.port)

    return start


class Watcher(Thread):
    """Logged in before the others, and looks how many sessions the user has, as long as it has one itself."""

    def __init__(self, visitor):
        super().__init__(daemon=True)
        self.visitor, self.over, self.seen = visitor, Event(), []
        visitor.ask("/", say="Login: alice")
        assert self._look()
        self.start()

    def _look(self):
        """False: its session has ended."""
        reply = self.visitor.ask("/.session/list")
        if reply.status == 200:
            self.seen.append(len(json.loads(reply.body)["sessions"]))
        return reply.status == 200

    def run(self):
        while not self.over.is_set() and self._look():
            pass

    def most(self):
        self.over.set()
        self.join()
        return max(self.seen)


def log_in_at_once(visitors, statuses, wait=0):
    begin = Barrier(len(visitors))

    def ask(visitor):
        begin.wait()
        statuses.append(visitor.ask("/", say="Login: alice", wait=wait).status)

    threads = [Thread(target=ask, args=(visitor,), daemon=True) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("policy", ["deny", "evict-oldest", "evict-idlest"])
def test_50_logins_at_once_leave_the_limit(site, policy):
    visitor = site(policy)
    visitors = [visitor() for _ in range(LOGINS)]
    watcher = Watcher(visitor())
    statuses = []
    log_in_at_once(visitors, statuses)
    statuses.sort()
    assert watcher.most() <= LIMIT
    if policy == "deny":
        assert statuses == [200] * (LIMIT - 1) + [403] * (LOGINS - LIMIT + 1)
    else:
        assert statuses == [200] * LOGINS
    states = [one.session("/")["STATE"] for one in [*visitors, watcher.visitor]]
    assert states.count("authenticated") == LIMIT
    assert states.count("none") == LOGINS + 1 - LIMIT


@pytest.mark.against_the_clock(0.1)
def test_a_block_during_logins_leaves_nobody(site, chain):
    """Some are in when it comes, and are ended; the others are with PHP or on their way to it, and are refused."""
    visitor = site("evict-oldest", **chain.moody())
    visitors, statuses = [visitor() for _ in range(LOGINS)], []
    logins = Thread(target=log_in_at_once, args=(visitors, statuses, 0.1), daemon=True)
    logins.start()
    wait_until(lambda: 200 in statuses, what="the first login")
    chain.store.block("alice")
    after = [visitor().ask("/", say="Login: alice").status for _ in range(5)]
    logins.join()
    assert after == [403] * 5
    assert set(statuses) == {200, 403}
    assert {one.session("/")["STATE"] for one in visitors} == {"none"}

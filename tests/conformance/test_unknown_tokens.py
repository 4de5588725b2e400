"""limits.unknown_tokens: who brings too many tokens that the store has never heard of (application.md section 10)."""

import pytest

from harness.browser import COOKIE, Browser
from harness.problem import problem
from harness.process import wait_until

SHORT = {"idle_timeout": "1s", "anonymous_idle_timeout": "1s"}
LIMIT = 5
TOO_MANY = (429, "too-many-tokens")
NETWORK = "203.0.113"
ELSEWHERE = f"{NETWORK}.1"
STAYING = "X-Session-Idle-Timeout: 600"  # while the realm's own is short


def stranger(number):
    """A token that nobody has ever had."""
    return f"{number:A>20}{'s' * 32}".replace(" ", "A")


class Crowd:
    """Visitors with tokens that are unknown, before a gateway whose store is old enough to be sure of that."""

    def __init__(self, start, limit=LIMIT, session=SHORT, **settings):
        self.gateway = start(session=session, limits={"unknown_tokens": limit}, **settings)

    def grow_old(self):
        """Until the store must know: the cookie is cleared then. Each id that comes later is asked for, from elsewhere: the
        parts of a store need not be of one age."""
        for address, number in enumerate(["aged", *range(3 * LIMIT)]):
            elsewhere = f"{NETWORK}.{address + 1}"
            wait_until(lambda: self.come(number, REMOTE_ADDR=elsewhere).token() == "", what="the store to be old enough")
        return self

    def come(self, number, **params):
        return self.bring(stranger(number), **params)

    def bring(self, *tokens, **params):
        cookies = "; ".join(f"{COOKIE}={token}" for token in tokens)
        return Browser(self.gateway).visit(**{"HTTP_COOKIE": cookies, **params})

    def fill(self, **params):
        assert [self.come(n, **params).status for n in range(LIMIT)] == [200] * LIMIT


@pytest.fixture
def crowd(start):
    return lambda **settings: Crowd(start, **settings)


def test_over_the_limit_and_who_goes_on(crowd):
    crowd = crowd().grow_old()
    friend = Browser(crowd.gateway)
    friend.visit(say=["X-Session-Login: alice", STAYING])
    crowd.fill()
    refused = crowd.come(LIMIT)
    assert problem(refused) == TOO_MANY
    assert int(refused.header("Retry-After")) == 60
    assert refused.all("Set-Cookie") == []
    assert problem(crowd.come(0)) == TOO_MANY, "also one that has been counted"
    assert friend.visit().seen["SESSION_USER"] == "alice"
    assert crowd.bring(stranger(LIMIT), friend.token).seen["SESSION_USER"] == "alice"
    assert Browser(crowd.gateway).visit().state == "none"
    assert crowd.bring("malformed").seen["SESSION_REASON"] == "malformed"
    assert crowd.come(LIMIT, REMOTE_ADDR=ELSEWHERE).seen["SESSION_REASON"] == "unknown"
    wait_until(lambda: "too-many-tokens" in crowd.gateway.log)


@pytest.mark.against_the_clock(1)
def test_what_does_not_count(crowd):
    """The same id again, a wrong secret of a session that is there, of one that has ended, what is malformed."""
    crowd = crowd().grow_old()
    living, ended = Browser(crowd.gateway), Browser(crowd.gateway)
    token = living.visit(say=["X-Session-Set: a=1", STAYING]).token()
    gone = ended.visit(say="X-Session-Set: a=1").token()
    ended.visit(say="X-Session-Logout: self")
    for n in range(3 * LIMIT):
        secret = f"{n:s>32}"
        assert crowd.come(0).status == 200
        assert crowd.bring(token[:20] + secret).status == 200
        assert crowd.bring(gone[:20] + secret).status == 200
        assert crowd.bring(f"{n:A>51}").status == 200
        assert crowd.bring(gone).status == 200
    assert [crowd.come(n).status for n in range(1, LIMIT + 1)] == [200] * (LIMIT - 1) + [429]


@pytest.mark.against_the_clock(1)
def test_expired_ones_do_not_count(crowd):
    crowd = crowd(session={**SHORT, "absolute_timeout": "1s"}).grow_old()
    tokens = [Browser(crowd.gateway).visit(say="X-Session-Set: a=1").token() for _ in range(2 * LIMIT)]
    wait_until(lambda: crowd.bring(tokens[-1], REMOTE_ADDR=ELSEWHERE).state == "none", what="the last one to expire")
    assert {crowd.bring(token).seen["SESSION_REASON"] for token in tokens} == {"expired"}


def test_nothing_counts_while_the_store_is_young(crowd):
    crowd = crowd(session={})
    assert [crowd.come(n).status for n in range(3 * LIMIT)] == [200] * 3 * LIMIT


def test_several_cookies_of_one_request_count_each(crowd):
    crowd = crowd().grow_old()
    assert crowd.bring(*[stranger(n) for n in range(4)]).status == 200
    assert crowd.bring(*[stranger(n) for n in range(3, 6)]).status == 429


def test_an_ipv6_network_is_one(crowd):
    crowd = crowd().grow_old()
    for n in range(LIMIT):
        assert crowd.come(n, REMOTE_ADDR=f"2001:db8:1:2::{n + 1}").status == 200
    assert crowd.come(LIMIT, REMOTE_ADDR="2001:db8:1:2:ffff::1").status == 429
    assert crowd.come(LIMIT, REMOTE_ADDR="2001:db8:1:3::1").status == 200


def test_nobody_is_counted_without_an_address(crowd):
    """It would be everybody."""
    crowd = crowd().grow_old()
    for address in ("unix:", None):
        assert [crowd.come(n, REMOTE_ADDR=address).status for n in range(2 * LIMIT)] == [200] * 2 * LIMIT


def test_it_comes_before_what_the_route_requires_and_counts_header_tokens(crowd):
    crowd = crowd(route={"require": "login", "token": "either"}).grow_old()
    came = [crowd.bring(HTTP_COOKIE=None, HTTP_X_AUTH_TOKEN=stranger(n)).status for n in range(LIMIT + 1)]
    assert came == [401] * LIMIT + [429]


def test_self_service_counts_as_well(crowd):
    crowd = crowd(route={"self_service": "/.session"}).grow_old()
    asked = [Browser(crowd.gateway).visit("/.session/me", HTTP_COOKIE=f"{COOKIE}={stranger(n)}").status for n in range(LIMIT + 1)]
    assert asked == [401] * LIMIT + [429]


def test_an_authorizer_counts_as_well(crowd):
    crowd = crowd(routes=[{"path": "/", "application": "app"}, {"path": "/auth", "mode": "authorize"}]).grow_old()
    asked = [Browser(crowd.gateway).visit("/auth", HTTP_COOKIE=f"{COOKIE}={stranger(n)}").status for n in range(LIMIT + 1)]
    assert asked == [401] * LIMIT + [429]


def test_off(crowd):
    crowd = crowd(limit=0).grow_old()
    assert [crowd.come(n).status for n in range(3 * LIMIT)] == [200] * 3 * LIMIT

"""Two gateways with one Redis, from outside: what was done at one holds at the other with the next request."""

import json
from collections import Counter
from threading import Thread

import pytest

from harness.application import echo
from harness.browser import COOKIE, Browser
from harness.problem import problem
from harness.process import wait_until
from harness.redis_monitor import watched

OWN = {"HTTP_ORIGIN": "http://example.test"}
WRITERS = 12
CROWD = 50


class Pair:
    def __init__(self, shared, **settings):
        self.gateways = [shared(**settings) for _ in range(2)]

    def browser(self, at=0):
        return Browser(self.gateways[at])

    def elsewhere(self, browser):
        """The same visitor, at the other gateway."""
        return Browser(self.gateways[browser.gateway is self.gateways[0]], browser.cookies)


@pytest.fixture
def pair(shared):
    """pair(…as shared…): two gateways that know nothing of each other."""
    return lambda **settings: Pair(shared, **settings)


def at_once(calls):
    failures = []

    def run(call):
        try:
            call()
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def attributes(browser):
    return {name.removeprefix("SESSION_ATTR_"): value for name, value in browser.visit().seen.items() if name.startswith("SESSION_ATTR_")}


# --- what ends ---


@pytest.mark.parametrize("say", ["X-Session-Logout: self", "X-Session-Logout: all"])
def test_who_logs_out_at_one_is_logged_out_at_the_other(pair, say):
    pair = pair()
    browser = pair.browser()
    browser.visit(say="X-Session-Login: alice")
    other = pair.elsewhere(browser)
    assert other.visit().state == "authenticated"
    browser.visit(say=say)
    page = other.visit()
    assert (page.state, page.seen["SESSION_REASON"], page.token()) == ("none", "unknown", "")


def test_others_that_are_logged_out_are_so_at_the_other(pair):
    pair = pair()
    browser, phone = pair.browser(0), pair.browser(1)
    for one in (browser, phone):
        one.visit(say="X-Session-Login: alice")
    browser.visit(say="X-Session-Logout: others")
    assert phone.visit().state == "none"
    assert browser.visit().state == "authenticated"


def test_one_that_is_ended_from_the_list_of_the_other(pair):
    pair = pair(route={"self_service": "/.session"})
    browser, phone = pair.browser(0), pair.browser(1)
    for one in (browser, phone):
        one.visit(say="X-Session-Login: alice")
    listed = json.loads(browser.visit("/.session/list").body)["sessions"]
    assert {session["id"] for session in listed} == {browser.token[:20], phone.token[:20]}
    assert browser.visit(f"/.session/list/{phone.token[:20]}", REQUEST_METHOD="DELETE", **OWN).status == 204
    assert phone.visit().state == "none"


def test_a_request_that_is_late_brings_nothing_back(pair, held):
    """It was loaded at one gateway before the session ended at the other."""
    pair = pair()
    browser = pair.browser()
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    late = browser.twin().begin("/slow", "X-Session-Set: a=2")
    held.until(1)
    pair.elsewhere(browser).visit(say="X-Session-Logout: self")
    held.release()
    page = late()
    assert (page.status, page.token()) == (200, "")
    assert browser.visit().state == "none"


def test_a_login_at_one_cannot_be_joined_at_the_other(pair, held):
    pair = pair()
    browser = pair.browser()
    browser.visit(say="X-Session-Set: a=1")
    late = pair.elsewhere(browser).begin("/slow", "X-Session-Set: a=intruder")
    held.until(1)
    browser.visit(say="X-Session-Login: alice")
    held.release()
    page = late()
    assert (page.status, page.all("Set-Cookie")) == (200, [])
    assert browser.visit().seen["SESSION_ATTR_a"] == "1"


# --- logins ---


@pytest.mark.parametrize("on_limit, alive", [("evict-oldest", [1, 2]), ("deny", [0, 1])])
def test_a_limit_is_over_both(pair, on_limit, alive):
    pair = pair(session={"per_user_limit": 2, "on_limit": on_limit})
    browsers = [pair.browser(n % 2) for n in range(3)]
    statuses = [browser.visit(say="X-Session-Login: alice").status for browser in browsers]
    assert statuses == ([200] * 3 if on_limit == "evict-oldest" else [200, 200, 403])
    assert [n for n, browser in enumerate(browsers) if browser.visit().state == "authenticated"] == alive
    assert [n for n, browser in enumerate(browsers) if pair.elsewhere(browser).visit().state == "authenticated"] == alive


@pytest.mark.parametrize("on_limit", ["evict-oldest", "deny"])
def test_a_limit_holds_when_many_log_in_at_once(pair, on_limit):
    pair = pair(session={"per_user_limit": 3, "on_limit": on_limit})
    browsers = [pair.browser(n % 2) for n in range(10)]
    pages = []
    at_once([lambda browser=browser: pages.append(browser.visit(say="X-Session-Login: alice")) for browser in browsers])
    statuses = Counter(page.status for page in pages)
    assert statuses == ({200: 10} if on_limit == "evict-oldest" else {200: 3, 403: 7})
    refused = [problem(page.answer) for page in pages if page.status == 403]
    assert set(refused) <= {(403, "session-limit")}
    assert len([browser for browser in browsers if pair.elsewhere(browser).visit().state == "authenticated"]) == 3


@pytest.mark.parametrize("on_limit", ["evict-idlest", "deny"])
def test_a_crowd_of_one_user_is_served_in_turn(pair, redis, on_limit):
    """None too late, and without asking again and again: of each gateway one asks at a time."""
    pair = pair(session={"per_user_limit": 3, "on_limit": on_limit})
    browsers = [pair.browser(n % 2) for n in range(2 * CROWD)]
    pages = []
    with watched(redis) as commands:
        at_once([lambda browser=browser: pages.append(browser.visit(say="X-Session-Login: alice")) for browser in browsers])
    statuses = Counter(page.status for page in pages)
    assert statuses == ({200: 2 * CROWD} if on_limit == "evict-idlest" else {200: 3, 403: 2 * CROWD - 3})
    assert len([browser for browser in browsers if browser.visit().state == "authenticated"]) == 3
    asked = len(commands) / len(browsers)
    assert asked < 16, f"{asked} commands for each login"


# --- parallel changes ---


def test_parallel_writes_at_both_lose_nothing(pair):
    pair = pair()
    browser = pair.browser()
    browser.visit(say="X-Session-Set: n=0")
    twins = [browser.twin() if n % 2 else pair.elsewhere(browser) for n in range(WRITERS)]
    before = int(browser.visit().seen["SESSION_VERSION"])
    at_once([lambda n=n, twin=twin: [twin.visit(say=f"X-Session-Set: a{n}_{i}=1") for i in range(5)] for n, twin in enumerate(twins)])
    assert attributes(browser).keys() == {"n"} | {f"a{n}_{i}" for n in range(WRITERS) for i in range(5)}
    assert int(browser.visit().seen["SESSION_VERSION"]) == before + 5 * WRITERS


def test_a_lock_is_over_both(pair, app):
    """Who reads and writes one attribute under it counts every time."""
    def count_up(exchange):
        now = int(exchange.params.get("SESSION_ATTR_n", "0"))
        exchange.params["TEST_SAY"] = f"X-Session-Set: n={now + 1}"
        echo(exchange)

    pair = pair(route={"lock": "exclusive", "lock_wait": "1m", "lock_lease": "1m"})
    browser = pair.browser()
    browser.visit(say="X-Session-Set: n=0")
    app.play = count_up
    at_once([(browser.twin() if n % 2 else pair.elsewhere(browser)).visit for n in range(WRITERS)])
    app.play = echo
    assert browser.visit().seen["SESSION_ATTR_n"] == str(WRITERS)


# --- secrets ---


def test_a_rotation_with_grace_is_over_both(pair):
    """The old secret is good everywhere until the new one has come to either; then for the grace, then nowhere."""
    pair = pair(session={"rotation_grace": "1s"})
    browser = pair.browser()
    browser.visit(say="X-Session-Login: alice")
    before = browser.twin()
    browser.visit(say="X-Session-Rotate: grace")
    assert before.token != browser.token
    assert pair.elsewhere(before).visit().state == "authenticated", "the answer with the new one may have been lost"
    assert pair.elsewhere(browser).visit().state == "authenticated"
    wait_until(lambda: before.twin().visit().state == "none", what="the grace to be over")
    page = pair.elsewhere(before).visit()
    assert (page.state, page.all("Set-Cookie")) == ("none", [])
    assert pair.elsewhere(browser).visit().state == "authenticated"


def test_of_two_rotations_at_once_one_wins(pair, held):
    pair = pair()
    browser = pair.browser()
    browser.visit(say="X-Session-Login: alice")
    begun = [twin.begin("/slow", "X-Session-Rotate: grace") for twin in (browser.twin(), pair.elsewhere(browser))]
    held.until(2)
    held.release()
    tokens = [page().token() for page in begun]
    assert sorted(token is None for token in tokens) == [False, True]
    (token,) = [token for token in tokens if token]
    for gateway in pair.gateways:
        assert Browser(gateway, {COOKIE: token}).visit().state == "authenticated"


# --- events ---


def test_an_expiry_is_told_once(pair, redis):
    """By whichever of them comes first, though both look ten times a second."""
    pair = pair(store={"sweep_interval": "100ms"}, session={"anonymous_idle_timeout": "1s", "touch_interval": 0})
    browsers = [pair.browser(n % 2) for n in range(30)]
    for browser in browsers:
        browser.visit(say="X-Session-Set: a=1")
    ids = [browser.token[:20] for browser in browsers]
    wait_until(lambda: set(ids) <= set(expired(redis)), what="all of them to expire")
    assert sorted(expired(redis)) == sorted(ids)


def expired(redis):
    told = []
    with redis.connect() as client:
        for stream in client.ask("KEYS", "*:events"):
            events = [dict(zip(fields[::2], fields[1::2])) for _, fields in client.ask("XRANGE", stream, "-", "+")]
            told += [event["session"] for event in events if event["type"] == "session.expired"]
    return told

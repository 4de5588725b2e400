"""Secrets that are replaced while the session goes on: application.md sections 1, 3 and 4."""

import signal
import time

import pytest

from harness.browser import COOKIE, Browser
from harness.process import wait_until

STALE_LOG = "directives other than Login dropped"


def sessions(start, **settings):
    return start(session={"rotation_grace": "2s", **settings})


@pytest.fixture
def browser(browse):
    """Who has a session, in a realm with a grace of two seconds."""
    visitor = browse(session={"rotation_grace": "2s"})
    visitor.visit(say="X-Session-Set: a=1")
    return visitor


def carry(browser, token):
    """The same visitor, with another token."""
    twin = browser.twin()
    twin.cookies[COOKIE] = token
    return twin


def test_a_graceful_rotation_changes_the_secret_alone(browser):
    before = browser.token
    seen = browser.visit().seen
    page = browser.visit(say="X-Session-Rotate: grace")
    assert page.token()[:20] == before[:20] and page.token() != before
    assert page.header("Cache-Control") == "no-store"
    now = browser.visit().seen
    assert {name: now[name] for name in ("SESSION_ID", "SESSION_CSRF", "SESSION_EXPIRES", "SESSION_ATTR_a")} == {
        name: seen[name] for name in ("SESSION_ID", "SESSION_CSRF", "SESSION_EXPIRES", "SESSION_ATTR_a")
    }
    assert int(now["SESSION_VERSION"]) == int(seen["SESSION_VERSION"]) + 1


@pytest.mark.against_the_clock(1)
def test_the_old_secret_is_good_until_the_new_one_is_seen_and_for_the_grace(browser):
    old = browser.token
    browser.visit(say="X-Session-Rotate: grace")
    for _ in range(3):
        page = carry(browser, old).visit(say="X-Session-Set: b=2")
        assert page.state == "anonymous"
        assert page.all("Set-Cookie") == []
        time.sleep(1)  # longer than the grace: it has not begun
    assert browser.visit().seen["SESSION_ATTR_b"] == "2"
    assert carry(browser, old).visit().state == "anonymous"
    time.sleep(2.2)
    page = carry(browser, old).visit(say="X-Session-Set: b=3")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert "SESSION_NEXT_ID" not in page.seen  # it is stale
    assert page.all("Set-Cookie") == []
    assert browser.visit().seen["SESSION_ATTR_b"] == "2"


def test_a_lost_answer_costs_nothing(browser):
    old = browser.token
    lost = browser.twin().visit(say="X-Session-Rotate: grace").token()
    assert lost != old
    assert browser.visit().state == "anonymous"
    assert browser.visit(say="X-Session-Rotate: grace").all("Set-Cookie") == []  # too early for another
    assert carry(browser, lost).visit().state == "anonymous"


@pytest.mark.against_the_clock(1)
@pytest.mark.minute
def test_a_lost_one_may_be_replaced_after_a_minute(browser):
    old = browser.token
    lost = browser.twin().visit(say="X-Session-Rotate: grace").token()
    time.sleep(61)
    new = browser.visit(say="X-Session-Rotate: grace").token()
    assert new not in (None, old, lost)
    assert carry(browser, old).visit().state == "anonymous"
    assert browser.visit().state == "anonymous"  # the new one, for the first time
    assert carry(browser, lost).visit().state == "none"
    time.sleep(2.2)
    assert carry(browser, old).visit().state == "none"


def test_of_several_rotations_at_once_one_wins(browser, app):
    waiting = [browser.twin().begin(say="X-Session-Rotate: grace") for _ in range(10)]
    tokens = [page.token() for page in (learn() for learn in waiting)]
    new = [token for token in tokens if token is not None]
    assert len(new) == 1
    assert carry(browser, new[0]).visit().state == "anonymous"


@pytest.mark.parametrize("how", ["1", "grace"])
def test_who_loses_the_race_loses_no_attribute(held, start, how):

    browser = Browser(sessions(start))
    browser.visit(say="X-Session-Set: a=1")
    slow = browser.twin().begin("/slow", say=[f"X-Session-Rotate: {how}", "X-Session-Set: b=2"])
    held.until()
    new = browser.visit(say="X-Session-Rotate: grace").token()
    held.release()
    assert slow().all("Set-Cookie") == []
    assert carry(browser, new).visit().seen["SESSION_ATTR_b"] == "2"


def test_rotate_1_kills_the_old_secret_at_once(browser):
    old, csrf = browser.token, browser.visit().seen["SESSION_CSRF"]
    browser.visit(say="X-Session-Rotate: 1")
    assert browser.visit().seen["SESSION_CSRF"] != csrf
    page = carry(browser, old).visit(say="X-Session-Set: b=2")
    assert (page.state, page.all("Set-Cookie")) == ("none", [])


def test_1_wins_over_grace(browser):
    old = browser.token
    browser.visit(say=["X-Session-Rotate: grace", "X-Session-Rotate: 1"])
    assert carry(browser, old).visit().state == "none"
    assert browser.visit().state == "anonymous"


def test_a_login_ends_a_grace(browser):
    """Neither the first secret nor the second one is anybody's after it, and their answers set no token."""
    first = browser.token
    second = browser.visit(say="X-Session-Rotate: grace").token()
    browser.visit(say="X-Session-Login: alice")
    for token in (first, second):
        page = carry(browser, token).visit(say="X-Session-Set: b=2")
        assert (page.state, page.all("Set-Cookie")) == ("none", [])
        assert "SESSION_NEXT_ID" not in page.seen
    assert browser.visit().seen["SESSION_USER"] == "alice"


def test_an_old_secret_may_log_in_and_out(browser):
    old = browser.token
    browser.visit(say="X-Session-Rotate: grace")
    page = carry(browser, old).visit(say="X-Session-Login: alice")
    assert page.token() is not None
    assert carry(browser, page.token()).visit().seen["SESSION_USER"] == "alice"
    assert browser.visit().state == "none"


def test_an_old_secret_may_log_out(browser):
    old = browser.token
    browser.visit(say="X-Session-Rotate: grace")
    assert carry(browser, old).visit(say="X-Session-Logout: self").token() == ""
    assert browser.visit().state == "none"


def test_a_poll_that_was_overtaken_by_a_login(held, start):
    """Its answer never replaces the login's cookie, also when the application sets something."""

    browser = Browser(sessions(start))
    browser.visit(say="X-Session-Set: a=1")
    poll = browser.twin().begin("/slow", say="X-Session-Set: polled=1")
    held.until()
    browser.visit(say="X-Session-Login: alice")
    held.release()
    assert poll().all("Set-Cookie") == []
    late = browser.twin()
    assert late.visit().seen["SESSION_USER"] == "alice"
    assert "SESSION_ATTR_polled" not in late.visit().seen


@pytest.mark.against_the_clock(1)
def test_rotate_every(browse):
    browser = browse(session={"rotate_every": "1s", "rotation_grace": "1s"})
    browser.visit(say="X-Session-Set: a=1")
    first = browser.token
    assert browser.visit().all("Set-Cookie") == []
    time.sleep(1.1)
    second = browser.visit().token()
    assert second[:20] == first[:20] and second != first
    assert browser.visit().all("Set-Cookie") == []
    time.sleep(1.1)
    assert browser.visit().token() not in (None, first, second)
    assert carry(browser, first).visit().state == "none"


@pytest.mark.against_the_clock(1)
def test_rotate_every_through_twenty_parallel_requests(browse):
    browser = browse(session={"rotate_every": "1s", "rotation_grace": "2s"})
    browser.visit(say="X-Session-Set: a=1")
    for _ in range(4):
        time.sleep(1.1)
        pages = [learn() for learn in [browser.begin(say=f"X-Session-Set: a{n}={n}") for n in range(20)]]
        assert {page.state for page in pages} == {"anonymous"}
        assert len([page for page in pages if page.token()]) == 1
    assert browser.visit().seen["SESSION_ATTR_a19"] == "19"


@pytest.mark.against_the_clock(1)
def test_peek_and_who_only_looks_rotate_nothing(start, app):

    routes = [{"path": "/peek", "application": "app", "session": "peek"}, {"path": "/", "application": "app"}]
    browser = Browser(start(session={"rotate_every": "1s", "rotation_grace": "1s"}, routes=routes))
    browser.visit(say="X-Session-Set: a=1")
    first = browser.token
    time.sleep(1.1)
    assert browser.visit("/peek").all("Set-Cookie") == []
    assert browser.visit().token() != first


@pytest.mark.against_the_clock(1)
def test_a_peek_shows_that_the_new_secret_arrived(start):
    """And moves last_seen no further."""

    routes = [{"path": "/peek", "application": "app", "session": "peek"}, {"path": "/", "application": "app"}]
    browser = Browser(start(session={"rotation_grace": "1s", "touch_interval": "0"}, routes=routes))
    browser.visit(say="X-Session-Set: a=1")
    old = browser.token
    seen = browser.visit(say="X-Session-Rotate: grace").seen
    time.sleep(1.1)
    browser.visit("/peek")
    assert browser.visit("/peek").seen["SESSION_LAST_SEEN"] <= str(int(seen["SESSION_LAST_SEEN"]) + 1)
    time.sleep(1.2)
    assert carry(browser, old).visit("/peek").state == "none"


@pytest.mark.against_the_clock(1)
def test_the_absolute_end_stays(browse):
    browser = browse(session={"rotate_every": "1s", "absolute_timeout": "3s", "idle_timeout": "3s"})
    browser.visit(say="X-Session-Set: a=1")
    end = browser.visit().seen["SESSION_EXPIRES"]
    begun = time.monotonic()
    while time.monotonic() < begun + 2:
        assert browser.visit().seen["SESSION_EXPIRES"] == end
        time.sleep(0.3)
    wait_until(lambda: browser.visit().state == "none")


def test_the_first_presentation_is_never_skipped(browse):
    """The touch interval would have it wait for a minute."""
    browser = browse(session={"rotation_grace": "1s"})
    browser.visit(say="X-Session-Set: a=1")
    old = browser.token
    browser.visit(say="X-Session-Rotate: grace")
    browser.visit()
    time.sleep(1.2)
    assert carry(browser, old).visit().state == "none"


def test_stale_tokens_are_logged_and_counted(browser):
    old = browser.token
    browser.visit(say="X-Session-Rotate: 1")
    carry(browser, old).visit(say="X-Session-Set: b=2")
    wait_until(lambda: STALE_LOG in browser.gateway.log)
    carry(browser, old).visit()
    browser.visit()
    browser.gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: "tokens_stale=2\n" in browser.gateway.log, what="the totals")

"""Who a session belongs to: Login and remember, Logout others and all, login_from. application.md sections 1, 3 and 4."""

import json
import time

import pytest

from harness.browser import COOKIE, Browser
from harness.problem import problem


def login_as(gateway, user, more=""):
    browser = Browser(gateway)
    browser.visit(say=f"X-Session-Login: {user}{more}")
    return browser


def states(*browsers):
    return [browser.visit().state for browser in browsers]


def test_nobody_logs_in_before_the_session_is_there(start):
    gateway = start(route={"self_service": "/.session"})
    for _ in range(20):  # within less than a tick of the kernel's clock
        browser = Browser(gateway)
        browser.visit(say="X-Session-Set: a=1")
        browser.visit(say="X-Session-Login: alice")
        me = json.loads(browser.visit("/.session/me").body)
        assert me["created_at"] <= me["login_at"] <= me["last_seen_at"]


# --- remember ---


def test_a_remembered_login_has_a_lasting_cookie(start):
    gateway = start(session={"remember_absolute_timeout": "90d"})
    page = Browser(gateway).visit(say="X-Session-Login: alice; remember")
    _, attributes = page.set_cookies[COOKIE]
    assert attributes["max-age"] == str(90 * 86400)


def test_no_cookie_lasts_longer_than_400_days(start):
    gateway = start(session={"remember_absolute_timeout": "1000d"})
    page = Browser(gateway).visit(say="X-Session-Login: alice; remember")
    assert page.set_cookies[COOKIE][1]["max-age"] == str(400 * 86400)


def test_what_is_left_of_it_is_what_a_rotated_one_has(start):
    gateway = start(session={"remember_absolute_timeout": "100s", "remember_idle_timeout": "50s"})
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice; remember")
    time.sleep(2.1)
    page = browser.visit(say="X-Session-Rotate: 1")
    assert 90 <= int(page.set_cookies[COOKIE][1]["max-age"]) <= 98


@pytest.mark.against_the_clock(1)
def test_the_remember_timeouts_are_its_own(start):
    gateway = start(session={"idle_timeout": "1s", "absolute_timeout": "2s", "remember_idle_timeout": "1h", "remember_absolute_timeout": "2h"})
    short, remembered = login_as(gateway, "alice"), login_as(gateway, "bob", "; remember")
    seen = remembered.visit().seen
    assert seen["SESSION_IDLE_TIMEOUT"] == "3600"
    assert 7190 <= int(seen["SESSION_EXPIRES"]) - int(seen["SESSION_LOGIN"]) <= 7200
    time.sleep(2.2)
    assert states(short, remembered) == ["none", "authenticated"]


def test_a_login_without_remember_is_not_remembered_any_more(start):
    gateway = start()
    browser = login_as(gateway, "alice", "; remember")
    page = browser.visit(say="X-Session-Login: alice")
    assert "max-age" not in page.set_cookies[COOKIE][1]
    assert browser.visit().seen["SESSION_IDLE_TIMEOUT"] == "1800"


@pytest.mark.parametrize("text", ["alice; forever", "alice; remember; remember", "alice;remember=1", "; remember", "alice; Remember"])
def test_what_stands_behind_a_user_is_remember_or_nothing(start, text):
    assert problem(Browser(start()).visit(say=f"X-Session-Login: {text}").answer) == (502, "bad-directive")


# --- logout of others, and of all ---


def test_logout_others_spares_one_self(start):
    gateway = start()
    one, two, three, bob = (login_as(gateway, user) for user in ("alice", "alice", "alice", "bob"))
    page = one.visit(say="X-Session-Logout: others")
    assert (page.status, page.all("Set-Cookie")) == (200, [])
    assert states(one, two, three, bob) == ["authenticated", "none", "none", "authenticated"]


def test_logout_all_spares_nobody(start):
    gateway = start()
    one, two, bob = (login_as(gateway, user) for user in ("alice", "alice", "bob"))
    assert one.visit(say="X-Session-Logout: all").token() == ""
    assert states(one, two, bob) == ["none", "none", "authenticated"]


def test_others_and_self_are_all(start):
    gateway = start()
    one, two = login_as(gateway, "alice"), login_as(gateway, "alice")
    assert one.visit(say=["X-Session-Logout: others", "X-Session-Logout: self"]).token() == ""
    assert states(one, two) == ["none", "none"]


def test_an_anonymous_visitor_has_no_others(start):
    gateway = start()
    one, two = Browser(gateway), Browser(gateway)
    one.visit(say="X-Session-Set: a=1")
    two.visit(say="X-Session-Set: a=1")
    assert one.visit(say="X-Session-Logout: others").status == 200
    assert states(one, two) == ["anonymous", "anonymous"]
    one.visit(say="X-Session-Logout: all")
    assert states(one, two) == ["none", "anonymous"]


def test_login_and_logout_others_in_one_answer(start):
    """As a change of password does: whoever logs in is the only one left."""
    gateway = start()
    two = login_as(gateway, "alice")
    for one in (Browser(gateway), login_as(gateway, "bob"), login_as(gateway, "alice")):
        one.visit(say=["X-Session-Login: alice", "X-Session-Logout: others"])
        assert states(one, two) == ["authenticated", "none"]
        two = login_as(gateway, "alice")


def test_others_end_on_all_workers(start):
    gateway = start(workers=2)
    alices = [login_as(gateway, "alice") for _ in range(10)]
    alices[0].visit(say="X-Session-Logout: others")
    assert states(*alices) == ["authenticated"] + 9 * ["none"]


def test_a_slow_request_of_another_that_was_logged_out_saves_nothing(held, start):
    gateway = start()
    one, two = login_as(gateway, "alice"), login_as(gateway, "alice")
    slow = two.begin("/slow", say="X-Session-Set: late=1")
    held.until()
    one.visit(say="X-Session-Logout: others")
    held.release()
    assert slow().token() == ""
    assert states(two) == ["none"]


# --- a change of user ---


def test_another_user_starts_with_nothing(start):
    browser = login_as(start(), "alice")
    browser.visit(say="X-Session-Set: secret=1")
    before = browser.token
    seen = browser.visit(say=["X-Session-Login: bob", "X-Session-Set: his=1"])
    assert seen.token() not in (None, before)
    seen = browser.visit().seen
    assert (seen["SESSION_USER"], seen["SESSION_ATTR_his"]) == ("bob", "1")
    assert "SESSION_ATTR_secret" not in seen


@pytest.mark.parametrize("say", ["X-Session-Rotate: 1", "X-Session-Rotate: grace", "X-Session-Set: late=1"])
def test_a_slow_request_from_before_a_login_gets_nothing(held, start, say):
    browser = Browser(start())
    browser.visit(say="X-Session-Set: cart=1")
    slow = browser.twin().begin("/slow", say=say)
    held.until()
    browser.visit(say="X-Session-Login: alice")
    held.release()
    assert slow().all("Set-Cookie") == []
    seen = browser.visit().seen
    assert (seen["SESSION_USER"], seen.get("SESSION_ATTR_late")) == ("alice", None)


def test_a_slow_login_from_before_another_is_a_session_of_its_own(held, start):
    browser = Browser(start())
    browser.visit(say="X-Session-Set: cart=1")
    twin = browser.twin()
    slow = twin.begin("/slow", say=["X-Session-Login: bob", "X-Session-Set: mine=1"])
    held.until()
    browser.visit(say="X-Session-Login: alice")
    held.release()
    assert slow().token()[:20] != browser.token[:20]
    seen = twin.visit().seen
    assert (seen["SESSION_USER"], seen["SESSION_ATTR_mine"], seen.get("SESSION_ATTR_cart")) == ("bob", "1", None)


# --- login_from ---


@pytest.fixture
def tied(start):
    """A visitor of an application that keeps its user in auth.name."""
    return Browser(start(application={"login_from": "auth.name"}))


def test_login_from_logs_in_and_out(tied):
    tied.visit(say="X-Session-Set: cart=1")
    first = tied.token
    page = tied.visit(say='X-Session-Update: {"auth": {"name": "alice", "roles": []}}')
    assert page.token()[:20] == first[:20] and page.token() != first
    seen = tied.visit().seen
    assert (seen["SESSION_STATE"], seen["SESSION_USER"], seen["SESSION_ATTR_cart"]) == ("authenticated", "alice", "1")
    expires = seen["SESSION_EXPIRES"]
    second = tied.token
    page = tied.visit(say="X-Session-Unset: auth")
    assert page.token() not in (None, second)
    seen = tied.visit().seen
    assert (seen["SESSION_STATE"], seen["SESSION_EXPIRES"], seen["SESSION_ATTR_cart"]) == ("anonymous", expires, "1")
    assert "SESSION_LOGIN" not in seen


def test_login_from_on_a_new_session(tied):
    assert tied.visit(say='X-Session-Update: {"auth": {"name": "alice"}}').token()
    assert tied.visit().seen["SESSION_USER"] == "alice"


def test_the_same_value_again_is_no_login(tied):
    tied.visit(say='X-Session-Update: {"auth": {"name": "alice"}}')
    before = tied.token
    assert tied.visit(say='X-Session-Update: {"auth": {"visits": 2, "name": "\\u0061lice"}}').all("Set-Cookie") == []
    assert tied.token == before
    assert tied.visit().seen["SESSION_USER"] == "alice"


def test_login_from_as_another_user_clears_the_rest(tied):
    tied.visit(say='X-Session-Update: {"auth": {"name": "alice"}, "secret": 1}')
    tied.visit(say='X-Session-Update: {"auth": {"name": "bob"}, "his": 1}')
    seen = tied.visit().seen
    assert (seen["SESSION_USER"], seen["SESSION_ATTR_his"], seen.get("SESSION_ATTR_secret")) == ("bob", "1", None)


@pytest.mark.parametrize(
    "value, user",
    [("42", "42"), ("-1", "-1"), ('"0"', "0"), ('""', None), ("1.5", None), ("1e3", None), ("true", None), ("[]", None), ("{}", None), ("null", None)],
)
def test_what_login_from_takes_for_a_user(tied, value, user):
    tied.visit(say='X-Session-Update: {"auth": {"name": %s}}' % value)
    assert tied.visit().seen.get("SESSION_USER") == user


@pytest.mark.parametrize("value", ['"a\\nb"', '" alice"', '"%s"' % ("x" * 256)])
def test_what_can_be_nobodys_name_is_refused(tied, value):
    answer = tied.visit(say='X-Session-Update: {"auth": {"name": %s}}' % value)
    assert problem(answer.answer) == (502, "bad-directive")
    assert tied.visit().state == "none"


def test_a_login_directive_wins_over_login_from(tied):
    tied.visit(say=["X-Session-Login: carol", 'X-Session-Update: {"auth": {"name": "alice"}}'])
    assert tied.visit().seen["SESSION_USER"] == "carol"


def test_login_from_whose_guard_fails(held, start):
    browser = Browser(start(application={"login_from": "user"}))
    browser.visit(say="X-Session-Set: cart=1")
    twin = browser.twin()
    slow = twin.begin("/slow", say="X-Session-Set: user=bob")
    held.until()
    browser.visit(say="X-Session-Set: user=alice")
    held.release()
    slow()
    assert (browser.visit().seen["SESSION_USER"], twin.visit().seen["SESSION_USER"]) == ("alice", "bob")
    assert "SESSION_ATTR_cart" not in twin.visit().seen


@pytest.mark.parametrize("path", [".", "a.", ".a", "a..b"])
def test_login_from_must_be_a_path(start, path):
    with pytest.raises(AssertionError, match="login_from"):
        start(application={"login_from": path})

"""csrf: check, application.md section 5: what changes something must come from a page of the same site."""

import pytest

from harness import fastcgi
from harness.browser import HTTPS_COOKIE, Browser
from harness.problem import problem

POST = {"REQUEST_METHOD": "POST"}
OWN = {"HTTP_ORIGIN": "http://example.test"}
REFUSED = (403, "cross-origin")


@pytest.fixture
def checked(browse):
    """checked(…route…): a browser before a route with csrf: check."""
    return lambda settings=None, **route: browse(route={"csrf": "check", **route}, **(settings or {}))


def ask(browser, headers=None, **more):
    """What a POST with these signs, and no others, is answered: 200, or status and slug."""
    page = browser.visit(**POST, **(headers or {}), **more)
    return 200 if page.status == 200 else problem(page.answer)


def test_off_is_the_default(browse):
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    assert ask(browser, {"HTTP_ORIGIN": "http://evil.test"}) == 200


@pytest.mark.parametrize("known", [False, True], ids=["without a session", "with a cookie"])
def test_each_sign_is_enough_and_none_is_not(checked, app, known):
    browser = checked()
    if known:
        browser.visit(say="X-Session-Login: alice")
    before = len(app.exchanges)
    assert ask(browser) == REFUSED
    assert ask(browser, {"HTTP_ORIGIN": "http://evil.test"}) == REFUSED
    assert ask(browser, {"HTTP_ORIGIN": "null"}) == REFUSED
    assert ask(browser, {"HTTP_SEC_FETCH_SITE": "same-site"}) == REFUSED
    assert ask(browser, {"HTTP_SEC_FETCH_SITE": "none"}) == REFUSED
    assert len(app.exchanges) == before, "the application is not asked"
    assert ask(browser, OWN) == 200
    assert ask(browser, {"HTTP_SEC_FETCH_SITE": "same-origin"}) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods_come_from_anywhere(checked, method):
    browser = checked()
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit(REQUEST_METHOD=method, HTTP_ORIGIN="http://evil.test").status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PROPFIND", "get"])
def test_all_others_need_a_sign(checked, method):
    browser = checked()
    assert problem(browser.visit(REQUEST_METHOD=method).answer) == REFUSED
    assert browser.visit(REQUEST_METHOD=method, **OWN).status == 200


def test_the_value_that_the_application_puts_into_its_forms(checked):
    browser = checked()
    browser.visit(say="X-Session-Set: a=1")
    csrf = browser.visit().seen["SESSION_CSRF"]
    stranger = Browser(browser.gateway)
    stranger.visit(say="X-Session-Set: a=1")
    foreign = stranger.visit().seen["SESSION_CSRF"]
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": csrf}) == 200
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": foreign}) == REFUSED, "another session's"
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": csrf[:-1]}) == REFUSED
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": csrf + "A"}) == REFUSED
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": ""}) == REFUSED
    assert ask(Browser(browser.gateway), {"HTTP_X_CSRF_TOKEN": csrf}) == REFUSED, "without a session none matches"


def test_a_login_brings_a_new_value(checked):
    browser = checked()
    browser.visit(say="X-Session-Set: a=1")
    csrf = browser.visit().seen["SESSION_CSRF"]
    browser.visit(say="X-Session-Login: alice")
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": csrf}) == REFUSED
    assert ask(browser, {"HTTP_X_CSRF_TOKEN": browser.visit().seen["SESSION_CSRF"]}) == 200


PLACES = [
    ("https", {"HTTPS": "on"}, "https://example.test", True),
    ("https, http said", {"HTTPS": "on"}, "http://example.test", False),
    ("port", {"HTTP_HOST": "example.test:8080"}, "http://example.test:8080", True),
    ("port, none said", {"HTTP_HOST": "example.test:8080"}, "http://example.test", False),
    ("default port said", {}, "http://example.test:80", True),
    ("case", {"HTTP_HOST": "Example.TEST"}, "http://eXample.test", True),
    ("IPv6", {"HTTP_HOST": "[::1]:81"}, "http://[::1]:81", True),
    ("no Host", {"HTTP_HOST": None, "SERVER_PORT": "81"}, "http://example.test:81", True),
    ("no Host, another port", {"HTTP_HOST": None, "SERVER_PORT": "81"}, "http://example.test", False),
    ("forwarded by nobody we trust", {"HTTP_X_FORWARDED_HOST": "evil.test"}, "http://evil.test", False),
]


@pytest.mark.parametrize("place, origin, own", [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_scheme_host_and_port_of_the_request(checked, place, origin, own):
    assert ask(checked(), {**place, "HTTP_ORIGIN": origin}) == (200 if own else REFUSED)


def test_as_trusted_proxies_say(checked):
    browser = checked({"trusted_proxies": ["192.0.2.1"]})
    forwarded = {"HTTP_HOST": "inner:9000", "HTTP_X_FORWARDED_HOST": "example.test:8443", "HTTP_X_FORWARDED_PROTO": "https"}
    assert ask(browser, {**forwarded, "HTTP_ORIGIN": "https://example.test:8443"}) == 200
    assert ask(browser, {**forwarded, "HTTP_ORIGIN": "http://inner:9000"}) == REFUSED
    assert ask(browser, {**forwarded, "HTTP_ORIGIN": "https://example.test"}) == REFUSED


def test_a_token_in_a_header_is_exempt(checked):
    browser = checked(token="header")
    page = browser.visit(say="X-Session-Login: alice")
    token = page.header("X-Auth-Token")
    assert ask(browser, {"HTTP_X_AUTH_TOKEN": token}) == 200
    assert ask(browser, {"HTTP_X_AUTH_TOKEN": "A" * 52}) == 200, "an unknown one too: no browser adds it by itself"
    assert ask(browser, {"HTTP_X_AUTH_TOKEN": "A"}) == REFUSED, "a malformed one is none"
    assert ask(browser) == REFUSED, "without a session"


def test_where_either_counts_a_cookie_needs_a_sign(checked):
    browser = checked(token="either")
    browser.visit(say="X-Session-Login: alice")
    assert ask(browser) == REFUSED
    assert ask(browser, {"HTTP_X_AUTH_TOKEN": browser.token}) == 200, "the header wins"


def test_where_cookies_count_a_header_is_no_sign(checked):
    browser = checked()
    browser.visit(say="X-Session-Login: alice")
    assert ask(browser, {"HTTP_X_AUTH_TOKEN": browser.token}) == REFUSED


def test_a_dead_cookie_is_no_exemption_and_stays(checked):
    browser = checked()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    browser.visit(say="X-Session-Logout: self")
    page = twin.visit(**POST)
    assert problem(page.answer) == REFUSED
    assert page.all("Set-Cookie") == []


def test_whoever_lacks_the_session_is_told_that_first(checked):
    browser = checked(require="login")
    assert problem(browser.visit(**POST).answer) == (401, "session-required")


@pytest.mark.parametrize("session", ["off", "observe"])
def test_off_does_not_open_what_csrf_closes(checked, session):
    browser = checked(session=session)
    assert ask(browser) == REFUSED
    assert ask(browser, OWN) == 200


@pytest.mark.parametrize("role", [fastcgi.RESPONDER, fastcgi.AUTHORIZER])
def test_whoever_asks_for_a_decision_is_told_so_too(checked, role):
    browser = checked({"routes": [{"path": "/", "application": "app"}, {"path": "/in/", "mode": "authorize", "csrf": "check"}]})
    browser.visit(say="X-Session-Login: alice")

    def decide(**more):
        return browser.gateway.ask(browser.params("/in/x", **more), role=role).status

    assert (decide(**POST), decide(**POST, **OWN), decide()) == (403, 200, 200)


def test_the_body_of_a_refused_upload_is_let_pass(checked):
    browser = checked()
    front = browser.gateway.front()
    params = browser.params(**POST, CONTENT_LENGTH="100000")
    assert problem(front.ask(params, b"x" * 100000)) == REFUSED
    front.assert_alive()


def test_https_cookies_as_well(start):
    browser = Browser(start(route={"csrf": "check"}), https=True)
    browser.visit(say="X-Session-Login: alice")
    assert set(browser.cookies) == {HTTPS_COOKIE}
    assert ask(browser) == REFUSED
    assert ask(browser, {"HTTP_ORIGIN": "https://example.test"}) == 200

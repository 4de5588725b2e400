"""How tokens travel and what they are worth: application.md section 1."""

import re
import time

import pytest

from harness import fastcgi
from harness.browser import COOKIE, HTTPS_COOKIE, Browser, Page

TOKEN = re.compile(r"^[A-Za-z0-9_-]{52}$")
SHORT = {"idle_timeout": "1s", "anonymous_idle_timeout": "1s", "absolute_timeout": "2s"}
AFTER_SHORT_S = 2.6
STRANGER = "A" * 52


def test_no_session_for_who_stores_nothing(browse):
    browser = browse()
    page = browser.visit()
    assert page.state == "none"
    assert page.all("Set-Cookie") == []
    assert "SESSION_REASON" not in page.seen
    assert "SESSION_ID" not in page.seen


def test_the_first_set_creates_a_session(browse):
    browser = browse()
    first = browser.visit(say="X-Session-Set: a=1")
    token, attributes = first.set_cookies[COOKIE]
    assert TOKEN.match(token) and token[0] != "-"
    assert first.seen["SESSION_NEXT_ID"] == token[:20]
    assert attributes == {"path": "/", "httponly": "", "samesite": "Lax"}
    second = browser.visit()
    assert (second.state, second.seen["SESSION_ID"]) == ("anonymous", token[:20])
    assert second.all("Set-Cookie") == []


def test_tokens_differ(browse):
    browser = browse()
    tokens = {Browser(browser.gateway).visit(say="X-Session-Set: a=1").token() for _ in range(20)}
    assert len(tokens) == 20
    assert len({token[:20] for token in tokens}) == 20


@pytest.mark.parametrize("params", [{"HTTPS": "on"}, {"HTTPS": "1"}, {"REQUEST_SCHEME": "https"}])
def test_https_has_a_name_of_its_own(browse, params):
    browser = browse()
    token, attributes = browser.visit(say="X-Session-Set: a=1", **params).set_cookies[HTTPS_COOKIE]
    assert attributes == {"path": "/", "secure": "", "httponly": "", "samesite": "Lax"}
    assert browser.visit(**params).state == "anonymous"
    assert browser.visit(HTTP_COOKIE=f"{COOKIE}={token}", **params).state == "none"
    assert browser.visit(HTTP_COOKIE=f"{HTTPS_COOKIE}={token}").state == "none"


@pytest.mark.parametrize(
    "settings, https, name, wanted",
    [
        ({"name": "mine"}, False, "mine", {"path": "/", "httponly": "", "samesite": "Lax"}),
        ({"path": "/app/"}, False, COOKIE, {"path": "/app/", "httponly": "", "samesite": "Lax"}),
        ({"domain": "example.test"}, True, "__Secure-sg_session", {"path": "/", "domain": "example.test", "secure": "", "httponly": "", "samesite": "Lax"}),
        ({"same_site": "strict"}, False, COOKIE, {"path": "/", "httponly": "", "samesite": "Strict"}),
        ({"same_site": "none"}, True, HTTPS_COOKIE, {"path": "/", "secure": "", "httponly": "", "samesite": "None"}),
        ({"http_only": False}, False, COOKIE, {"path": "/", "samesite": "Lax"}),
        ({"partitioned": True}, True, HTTPS_COOKIE, {"path": "/", "secure": "", "httponly": "", "samesite": "Lax", "partitioned": ""}),
        ({"name": "mine", "secure": "never"}, True, "mine", {"path": "/", "httponly": "", "samesite": "Lax"}),
    ],
    ids=lambda value: str(value) if isinstance(value, (str, dict)) else "",
)
def test_cookie_settings(browse, settings, https, name, wanted):
    browser = browse(cookie=settings)
    browser.https = https
    token, attributes = browser.visit(say="X-Session-Set: a=1").set_cookies[name]
    assert TOKEN.match(token)
    assert attributes == wanted
    assert browser.visit().state == "anonymous"


@pytest.mark.parametrize("bad", ["short", "A" * 51, "A" * 53, "A" * 51 + "!", "-" + "A" * 51, ""])
def test_a_malformed_token_is_left_alone(browse, bad):
    page = browse().visit(HTTP_COOKIE=f"{COOKIE}={bad}")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "malformed")
    assert page.all("Set-Cookie") == []


def test_an_unknown_token_is_never_adopted(browse):
    browser = browse()
    page = browser.visit(HTTP_COOKIE=f"{COOKIE}={STRANGER}", say="X-Session-Set: a=1")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert page.token()[:20] == page.seen["SESSION_NEXT_ID"] != STRANGER[:20]


def test_an_unknown_cookie_is_not_cleared_while_the_store_is_young(browse):
    """The id may have been there before the store was emptied."""
    page = browse().visit(HTTP_COOKIE=f"{COOKIE}={STRANGER}")
    assert page.all("Set-Cookie") == []


@pytest.mark.against_the_clock(1)
def test_an_unknown_cookie_is_cleared_once_the_store_must_know(browse):
    browser = browse(session=SHORT)
    browser.visit()
    time.sleep(AFTER_SHORT_S)
    page = browser.visit(HTTP_COOKIE=f"{COOKIE}={STRANGER}")
    assert page.seen["SESSION_REASON"] == "unknown"
    assert page.set_cookies[COOKIE] == ("", {"max-age": "0", "path": "/", "httponly": "", "samesite": "Lax"})


@pytest.mark.against_the_clock(1)
def test_an_expired_session_says_so_and_its_cookie_goes(browse):
    browser = browse(session=SHORT)
    browser.visit(say="X-Session-Set: a=1")
    time.sleep(1.4)
    page = browser.visit()
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "expired")
    assert page.token() == ""
    assert browser.visit().seen.get("SESSION_REASON") is None


def test_another_secret_under_a_living_id(browse):
    """Never cleared: the id is there, and its owner is somebody else perhaps."""
    browser = browse()
    token = browser.visit(say="X-Session-Set: a=1").token()
    forged = token[:20] + "B" * 32
    page = browser.visit(HTTP_COOKIE=f"{COOKIE}={forged}")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert page.all("Set-Cookie") == []
    other = browser.twin().visit(HTTP_COOKIE=f"{COOKIE}={forged}", say="X-Session-Set: b=2")
    assert other.token()[:20] != token[:20]
    assert browser.twin().visit(HTTP_COOKIE=f"{COOKIE}={token}").seen.get("SESSION_ATTR_b") is None


def test_logout_clears_the_cookie(browse):
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    page = browser.visit(say="X-Session-Logout: self")
    assert page.set_cookies[COOKIE] == ("", {"max-age": "0", "path": "/", "httponly": "", "samesite": "Lax"})
    late = twin.visit()
    assert late.state == "none"
    assert late.token() == "", "an ended session's cookie is cleared wherever it comes up"


def test_of_several_cookies_the_first_live_one_counts(browse):
    browser = browse()
    token = browser.visit(say="X-Session-Set: who=me").token()
    cookies = [f"{COOKIE}={value}" for value in (STRANGER, "malformed", token)]
    for joined in ("; ".join(cookies), ", ".join(cookies), ";".join(cookies)):
        page = browser.visit(HTTP_COOKIE=joined)
        assert page.seen["SESSION_ATTR_who"] == "me"
        assert page.all("Set-Cookie") == []


def test_nothing_is_cleared_while_one_of_them_lives(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    ended = browser.token
    browser.visit(say="X-Session-Logout: self")
    live = browser.visit(say="X-Session-Set: b=2").token()
    page = browser.visit(HTTP_COOKIE=f"{COOKIE}={ended}; {COOKIE}={live}")
    assert page.seen["SESSION_ATTR_b"] == "2"
    assert page.all("Set-Cookie") == []


@pytest.mark.against_the_clock(1)
def test_a_live_fifth_cookie_keeps_the_others(browse):
    browser = browse(session=SHORT)
    ended = browser.visit(say="X-Session-Set: a=1").token()
    browser.visit(say="X-Session-Logout: self")
    live = browser.visit(say="X-Session-Set: b=1").token()
    cookies = "; ".join(f"{COOKIE}={token}" for token in [ended] * 4 + [live])
    assert browser.visit(HTTP_COOKIE=cookies).all("Set-Cookie") == []


def test_at_most_four_cookies_are_tried(browse):
    browser = browse()
    token = browser.visit(say="X-Session-Set: a=1").token()
    strangers = [f"{COOKIE}={letter * 52}" for letter in "BCDE"]
    assert browser.visit(HTTP_COOKIE="; ".join(strangers[:3] + [f"{COOKIE}={token}"])).state == "anonymous"
    assert browser.visit(HTTP_COOKIE="; ".join(strangers + [f"{COOKIE}={token}"])).state == "none"


def test_our_cookies_are_taken_out_of_the_params(browse):
    browser = browse(realms={"other": {"cookie": {"name": "other"}}})
    cookies = f"a=1; {COOKIE}={STRANGER}; b=2; {HTTPS_COOKIE}={STRANGER}; other=x; c=3"
    assert re.split("; *", browser.visit(HTTP_COOKIE=cookies).seen["HTTP_COOKIE"]) == ["a=1", "b=2", "c=3"]
    assert browser.visit(HTTP_COOKIE=f"{COOKIE}={STRANGER}").seen.get("HTTP_COOKIE", "") == ""


def test_the_default_names_of_other_settings_are_ours_too(browse):
    """A domain that the cookie had before the last reload leaves good tokens with the browsers."""
    browser = browse()
    assert browser.visit(HTTP_COOKIE=f"__Secure-sg_session={STRANGER}; a=1").seen["HTTP_COOKIE"] == "a=1"
    assert browser.visit(say="Set-Cookie: __Secure-sg_session=evil").all("Set-Cookie") == []


@pytest.mark.parametrize("session", ["off", "observe"])
def test_the_tokens_of_every_realm_are_taken_out_with_session_off_too(browse, session):
    browser = browse(route={"session": session}, header={"name": "X-My-Token"})
    seen = browser.visit(HTTP_COOKIE=f"{COOKIE}={STRANGER}; a=1", HTTP_X_MY_TOKEN=STRANGER).seen
    assert seen["HTTP_COOKIE"] == "a=1"
    assert "HTTP_X_MY_TOKEN" not in seen


@pytest.mark.parametrize("session", ["on", "off", "observe"])
def test_an_application_cannot_set_our_cookie(browse, session):
    browser = browse(route={"session": session})
    page = browser.visit(say=[f"Set-Cookie: {COOKIE}=evil; Path=/", f"Set-Cookie: {HTTPS_COOKIE}=evil", "Set-Cookie: own=fine"])
    assert page.all("Set-Cookie") == ["own=fine"]


@pytest.mark.parametrize(
    "spelled",
    [
        "set-cookie: {0}",
        "SET-COOKIE:{0}",
        "Set-Cookie: \t {0}",
        "Set-Cookie: ={0}",
        "Set-Cookie: = {0}",
        "Set-Cookie: a=b, {0}",
        "Set-Cookie: a,{0}; Path=/",
        'Set-Cookie: a="b, {0}"',
        "Set-Cookie: =a,{0}",
    ],
)
def test_nor_in_any_spelling_that_comes_back_as_ours(browse, spelled):
    """Browsers send what they were told, comma and all, and behind a comma another cookie begins."""
    browser = browse()
    mallory = Browser(browser.gateway).visit(say="X-Session-Login: mallory").token()
    page = browser.visit(say=[spelled.format(f"{COOKIE}={mallory}"), "Set-Cookie: own=fine"])
    assert page.all("Set-Cookie") == ["own=fine"]


def test_a_token_counts_nowhere_else(browse):
    """Not in the URL, not in a body, not in a header that the route does not read: nobody can be sent into a session by a link."""
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    pair = f"{COOKIE}={browser.cookies.pop(COOKIE)}"
    token = pair.partition("=")[2]
    browser.gateway.tokens.discard(token)  # the log shows paths, whatever a client writes into them
    for uri, params in (
        (f"/?{pair}", {"QUERY_STRING": pair}),
        (f"/;{pair}", {"PATH_INFO": f"/;{pair}"}),
        (f"/{token}/", {}),
        ("/", {"HTTP_X_AUTH_TOKEN": token}),
        ("/", {"HTTP_AUTHORIZATION": f"Bearer {token}"}),
        ("/", {"HTTP_SG_SESSION": token, "HTTP_X_SG_SESSION": token}),
        ("/", {"HTTP_SET_COOKIE": pair, "HTTP_COOKIE2": pair, "HTTP_X_COOKIE": pair}),
        ("/", {"COOKIE": pair, "SG_SESSION": token}),
    ):
        assert browser.visit(uri, **params).state == "none", (uri, params)
    body = pair.encode()
    posted = Page(browser.gateway.ask(fastcgi.post(body, CONTENT_TYPE="application/x-www-form-urlencoded"), body))
    assert posted.state == "none"


# The header carrier.


def test_header_new_used_ended(browse):
    browser = browse(route={"token": "header"})
    page = browser.visit(say="X-Session-Login: alice")
    token = page.header("X-Auth-Token")
    assert TOKEN.match(token)
    assert page.all("Set-Cookie") == []
    again = browser.visit(HTTP_X_AUTH_TOKEN=token)
    assert again.seen["SESSION_USER"] == "alice"
    assert again.header("X-Auth-Token") is None
    assert "HTTP_X_AUTH_TOKEN" not in again.seen
    assert browser.visit(HTTP_X_AUTH_TOKEN=token, say="X-Session-Logout: self").header("X-Auth-Token") == ""
    assert browser.visit(HTTP_X_AUTH_TOKEN=token).state == "none"


def test_header_routes_read_no_cookie(browse):
    browser = browse(routes=[{"path": "/", "application": "app"}, {"path": "/api/", "application": "app", "token": "header"}])
    browser.visit(say="X-Session-Set: a=1")
    assert browser.visit("/").state == "anonymous"
    assert browser.visit("/api/").state == "none"


def test_bearer(browse):
    browser = browse(route={"token": "header"}, header={"name": "Authorization"})
    page = browser.visit(say="X-Session-Login: alice")
    token = page.header("X-Auth-Token")
    assert TOKEN.match(token) and page.header("Authorization") is None
    seen = browser.visit(HTTP_AUTHORIZATION=f"Bearer {token}").seen
    assert seen["SESSION_USER"] == "alice"
    assert "HTTP_AUTHORIZATION" not in seen


@pytest.mark.parametrize("other", ["Basic dXNlcjpwYXNz", "Bearer not-ours", "Bearer " + "A" * 53, "A" * 52])
def test_an_authorization_that_is_not_ours_passes(browse, other):
    seen = browse(route={"token": "header"}, header={"name": "Authorization"}).visit(HTTP_AUTHORIZATION=other).seen
    assert seen["HTTP_AUTHORIZATION"] == other


def test_either_answers_the_way_it_came(browse):
    browser = browse(route={"token": "either"})
    token = browser.visit(say="X-Session-Set: a=1").token()
    assert TOKEN.match(token), "a first one goes as a cookie"
    browser.cookies.clear()
    page = browser.visit(HTTP_X_AUTH_TOKEN=token, say="X-Session-Rotate: 1")
    assert TOKEN.match(page.header("X-Auth-Token"))
    assert page.all("Set-Cookie") == []


def test_either_the_header_wins_without_fallback(browse):
    browser = browse(route={"token": "either"})
    browser.visit(say="X-Session-Set: a=1")
    assert browser.visit().state == "anonymous"
    assert browser.visit(HTTP_X_AUTH_TOKEN=STRANGER).state == "none"


# A stale token: its secret was replaced less than a minute ago.


@pytest.mark.parametrize("replace", ["X-Session-Login: alice", "X-Session-Rotate: 1"])
def test_a_stale_token(browse, replace):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    stale = browser.twin()
    browser.visit(say=replace)
    page = stale.visit(say="X-Session-Set: evil=1")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert "SESSION_NEXT_ID" not in page.seen
    assert page.all("Set-Cookie") == [], "it must not overwrite what the parallel login set"
    assert stale.visit(say="X-Session-Logout: self").all("Set-Cookie") == []
    assert browser.visit().seen.get("SESSION_ATTR_evil") is None
    assert browser.visit().seen["SESSION_ATTR_a"] == "1"


def test_a_stale_token_may_log_in(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    stale = browser.twin()
    browser.visit(say="X-Session-Login: alice")
    token = stale.visit(say="X-Session-Login: bob").token()
    assert token and token[:20] != browser.token[:20]
    assert stale.visit().seen["SESSION_USER"] == "bob"
    assert browser.visit().seen["SESSION_USER"] == "alice"


# Caching.


@pytest.mark.parametrize(
    "say, cache_control",
    [
        ("X-Session-Set: a=1", ["no-store"]),
        (["X-Session-Set: a=1", "Cache-Control: max-age=60"], ["max-age=60"]),
        ("X-Session-Logout: self", ["no-store"]),
        ("X-Nothing: 1", []),
    ],
    ids=str,
)
def test_caching_of_responses_about_the_session(browse, say, cache_control):
    page = browse().visit(say=say)
    assert page.all("Cache-Control") == cache_control
    vary = ", ".join(page.all("Vary")).lower()
    assert ("cookie" in vary) == (say != "X-Nothing: 1")


def test_vary_keeps_what_the_application_says(browse):
    page = browse().visit(say=["X-Session-Set: a=1", "Vary: Accept-Encoding"])
    names = {name.strip().lower() for line in page.all("Vary") for name in line.split(",")}
    assert names == {"accept-encoding", "cookie"}


def test_vary_names_the_header_of_a_header_route(browse):
    page = browse(route={"token": "header"}).visit(say="X-Session-Set: a=1")
    assert "x-auth-token" in ", ".join(page.all("Vary")).lower()


def test_vary_names_both_where_either_is_read(browse):
    """What a cookie's answer says is not for who comes with a header besides."""
    browser = browse(route={"token": "either"})
    for more in ({}, {"HTTP_X_AUTH_TOKEN": STRANGER}):
        page = browser.visit(say=["X-Session-Set: a=1", "Cache-Control: max-age=60"], **more)
        assert page.all("Vary") == ["X-Auth-Token, Cookie"]


def test_private_always_and_never(browse):
    always = browse(route={"private": "always"})
    always.visit(say="X-Session-Set: a=1")
    assert always.visit().all("Cache-Control") == ["no-store"]
    assert Browser(always.gateway).visit().all("Cache-Control") == []
    never = browse(route={"private": "never"})
    page = never.visit(say="X-Session-Set: a=1")
    assert page.token() and page.all("Cache-Control") == [] and page.all("Vary") == []


def test_sendfile_headers_pass(browse):
    page = browse().visit(say=["X-Accel-Redirect: /internal/x", "X-Sendfile: /srv/x"])
    assert (page.header("X-Accel-Redirect"), page.header("X-Sendfile")) == ("/internal/x", "/srv/x")

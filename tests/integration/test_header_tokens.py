"""Tokens in headers, through each web server: application.md section 1, "Header", sentence by sentence."""

import json
import re

import pytest

from harness import wire
from harness.chain import temporary_chain, together
from harness.scenes import Scenes
from harness.webserver import apache, caddy, haproxy, lighttpd, nginx

SERVERS = {"nginx": nginx(), "apache": apache(), "lighttpd": lighttpd(), "caddy": caddy(), "haproxy": haproxy()}
TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{51}")
STRANGER = "S" * 52

# lighttpd sends no header without a value: its clients learn of an end by the status.
SHOWS_NO_EMPTY_HEADER = ("lighttpd",)

ROUTES = [
    {"path": "/", "application": "app"},
    {"path": "/header/", "application": "app", "token": "header"},
    {"path": "/either/", "application": "app", "token": "either", "csrf": "check", "self_service": "/either/.session"},
    {"path": "/closed/", "application": "app", "token": "either", "require": "login"},
    {"path": "/bearer/", "application": "app", "token": "header", "realm": "api"},
    {"path": "/bearer-or-cookie/", "application": "app", "token": "either", "realm": "api"},
    {"path": "/off/", "application": "app", "session": "off"},
]
REALMS = {"api": {"cookie": {"name": "api"}, "header": {"name": "Authorization"}}}


class Page:
    """An answer, what the application saw for it, and the tokens that it brings."""

    def __init__(self, answer):
        self.answer = answer
        self.status, self.all = answer.status, answer.all
        self.header_token = next(iter(answer.all("X-Auth-Token")), None)
        cookies = [line.partition(";")[0].partition("=") for line in answer.all("Set-Cookie")]
        self.cookie_tokens = {name: value for name, _, value in cookies}
        self.vary = {name.strip().lower() for line in answer.all("Vary") for name in line.split(",")}

    @property
    def seen(self):
        assert self.status == 200, self.answer
        return json.loads(self.answer.body)["params"]

    @property
    def who(self):
        return self.seen.get("SESSION_USER")


class Client:
    def __init__(self, chain, name):
        self.chain = chain
        self.shows_empty = name not in SHOWS_NO_EMPTY_HEADER

    def ask(self, path, *lines, say=(), **how):
        said = [say] if isinstance(say, str) else say
        return Page(wire.ask(self.chain.port, path, [*lines, "X-Test-Say: " + "|".join(said)], **how))

    def log_in(self, path, *lines):
        return self.ask(path, *lines, say="X-Session-Login: alice")

    def ended(self, page):
        """Did it say, in X-Auth-Token, that the session is no more?"""
        return page.header_token == ("" if self.shows_empty else None)


@pytest.fixture(scope="module", params=[together(f"header-{name}") for name in SERVERS])
def client(request):
    name = request.param.removeprefix("header-")
    with temporary_chain() as chain:
        chain.start({"app": chain.scripted(Scenes())}, SERVERS[name], routes=ROUTES, realms=REALMS)
        yield Client(chain, name)
        chain.application.assert_framing()


# The route, and the line that carries a token there.
WAYS = {"header": ("/header/", "X-Auth-Token: {}"), "bearer": ("/bearer/", "Authorization: Bearer {}")}


@pytest.mark.parametrize("way", WAYS)
def test_a_new_one_is_answered_in_the_header(client, way):
    path, _ = WAYS[way]
    page = client.log_in(path)
    assert TOKEN.fullmatch(page.header_token)
    assert page.cookie_tokens == {}
    assert page.all("Authorization") == []
    assert page.all("Cache-Control") == ["no-store"]
    assert page.vary == {"authorization" if way == "bearer" else "x-auth-token"}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_worth_a_session_and_not_shown(client, way):
    path, line = WAYS[way]
    token = client.log_in(path).header_token
    page = client.ask(path, line.format(token))
    assert page.who == "alice"
    assert (page.header_token, page.cookie_tokens) == (None, {})
    assert not [name for name, value in page.seen.items() if token[20:] in value]


@pytest.mark.parametrize("way", WAYS)
def test_a_rotated_one_is_answered_in_the_header(client, way):
    path, line = WAYS[way]
    old = client.log_in(path).header_token
    new = client.ask(path, line.format(old), say="X-Session-Rotate: 1").header_token
    assert TOKEN.fullmatch(new) and new[:20] == old[:20] and new != old
    assert client.ask(path, line.format(new)).who == "alice"
    stale = client.ask(path, line.format(old), say="X-Session-Set: a=1")
    assert (stale.who, stale.seen["SESSION_REASON"], stale.header_token) == (None, "unknown", None)


@pytest.mark.parametrize("way", WAYS)
def test_a_graceful_rotation_loses_nobody(client, way):
    """Whose answer with the new one was lost goes on with the old one, and who asks in parallel."""
    path, line = WAYS[way]
    old = client.log_in(path).header_token
    new = client.ask(path, line.format(old), say="X-Session-Rotate: grace").header_token
    assert TOKEN.fullmatch(new) and new != old
    for token in (old, new, old, new):
        page = client.ask(path, line.format(token))
        assert (page.who, page.header_token, page.cookie_tokens) == ("alice", None, {})


@pytest.mark.parametrize("way", WAYS)
def test_an_ended_session_is_an_empty_value(client, way):
    path, line = WAYS[way]
    token = client.log_in(path).header_token
    page = client.ask(path, line.format(token), say="X-Session-Logout: self")
    assert client.ended(page) and page.cookie_tokens == {}
    late = client.ask(path, line.format(token))
    assert late.who is None
    assert client.ended(late)


def test_where_it_is_required_its_end_is_401(client):
    token = client.log_in("/either/").cookie_tokens["sg_session"]
    assert client.ask("/closed/", f"X-Auth-Token: {token}").who == "alice"
    client.ask("/either/", f"X-Auth-Token: {token}", say="X-Session-Logout: self")
    page = client.ask("/closed/", f"X-Auth-Token: {token}")
    assert page.status == 401
    assert json.loads(page.answer.body)["type"] == "urn:sessiongate:problem:session-required"
    assert client.ended(page)


@pytest.mark.parametrize("way", WAYS)
def test_an_unknown_one_is_never_adopted(client, way):
    path, line = WAYS[way]
    page = client.ask(path, line.format(STRANGER), say="X-Session-Set: a=1")
    assert page.seen["SESSION_REASON"] == "unknown"
    assert TOKEN.fullmatch(page.header_token) and page.header_token[:20] == page.seen["SESSION_NEXT_ID"] != STRANGER[:20]


def test_a_header_route_reads_no_cookie_and_a_cookie_route_no_header(client):
    cookie = client.log_in("/").cookie_tokens["sg_session"]
    assert client.ask("/", f"Cookie: sg_session={cookie}").who == "alice"
    assert client.ask("/header/", f"X-Auth-Token: {cookie}").who == "alice", "a token is a token"
    assert client.ask("/header/", f"Cookie: sg_session={cookie}").who is None
    assert client.ask("/", f"X-Auth-Token: {cookie}").who is None
    for line in (f"Cookie: sg_session={cookie}", f"X-Auth-Token: {cookie}", f"Authorization: Bearer {cookie}"):
        for path in ("/off/", "/header/", "/", "/bearer/"):
            assert not [name for name, value in client.ask(path, line).seen.items() if cookie[20:] in value], (path, line)


# Either.


def test_a_first_one_goes_as_a_cookie(client):
    page = client.log_in("/either/")
    assert TOKEN.fullmatch(page.cookie_tokens["sg_session"])
    assert page.header_token is None
    assert page.vary == {"x-auth-token", "cookie"}


def test_one_is_answered_the_way_it_came(client):
    first = client.log_in("/either/").cookie_tokens["sg_session"]
    page = client.ask("/either/", f"X-Auth-Token: {first}", say="X-Session-Rotate: 1")
    assert TOKEN.fullmatch(page.header_token) and page.cookie_tokens == {}
    assert page.vary == {"x-auth-token", "cookie"}
    page = client.ask("/either/", f"Cookie: sg_session={page.header_token}", say="X-Session-Rotate: 1")
    assert page.header_token is None and TOKEN.fullmatch(page.cookie_tokens["sg_session"])
    last = page.cookie_tokens["sg_session"]
    assert client.ended(client.ask("/either/", f"X-Auth-Token: {last}", say="X-Session-Logout: self"))
    assert client.ask("/either/", f"Cookie: sg_session={last}").cookie_tokens == {"sg_session": ""}


@pytest.mark.parametrize("value, reason", [(STRANGER, "unknown"), ("malformed", "malformed"), ("Bearer " + STRANGER, "malformed")])
def test_the_header_wins_and_there_is_no_fallback(client, value, reason):
    cookie = client.log_in("/either/").cookie_tokens["sg_session"]
    page = client.ask("/either/", f"X-Auth-Token: {value}", f"Cookie: sg_session={cookie}")
    assert (page.who, page.seen["SESSION_REASON"]) == (None, reason)
    assert page.cookie_tokens == {}, "nobody looked at the cookie"
    assert client.ask("/either/", "X-Auth-Token:", f"Cookie: sg_session={cookie}").who == "alice", "an empty header is none"


def test_it_needs_no_sign_of_the_site_that_a_cookie_needs(client):
    """Who writes a header is no other site's form: csrf: check, and self-service."""
    token = client.log_in("/header/").header_token
    cookie, header = f"Cookie: sg_session={token}", f"X-Auth-Token: {token}"
    assert client.ask("/either/", cookie, "Content-Length: 0", method="POST").status == 403
    assert client.ask("/either/", header, "Content-Length: 0", method="POST").who == "alice"
    assert client.ask("/either/.session/logout", cookie, "Content-Length: 0", method="POST").status == 403
    page = client.ask("/either/.session/logout", header, "Content-Length: 0", method="POST")
    assert page.status == 204
    assert client.ended(page) and page.cookie_tokens == {}
    assert client.ask("/header/", header).who is None


# Authorization.

OTHERS = [
    "Basic dXNlcjpwYXNz",
    "basic " + STRANGER,
    "Bearer not-ours",
    "Bearer " + STRANGER + "=",
    "Bearer " + STRANGER + " x",
    "Bearer",
    "Bearer" + STRANGER,
    STRANGER,
    "Digest username=\"a\", realm=\"b\", uri=\"/\", response=\"c\"",
    "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x, Signature=c",
]


@pytest.mark.parametrize("value", OTHERS)
def test_an_authorization_that_is_not_ours_passes(client, value):
    """To the application, which then may have the cookie's session beside it; nobody is a user by it."""
    cookie = client.log_in("/bearer-or-cookie/").cookie_tokens["api"]
    for path in ("/bearer/", "/off/", "/"):
        seen = client.ask(path, f"Authorization: {value}").seen
        assert seen["HTTP_AUTHORIZATION"] == value
        assert "REMOTE_USER" not in seen
    seen = client.ask("/bearer-or-cookie/", f"Authorization: {value}", f"Cookie: api={cookie}").seen
    assert (seen["HTTP_AUTHORIZATION"], seen["SESSION_USER"], seen["REMOTE_USER"]) == (value, "alice", "alice")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  ", "Bearer \t"])
def test_the_scheme_is_read_in_any_case(client, scheme):
    token = client.log_in("/bearer/").header_token
    seen = client.ask("/bearer/", f"Authorization: {scheme}{token}").seen
    assert seen["SESSION_USER"] == "alice"
    assert "HTTP_AUTHORIZATION" not in seen


def test_x_auth_token_is_not_read_where_authorization_is(client):
    """But taken out: it is what tokens come in."""
    token = client.log_in("/bearer/").header_token
    seen = client.ask("/bearer/", f"X-Auth-Token: {token}").seen
    assert "SESSION_USER" not in seen and "HTTP_X_AUTH_TOKEN" not in seen


def test_bearer_or_cookie(client):
    page = client.log_in("/bearer-or-cookie/")
    cookie = page.cookie_tokens["api"]
    assert page.vary == {"authorization", "cookie"}
    page = client.ask("/bearer-or-cookie/", f"Authorization: Bearer {STRANGER}", f"Cookie: api={cookie}")
    assert page.who is None and page.cookie_tokens == {}
    page = client.ask("/bearer-or-cookie/", f"Authorization: Bearer {cookie}", say="X-Session-Rotate: 1")
    assert TOKEN.fullmatch(page.header_token) and page.cookie_tokens == {}

"""What a web server is told that asks before it serves something: application.md section 6, and the rules of FastCGI's
Authorizers (A)."""

import re
import signal
import time
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from harness import fastcgi
from harness.browser import COOKIE, Browser
from harness.fastcgi import get, post
from harness.moody import MOODS
from harness.problem import problem
from harness.process import SOON_S, wait_until

ALWAYS = ("Variable-REMOTE_USER", "X-Session-User", "Variable-SESSION_ID", "X-Session-Id")
BLOCK_BYTES = 3072


def asked(params, id=1, stdin=b"", flags=fastcgi.KEEP_CONN):
    """A web server's question in the Authorizer role, and no STDIN but what is said."""
    return fastcgi.begin(id, fastcgi.AUTHORIZER, flags) + fastcgi.stream(fastcgi.PARAMS, id, fastcgi.pairs(params)) + stdin


class Guard:
    """A web server that asks about what it serves; both ways of asking are to be decided alike."""

    def __init__(self, browser, role, **more):
        self.browser, self.role, self.more = browser, role, more

    def ask(self, uri="/members/x", **more):
        params = self.browser.params(uri, **{**self.more, **more})
        front = self.browser.gateway.front()
        front.send(asked(params) if self.role == fastcgi.AUTHORIZER else fastcgi.request(params))
        answer = front.answer()
        front.assert_alive()
        front.close()
        assert answer.closed_stdout and answer.protocol_status == fastcgi.REQUEST_COMPLETE and not answer.stderr
        assert answer.all("Set-Cookie") == [] and answer.all("X-Auth-Token") == [], "a token is never set or cleared"
        return answer


ROLES = {"as an Authorizer": fastcgi.AUTHORIZER, "as a Responder": fastcgi.RESPONDER}


@pytest.fixture(params=ROLES.values(), ids=ROLES)
def guarded(request, browse, app):
    """guarded({…route…}, …): a browser of the application at /, and who asks for it about the route under /members/."""

    def start(route=None, **settings):
        routes = [
            {"path": "/", "application": "app"},
            {"path": "/peek/", "application": "app", "session": "peek"},
            {"path": "/members/", "mode": "authorize", **(route or {})},
        ]
        browser = browse(routes=routes, **settings)
        return browser, Guard(browser, request.param)

    return start


def said(answer):
    """{name: value} of the fields that are always there, decoded; both spellings agree."""
    assert answer.status == 200 and answer.body == b""
    values = {name: answer.all(name) for name in ALWAYS}
    assert all(len(value) == 1 for value in values.values()), answer.head
    assert values["Variable-REMOTE_USER"] == values["X-Session-User"]
    assert values["Variable-SESSION_ID"] == values["X-Session-Id"]
    return unquote(values["X-Session-User"][0]), values["X-Session-Id"][0]


# Allowed.


def test_A03_allowed_with_user_and_id(guarded):
    browser, guard = guarded()
    session = browser.visit(say="X-Session-Login: alice") and browser.visit().seen["SESSION_ID"]
    answer = guard.ask()
    assert said(answer) == ("alice", session)
    assert {name for name, _ in answer.headers} == {name.lower() for name in (*ALWAYS, "X-Request-Id")}


def test_A03_values_are_percent_encoded(guarded):
    browser, guard = guarded()
    user = "J\u00fcrgen O'Neil; 100% =\u20ac"
    browser.visit(say="X-Session-Login: J%C3%BCrgen%20O%27Neil%3B%20100%25%20%3D%E2%82%AC")
    answer = guard.ask()
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", answer.header("X-Session-User"))
    assert said(answer)[0] == user


def test_everything_is_there_and_empty_without_a_session(guarded):
    """A front end that copies headers must never keep the client's."""
    _, guard = guarded({"require": "none"})
    assert said(guard.ask()) == ("", "")
    assert said(guard.ask(HTTP_X_SESSION_USER="mallory", HTTP_X_SESSION_ID="x" * 20, REMOTE_USER="mallory")) == ("", "")


def test_an_anonymous_session_has_an_id_and_no_user(guarded):
    browser, guard = guarded({"require": "session"})
    browser.visit(say="X-Session-Set: a=1")
    assert said(guard.ask()) == ("", browser.visit().seen["SESSION_ID"])


def test_no_attribute_is_passed_unless_expose_says_so(guarded):
    browser, guard = guarded()
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    assert b"SESSION_ATTR" not in guard.ask().head


def attributes(answer):
    prefix = "variable-session_attr_"
    return {name.removeprefix(prefix): unquote(value) for name, value in answer.headers if name.startswith(prefix)}


def test_A03_attributes_with_expose_each(guarded):
    browser, guard = guarded({"expose": ["each"]})
    browser.visit(
        say=[
            "X-Session-Login: alice",
            "X-Session-Set: colour=blue%20%26%20gr%C3%BCn",
            'X-Session-Update: {"n":12.50,"list":[1,"two"],"no-param":"x","control":"a\\r\\nSet-Cookie: b=c","empty":""}',
        ]
    )
    answer = guard.ask()
    assert attributes(answer) == {"colour": "blue & gr\u00fcn", "n": "12.50", "list": '[1,"two"]', "empty": ""}
    assert answer.header("X-Session-Omitted") is None
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+: [\x21-\x7e ]*", line.decode()) for line in answer.head.split(b"\r\n"))


def test_the_block_is_at_most_3_kib_and_names_what_is_left_out(guarded):
    browser, guard = guarded({"expose": ["each"]})
    sets = [f"X-Session-Set: small{n:02}={n}" for n in range(10)]
    sets += [f"X-Session-Set: large{n:02}={'x' * 400}" for n in range(10)]
    browser.visit(say=["X-Session-Login: alice", *sets, "X-Session-Set: huge=" + "%C3%BC" * 9000])
    answer = guard.ask()
    shown, omitted = attributes(answer), answer.header("X-Session-Omitted").split(",")
    assert len(answer.stdout) <= BLOCK_BYTES
    assert "huge" in omitted and len(shown) > 3
    assert sorted([*shown, *omitted]) == sorted([f"small{n:02}" for n in range(10)] + [f"large{n:02}" for n in range(10)] + ["huge"])
    assert len(answer.stdout) + 400 + len("Variable-SESSION_ATTR_large00: \r\n") > BLOCK_BYTES, "there was room for one more"


def test_the_longest_of_everything_fits_3_kib(guarded):
    """Even the list of what is omitted is cut, and says so by *."""
    browser, guard = guarded({"expose": ["each"], "private": "always"})
    user = "%C3%BC" * 127
    names = [f"{n:03}{'n' * 61}" for n in range(200)]
    browser.visit(say=[f"X-Session-Login: {user}", *[f"X-Session-Set: {name}=v" for name in names]])
    answer = guard.ask(HTTP_X_REQUEST_ID="r" * 64)
    assert len(answer.stdout) <= BLOCK_BYTES
    assert said(answer)[0] == "\u00fc" * 127
    omitted = answer.header("X-Session-Omitted").split(",")
    assert omitted[-1] == "*" and set(omitted[:-1]) < set(names) and len(omitted) > 10
    assert set(attributes(answer)).isdisjoint(omitted)


def test_private_always(guarded):
    browser, guard = guarded({"private": "always"})
    browser.visit(say="X-Session-Login: alice")
    answer = guard.ask()
    assert answer.all("Cache-Control") == ["no-store"] and answer.all("Vary") == ["Cookie"]


def test_it_touches_like_any_request(guarded):
    browser, guard = guarded(session={"touch_interval": "0s"})
    browser.visit(say="X-Session-Login: alice")
    browser.visit()  # the first use of a new secret is written down by whoever it is
    before = last_seen(browser)
    wait_until(lambda: time.time() >= before + 1.2, what="the next second, by a coarse clock")
    assert last_seen(browser) == before, "nobody else touches"
    said(guard.ask())
    assert last_seen(browser) > before


def last_seen(browser):
    return int(browser.visit("/peek/").seen["SESSION_LAST_SEEN"])


def test_directives_and_the_application_play_no_part(guarded, app):
    browser, guard = guarded()
    browser.visit(say="X-Session-Login: alice")
    before = len(app.requests)
    guard.ask(TEST_SAY="X-Session-Logout: self")
    assert [r["REQUEST_URI"] for r in app.requests[before:]] == ["/alive"]
    assert browser.visit().seen["SESSION_USER"] == "alice"


# Denied.


def test_A04_no_login_is_401(guarded):
    browser, guard = guarded()
    answer = guard.ask()
    assert problem(answer) == (401, "session-required")
    assert answer.header("X-Session-Login-Url") is None
    browser.visit(say="X-Session-Set: a=1")
    assert guard.ask().status == 401, "a session is not a login"
    assert len(answer.stdout) < 8192


TOKENS = {"malformed": "nonsense", "unknown": "A" * 52}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_tokens_that_lead_nowhere_are_401_and_stay(guarded, token):
    _, guard = guarded()
    assert guard.ask(HTTP_COOKIE=f"{COOKIE}={token}").status == 401


def test_an_ended_session_is_401_and_its_cookie_stays(guarded):
    """Whoever serves the page may clear it, not who is asked about it."""
    browser, guard = guarded()
    browser.visit(say="X-Session-Login: alice")
    old = browser.twin()
    browser.visit(say="X-Session-Logout: self")
    guard.browser = old
    assert guard.ask().status == 401


def test_A04_browsers_get_a_page_and_are_not_redirected(guarded):
    """nginx takes everything but 2xx, 401 and 403 for an error."""
    _, guard = guarded({"login_url": "/login"})
    answer = guard.ask(HTTP_ACCEPT="text/html")
    assert answer.status == 401 and answer.header("Location") is None
    assert answer.header("Content-Type").startswith("text/html") and len(answer.stdout) < 8192


def test_A07_where_to_log_in(guarded):
    """X-Session-Login-Url as it is configured; X-Session-Login-Redirect with the way back, which nginx could not encode."""
    _, guard = guarded({"login_url": "https://id.example.org/login?app=x"})
    answer = guard.ask("/members/a b?c=d&e=%20f", HTTP_ACCEPT="text/html")
    assert answer.header("X-Session-Login-Url") == "https://id.example.org/login?app=x"
    url = urlsplit(answer.header("X-Session-Login-Redirect"))
    assert (url.netloc, url.path) == ("id.example.org", "/login")
    assert parse_qs(url.query) == {"app": ["x"], "next": ["/members/a b?c=d&e=%20f"]}


def test_no_way_back_to_what_is_no_page_nor_to_another_host(guarded):
    _, guard = guarded({"login_url": "/login", "name": "auth"})
    assert guard.ask(REQUEST_METHOD="POST").header("X-Session-Login-Redirect") == "/login"
    for uri in ("//evil.test/x", "/\\evil.test/x", "///evil.test/x", "\\/evil.test/x"):
        answer = guard.ask(uri, SESSIONGATE_ROUTE="auth")
        assert parse_qs(urlsplit(answer.header("X-Session-Login-Redirect")).query) == {"next": ["/evil.test/x"]}


def test_a_long_way_back_is_left_out(guarded):
    _, guard = guarded({"login_url": "/login"})
    for length in (2900, 3500):
        answer = guard.ask("/members/" + "x" * length)
        assert len(answer.head) < 4000
    assert answer.header("X-Session-Login-Redirect") == "/login"


def test_a_long_login_url_leaves_no_room_for_a_way_back(guarded):
    url = "/login?" + "x" * 4000
    _, guard = guarded({"login_url": url})
    answer = guard.ask("/members/" + "x" * 60000)
    assert (answer.header("X-Session-Login-Url"), answer.header("X-Session-Login-Redirect")) == (url, url)


def test_allow_users(guarded):
    browser, guard = guarded({"allow_users": ["alice"], "login_url": "/login"})
    assert guard.ask().status == 401
    browser.visit(say="X-Session-Login: bob")
    answer = guard.ask()
    assert problem(answer) == (403, "user-not-allowed")
    assert answer.header("X-Session-Login-Url") is None
    browser.visit(say="X-Session-Login: alice")
    assert said(guard.ask())[0] == "alice"


def test_allow_users_also_where_nothing_is_required(guarded):
    _, guard = guarded({"allow_users": ["alice"], "require": "none"})
    assert problem(guard.ask()) == (403, "user-not-allowed")


def test_max_login_age(guarded):
    browser, guard = guarded({"max_login_age": "1s", "login_url": "/login"})
    browser.visit(say="X-Session-Login: alice")
    answer = wait_until(lambda: (a := guard.ask()).status != 200 and a, what="the login to grow old")
    assert problem(answer) == (401, "reauthentication-required")
    assert answer.header("X-Session-Login-Url") == "/login"


@pytest.mark.parametrize("session", ["off", "observe"])
def test_a_route_without_sessions_refuses(guarded, session):
    browser, guard = guarded({"session": session, "require": "none"})
    browser.visit(say="X-Session-Login: alice")
    assert problem(guard.ask()) == (403, "user-not-allowed")


@pytest.mark.against_the_clock(2)
def test_peek_decides_without_a_touch(guarded):
    browser, guard = guarded({"session": "peek"}, session={"idle_timeout": "2s", "touch_interval": "0s"})
    assert guard.ask().status == 401
    browser.visit(say="X-Session-Login: alice")
    assert said(guard.ask())[0] == "alice"
    assert wait_until(lambda: guard.ask().status == 401, what="the session to end though it is peeked at")


def test_require_session(guarded):
    browser, guard = guarded({"require": "session"})
    assert problem(guard.ask()) == (401, "session-required")
    browser.visit(say="X-Session-Set: a=1")
    assert guard.ask().status == 200


def test_a_token_in_a_header(guarded):
    browser, guard = guarded({"token": "header"})
    browser.visit(say="X-Session-Login: alice")
    assert guard.ask().status == 401
    assert said(guard.ask(HTTP_X_AUTH_TOKEN=browser.token))[0] == "alice"


def test_another_realm_does_not_know_the_token(guarded):
    realms = {"other": {"cookie": {"name": "other"}}}
    browser, guard = guarded({"realm": "other"}, realms=realms)
    browser.visit(say="X-Session-Login: alice")
    assert guard.ask().status == 401
    assert guard.ask(HTTP_COOKIE=f"other={browser.token}").status == 401


# Which route.


def test_a_route_chosen_by_name(guarded):
    """Caddy and nginx ask with the visitor's own REQUEST_URI."""
    browser, guard = guarded({"path": "/never/", "name": "auth"})
    browser.visit(say="X-Session-Login: alice")
    assert said(guard.ask("/anything?x", SESSIONGATE_ROUTE="auth"))[0] == "alice"
    assert problem(guard.ask("/anything", SESSIONGATE_ROUTE="nobody")) == (500, "internal")


def test_no_route_is_404(browse):
    browser = browse(routes=[{"path": "/alive", "application": "app"}, {"path": "/members/", "mode": "authorize"}])
    assert problem(Guard(browser, fastcgi.AUTHORIZER).ask("/other")) == (404, "no-route")


def test_the_role_decides_on_a_route_that_responds(browse, app):
    """By its rules; a login is required unless the file says otherwise."""
    routes = [
        {"path": "/", "application": "app"},
        {"path": "/free/", "application": "app", "require": "none"},
        {"path": "/session/", "application": "app", "require": "session"},
    ]
    browser = browse(routes=routes)
    guard = Guard(browser, fastcgi.AUTHORIZER)
    assert [guard.ask(uri).status for uri in ("/x", "/free/", "/session/")] == [401, 200, 401]
    browser.visit(say="X-Session-Set: a=1")
    assert [guard.ask(uri).status for uri in ("/x", "/free/", "/session/")] == [401, 200, 200]
    browser.visit(say="X-Session-Login: alice")
    answer = guard.ask("/x")
    assert said(answer)[0] == "alice"
    assert attributes(answer) == {"a": "1"}, "the route's expose is each"
    assert {r["REQUEST_URI"] for r in app.requests} == {"/", "/alive"}


# When it decides.


def test_A01_decides_at_the_end_of_params(gateway):
    front = gateway.front()
    front.send(asked(get("/members/")))
    assert front.answer().status == 401
    front.send(asked(get("/members/"), flags=0))
    assert front.answer().status == 401
    assert front.closes_within(SOON_S)


def test_R0_3_stdin_is_absorbed_whenever_it_comes(gateway):
    """Apache sends no STDIN record at all, lighttpd an empty one, perhaps behind the answer."""
    front = gateway.front()
    for stdin in (fastcgi.record(fastcgi.STDIN, 1), fastcgi.stream(fastcgi.STDIN, 1, b"x" * 200000)):
        front.send(asked(get("/"), stdin=stdin))
        assert front.answer().status == 401
        front.send(asked(get("/")))
        assert front.answer().status == 401
        front.send(stdin)
        front.assert_alive()


LENGTHS = {"of a body that does not come": "1000", "over every limit": "99999999999", "of chunks": "-1", "that is none": "x"}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
def test_the_length_of_what_is_asked_about_means_nothing(guarded, length):
    browser, guard = guarded({"body_size": 10}, limits={"body_size": 10, "spool_dir": ""})
    browser.visit(say="X-Session-Login: alice")
    answer = guard.ask(REQUEST_METHOD="POST", CONTENT_LENGTH=length, HTTP_TRANSFER_ENCODING="chunked")
    assert said(answer)[0] == "alice"


def test_a_body_behind_the_question_is_read_away(start, app):
    gateway = start(routes=[{"path": "/alive", "application": "app"}, {"path": "/", "mode": "authorize"}], limits={"spool_dir": ""})
    front = gateway.front()
    assert front.ask(post(b"x" * 300000), b"x" * 300000).status == 401
    assert front.ask(post(b"x" * 300000, CONTENT_LENGTH=None), b"x" * 300000).status == 401
    front.assert_alive()


def test_asked_both_ways_on_one_connection(guarded):
    """Interleaved, and none of them waits for another."""
    browser, _ = guarded({"name": "auth"})
    browser.visit(say="X-Session-Login: alice")
    front = browser.gateway.front()
    params = browser.params("/members/")
    front.send(fastcgi.begin(1) + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(browser.params("/page", CONTENT_LENGTH="3"))))
    front.send(asked(params, 2))
    assert said(front.answer(2))[0] == "alice"
    front.send(fastcgi.request(params, id=3))
    assert said(front.answer(3))[0] == "alice"
    front.send(fastcgi.stream(fastcgi.STDIN, 1, b"abc"))
    answer = front.answer(1)
    assert answer.status == 200 and b'"bytes": 3' in answer.body
    front.assert_alive()


# It fails closed by itself.


def closed(answer, *expected):
    """A whole block that refuses, then the END."""
    assert answer.closed_stdout and not answer.cut
    assert problem(answer) in expected, answer.head
    return answer


def test_A05_shutdown(held, start):
    gateway = start(shutdown_grace="60s")
    front = gateway.front()
    front.send(fastcgi.request(get("/slow")))
    held.until()
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: "draining" in gateway.log or not gateway.process.running(), what="the gateway to drain")
    front.send(asked(get("/members/"), 2))
    closed(front.answer(2), (503, "draining"))
    held.release()
    assert front.answer(1).status == 200


def test_A05_too_many_requests(held, start):
    gateway = start(limits={"requests_per_connection": 1})
    front = gateway.front()
    front.send(fastcgi.request(get("/slow")))
    held.until()
    front.send(asked(get("/members/"), 2))
    assert closed(front.answer(2), (503, "overloaded")).protocol_status == fastcgi.CANT_MPX_CONN
    held.release()
    front.answer(1)


def test_A05_too_many_requests_in_the_process(held, start):
    gateway = start(limits={"requests": 1})
    slow = gateway.front()
    slow.send(fastcgi.request(get("/slow")))
    held.until()
    front = gateway.front()
    front.send(asked(get("/members/")))
    closed(front.answer(), (503, "overloaded"))
    held.release()
    slow.answer()


BAD_PARAMS = {
    "too many": ({"params": 20}, {f"P{n}": "" for n in range(30)}, (431, "headers-too-large")),
    "too long": ({"params_size": 512}, {"HTTP_LONG": "x" * 1000}, (431, "headers-too-large")),
    "a NUL": ({}, {"HTTP_X": "a\0b"}, (400, "bad-request")),
    "an empty name": ({}, {"": "x"}, (400, "bad-request")),
}


@pytest.mark.parametrize("limits, more, expected", BAD_PARAMS.values(), ids=BAD_PARAMS)
def test_A05_bad_params(start, limits, more, expected):
    front = start(limits=limits).front()
    front.send(asked(get("/members/", **more)))
    closed(front.answer(), expected)


def test_A05_params_that_do_not_end(start):
    front = start(limits={"header_timeout": "300ms"}).front()
    front.send(fastcgi.begin(role=fastcgi.AUTHORIZER) + fastcgi.record(fastcgi.PARAMS, 1, fastcgi.pairs(get())))
    closed(front.answer(), (408, "request-timeout"))


@pytest.mark.parametrize("role", [0, fastcgi.FILTER, 4, 255, 65535])
def test_A05_an_unknown_role(front, role):
    front.send(fastcgi.begin(role=role) + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(get())))
    assert closed(front.answer(), (501, "role-not-supported")).protocol_status == fastcgi.UNKNOWN_ROLE
    front.assert_alive()


@pytest.mark.against_the_clock(0.2)
@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "fine"])
def test_A05_a_store_that_cannot_say(moody, mood):
    """Also where nothing is required, and where the route would go on anonymously for its application."""
    routes = [
        {"path": "/", "application": "app"},
        {"path": "/members/", "mode": "authorize", "login_url": "/login"},
        {"path": "/open/", "mode": "authorize", "require": "none"},
        {"path": "/peek/", "mode": "authorize", "session": "peek"},
        {"path": "/anonymous/", "application": "app", "require": "none", "on_store_failure": "anonymous"},
    ]
    gateway = moody(store={"timeout": "200ms"}, routes=routes)
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    gateway.store.tell(mood, "find")
    for uri in [route["path"] for route in routes[1:]]:
        front = gateway.front()
        front.send(asked(browser.params(uri)))
        answer = closed(front.answer(), (503, "store-unavailable"))
        assert answer.all("Set-Cookie") == [] and answer.header("X-Session-Login-Url") is None
    gateway.store.fine()
    assert said(Guard(browser, fastcgi.AUTHORIZER).ask())[0] == "alice"


@pytest.mark.against_the_clock(0.2)
@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "fine"])
def test_a_touch_that_fails_never_fails_it(moody, mood):
    routes = [{"path": "/", "application": "app"}, {"path": "/members/", "mode": "authorize"}]
    gateway = moody(store={"timeout": "200ms"}, session={"touch_interval": 0}, routes=routes)
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    gateway.store.tell(mood, "touch")
    for role in ROLES.values():
        assert said(Guard(browser, role).ask())[0] == "alice"
    gateway.store.fine()


def test_a_session_that_ends_while_it_is_asked_about(moody):
    """The touch finds that out."""
    routes = [{"path": "/", "application": "app"}, {"path": "/members/", "mode": "authorize"}]
    gateway = moody(store={"timeout": "20s"}, session={"touch_interval": 0}, routes=routes)
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    gateway.store.tell("hang", "find")
    before = gateway.store.asked()["find"]
    front = gateway.front()
    front.send(asked(browser.params("/members/")))
    wait_until(lambda: gateway.store.asked()["find"] > before, what="the question")
    assert gateway.store.remove(browser.token[:20]) == "ok"
    gateway.store.fine()
    answer = closed(front.answer(), (401, "session-required"))
    assert answer.all("Set-Cookie") == []


def test_it_costs_the_store_one_read_and_a_touch_when_one_is_due(moody):
    routes = [{"path": "/", "application": "app"}, {"path": "/members/", "mode": "authorize"}]
    gateway = moody(routes=routes)
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    with gateway.store.counting() as spent:
        gateway.ask(browser.params("/members/"))
    assert spent == {"find": 1}
    with gateway.store.counting() as spent:
        gateway.ask(Browser(gateway).params("/members/"))
    assert spent == {}


# Secrets that are replaced.


def test_it_never_rotates(guarded):
    browser, guard = guarded(session={"rotate_every": "300ms"})
    browser.visit(say="X-Session-Login: alice")
    token = browser.token

    def due():
        said(guard.ask())
        return browser.visit().token()

    assert wait_until(due, what="a rotation, by who serves") and browser.token != token


@pytest.mark.parametrize("session", ["on", "peek"])
def test_a_new_secret_that_arrives_here_has_arrived(guarded, session):
    """The one that it replaced goes, though nothing but questions come; until then both are good."""
    browser, guard = guarded({"session": session}, session={"rotation_grace": "300ms"})
    browser.visit(say="X-Session-Login: alice")
    old = browser.twin()
    browser.visit(say="X-Session-Rotate: grace")
    assert browser.token != old.token
    guard.browser = old
    assert said(guard.ask())[0] == "alice"
    guard.browser = browser
    assert said(guard.ask())[0] == "alice"
    guard.browser = old
    wait_until(lambda: guard.ask().status == 401, seconds=20, what="the old secret to go")
    guard.browser = browser
    assert said(guard.ask())[0] == "alice"


def test_self_service_is_not_served_to_who_only_asks(browse, app):
    browser = browse(routes=[{"path": "/", "application": "app", "self_service": "/.session"}])
    browser.visit(say="X-Session-Login: alice")
    assert said(Guard(browser, fastcgi.AUTHORIZER).ask("/.session/me"))[0] == "alice"

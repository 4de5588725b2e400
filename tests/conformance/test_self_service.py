"""self_service, application.md section 7: what visitors may see of their sessions, and end."""

import json
import time
from datetime import datetime, timezone

import pytest

from harness import fastcgi
from harness.browser import COOKIE, Browser
from harness.clock import TICK_S
from harness.moody import MOODS
from harness.problem import problem
from harness.process import wait_until

OWN = {"HTTP_ORIGIN": "http://example.test"}
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def served(browse):
    """served(…route…): a browser before a route with self_service."""
    return lambda settings=None, **route: browse(route={"self_service": "/.session", **route}, **(settings or {}))


def get(browser, what, **more):
    return browser.visit(f"/.session/{what}", **more)


def told(page):
    """The JSON of an answer of the gateway's own."""
    assert page.status == 200, f"{page.status}: {page.body[:300]!r}"
    assert page.header("Content-Type") == "application/json"
    assert page.header("Cache-Control") == "no-store"
    assert page.header("X-Content-Type-Options") == "nosniff"
    assert page.header("X-Request-Id")
    assert int(page.header("Content-Length")) == len(page.body)
    return json.loads(page.body)


def change(browser, what, method="POST", **more):
    return browser.visit(f"/.session/{what}", REQUEST_METHOD=method, **{**OWN, **more})


def done(page):
    assert (page.status, page.body, page.header("Content-Length")) == (204, b"", None)
    assert page.header("Cache-Control") == "no-store"
    return True


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()


def log_in(gateway, user="alice"):
    """One more visitor."""
    other = Browser(gateway)
    other.visit(say=f"X-Session-Login: {user}")
    return other


# me.


def test_me_of_a_user(served, app):
    before = time.time()
    browser = served({"session": {"idle_timeout": "10m", "absolute_timeout": "1h"}})
    browser.visit(say="X-Session-Login: alice")
    asked = len(app.exchanges)
    me = told(get(browser, "me"))
    assert len(app.exchanges) == asked, "no application is contacted"
    assert (me["id"], me["user"], me["state"]) == (browser.token[:20], "alice", "authenticated")
    assert before - TICK_S <= moment(me["created_at"]) <= moment(me["last_seen_at"]) <= time.time()
    assert moment(me["login_at"]) >= before - TICK_S
    assert moment(me["expires_at"]) - moment(me["login_at"]) == pytest.approx(3600, abs=1)
    assert moment(me["idle_expires_at"]) - moment(me["last_seen_at"]) == pytest.approx(660), "the touch interval on top"
    assert me["seconds_left"] == pytest.approx(moment(me["idle_expires_at"]) - time.time(), abs=2)
    assert "csrf" not in json.dumps(me).lower()


def test_me_of_an_anonymous_visitor(served):
    browser = served()
    browser.visit(say="X-Session-Set: a=1")
    me = told(get(browser, "me"))
    assert (me["user"], me["login_at"], me["state"]) == (None, None, "anonymous")


def test_me_without_a_session(served):
    answer = get(served(login_url="/login"), "me", **HTML).answer
    assert (answer.status, answer.header("Location")) == (401, None), "whoever asks this is a program, whatever it accepts"
    assert problem(get(served(), "me").answer) == (401, "session-required")


def test_seconds_left_ends_with_the_absolute_end(served):
    browser = served({"session": {"idle_timeout": "1h", "absolute_timeout": "100s"}})
    browser.visit(say="X-Session-Login: alice")
    assert 70 <= told(get(browser, "me"))["seconds_left"] <= 100


@pytest.mark.against_the_clock(1)
def test_me_does_not_extend(served):
    browser = served({"session": {"idle_timeout": "2s", "absolute_timeout": "1m", "touch_interval": "0"}})
    browser.visit(say="X-Session-Login: alice")
    first = told(get(browser, "me"))
    began = time.monotonic()
    while get(browser, "me").status == 200:
        assert time.monotonic() - began < 30, "asking keeps the session alive"
        time.sleep(0.1)
    assert time.monotonic() - began == pytest.approx(first["seconds_left"], abs=1.5)


@pytest.mark.parametrize("what, method", [("me", "GET"), ("list", "GET"), ("revoke-others", "POST"), ("list/{}", "DELETE")])
def test_a_new_secret_that_arrives_here_has_arrived(served, what, method):
    """And the one before it is good no longer, as on any other request; but this is no visit."""
    browser = served({"session": {"rotation_grace": "1ms", "touch_interval": "0"}})
    browser.visit(say="X-Session-Login: alice")
    before = browser.twin()
    browser.visit(say="X-Session-Rotate: grace")
    assert before.visit().state == "authenticated", "the new one might have been lost"
    seen = told(get(before, "me"))["last_seen_at"]
    other = log_in(browser.gateway)
    time.sleep(0.05)  # a touch would be seen
    assert change(browser, what.format(other.token[:20]), method).status in (200, 204)
    assert told(get(browser, "me"))["last_seen_at"] == seen
    wait_until(lambda: before.visit().state == "none", what="the grace to be over")
    assert browser.visit().state == "authenticated"


def test_users_are_told_as_they_are_called(served):
    browser = served()
    browser.visit(say="X-Session-Login: J%22%C3%BCrgen%5C%20%3Cb%3E")
    assert told(get(browser, "me"))["user"] == 'J"ürgen\\ <b>'


# The frame.


@pytest.mark.parametrize("what", ["me", "list"])
def test_head_is_get_without_the_body(served, what):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    page = get(browser, what, REQUEST_METHOD="HEAD")
    assert (page.status, page.body, page.header("Content-Type")) == (200, b"", "application/json")
    assert int(page.header("Content-Length")) > 10


METHODS = [("me", "GET, HEAD"), ("list", "GET, HEAD"), ("logout", "POST"), ("revoke-others", "POST"), ("list/" + "A" * 20, "DELETE")]


@pytest.mark.parametrize("what, allowed", METHODS, ids=[what for what, _ in METHODS])
def test_other_methods(served, what, allowed):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    for method in {"GET", "POST", "PUT", "DELETE", "OPTIONS", "get"} - set(allowed.split(", ")):
        page = change(browser, what, method)
        assert problem(page.answer) == (405, "method-not-allowed")
        assert page.header("Allow") == allowed
    assert told(get(browser, "me"))["user"] == "alice"


NOTHING = ["", "/", "/me/", "/Me", "/me/x", "/list/", "/list/" + "A" * 19, "/list/" + "A" * 21, "/list/-" + "A" * 19, "/list/" + "A" * 20 + "/x"]
NOTHING += ["/list/" + "A" * 10 + "%2f" + "A" * 9, "/list/" + "A" * 19 + "%c3%a4", "/list/" + "A" * 5000, "/list/me/../../logou", "/logout;x", "/%6de%20"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_there_is_nothing_else(served, app, method):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    asked = len(app.exchanges)
    for rest in NOTHING:
        page = browser.visit(f"/.session{rest}", REQUEST_METHOD=method, **OWN)
        assert problem(page.answer) == (404, "not-found"), rest
    assert len(app.exchanges) == asked


SPELLINGS = ["/.session/me", "/.session/./me", "//.session//me", "/x/../.session/me", "/.session/list/../me", "/%2esession/m%65", "/.session/me?x=/y", "/.session%2fme"]


@pytest.mark.parametrize("uri", SPELLINGS)
def test_the_path_has_one_meaning_however_it_is_spelled(served, uri):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    assert told(browser.visit(uri))["user"] == "alice"


@pytest.mark.parametrize("uri", ["/.sessions", "/.session-x/me", "/x/.session/me", "/.SESSION/me"])
def test_other_paths_are_the_applications(served, uri):
    assert served().visit(uri).seen["REQUEST_URI"] == uri


def test_off_by_default(browse):
    assert browse().visit("/.session/me").seen["REQUEST_URI"] == "/.session/me"


def test_only_requests_that_take_the_route_are_answered(served):
    routes = [{"path": "/", "application": "app"}, {"path": "/in/", "application": "app", "self_service": "/in/mine"}]
    browser = served({"routes": routes})
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit("/mine/me").seen["REQUEST_URI"] == "/mine/me"
    assert told(browser.visit("/in/mine/me"))["user"] == "alice"


def test_the_rules_of_the_route_are_the_applications(served):
    """Whoever may not pass may still see who he is, and leave."""
    browser = served(require="login", allow_users=["bob"], max_login_age="1h")
    browser.gateway.reload({**browser.gateway.config, "routes": [{"path": "/in", "application": "app"}, *browser.gateway.config["routes"]]})
    visit = lambda: browser.visit("/in", say="X-Session-Login: alice")
    deadline = time.monotonic() + 30
    while visit().status != 200:
        assert time.monotonic() < deadline
    assert problem(browser.visit().answer) == (403, "user-not-allowed")
    assert told(get(browser, "me"))["user"] == "alice"
    assert done(change(browser, "logout"))


def test_nobody_waits_for_the_lock(served, held):
    browser = served(lock="exclusive", lock_wait="30s")
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    page = browser.begin("/slow")
    held.until()
    assert told(get(twin, "me"))["user"] == "alice"
    assert done(change(twin, "revoke-others"))
    held.release()
    assert page().seen["SESSION_USER"] == "alice"


def test_a_body_is_let_pass(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    front = browser.gateway.front()
    params = browser.params("/.session/logout", REQUEST_METHOD="POST", CONTENT_LENGTH="300000", **OWN)
    assert front.ask(params, b"x" * 300000).status == 204
    front.assert_alive()


def test_a_body_without_a_length_too(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    front = browser.gateway.front()
    params = browser.params("/.session/logout", REQUEST_METHOD="POST", CONTENT_LENGTH=None, **OWN)
    assert front.ask(params, b"x" * 100000).status == 204
    front.assert_alive()


# logout.


def test_logout(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    page = change(browser, "logout")
    assert done(page)
    assert page.set_cookies[COOKIE][0] == "" and page.set_cookies[COOKIE][1]["max-age"] == "0"
    assert browser.cookies == {}
    assert twin.visit().state == "none"
    assert problem(get(twin, "me").answer) == (401, "session-required")


def test_logout_of_an_anonymous_visitor(served):
    browser = served()
    browser.visit(say="X-Session-Set: a=1")
    twin = browser.twin()
    assert done(change(browser, "logout"))
    assert browser.cookies == {} and twin.visit().state == "none"


def test_logout_twice(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    change(browser, "logout")
    page = change(twin, "logout")
    assert done(page)
    assert twin.cookies == {}, "what has ended is cleared"
    page = change(browser, "logout")
    assert done(page) and page.all("Set-Cookie") == []


def test_logout_with_a_token_of_somebody_else_s_session(served):
    browser = served()
    alice = log_in(browser.gateway)
    forged = alice.token[:20] + "A" * 32
    page = change(browser, "logout", HTTP_COOKIE=f"{COOKIE}={forged}")
    assert done(page) and page.all("Set-Cookie") == [], "not one that has ended"
    assert told(get(alice, "me"))["user"] == "alice"


def test_logout_with_a_token_that_was_just_replaced(served):
    """Who it was is still logged in, by the token that a parallel answer brings: not to be called done."""
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    before = browser.twin()
    browser.visit(say="X-Session-Rotate: 1")
    page = change(before, "logout")
    assert problem(page.answer) == (401, "session-required")
    assert page.all("Set-Cookie") == []
    assert told(get(browser, "me"))["user"] == "alice"


def test_logout_by_a_header(served):
    browser = served(token="header")
    token = browser.visit(say="X-Session-Login: alice").header("X-Auth-Token")
    page = browser.visit("/.session/logout", REQUEST_METHOD="POST", HTTP_X_AUTH_TOKEN=token)
    assert done(page), "a token in a header needs no other sign"
    assert page.header("X-Auth-Token") == "" and page.all("Set-Cookie") == []
    assert problem(get(browser, "me", HTTP_X_AUTH_TOKEN=token).answer) == (401, "session-required")


def test_a_browser_is_sent_to_the_logout_url(served):
    browser = served(logout_url="/bye?x=1")
    for _ in range(2):  # with a session, and without
        browser.visit(say="X-Session-Login: alice")
        page = change(browser, "logout", **HTML)
        assert (page.status, page.header("Location"), page.body) == (303, "/bye?x=1", b"")
        assert page.set_cookies[COOKIE][1]["max-age"] == "0"
    assert change(browser, "logout", **HTML).status == 303
    browser.visit(say="X-Session-Login: alice")
    assert done(change(browser, "logout", HTTP_ACCEPT="application/json")), "a program is not"


def test_a_browser_is_told_204_where_there_is_no_logout_url(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice")
    assert done(change(browser, "logout", **HTML))


# What changes something.


CHANGES = [("logout", "POST"), ("revoke-others", "POST"), ("list/" + "A" * 20, "DELETE")]

@pytest.mark.parametrize("csrf", ["off", "check"])
@pytest.mark.parametrize("what, method", CHANGES, ids=["logout", "revoke-others", "list/id"])
def test_changes_need_a_sign_whatever_the_route_says(served, csrf, what, method):
    browser = served(csrf=csrf)
    browser.visit(say="X-Session-Login: alice")
    for sign in ({"HTTP_ORIGIN": None}, {"HTTP_ORIGIN": "http://evil.test"}, {"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"}):
        assert problem(change(browser, what, method, **sign).answer) == (403, "cross-origin")
        assert problem(change(Browser(browser.gateway), what, method, **sign).answer) == (403, "cross-origin")
    assert told(get(browser, "me"))["user"] == "alice"
    assert told(get(browser, "me", HTTP_ORIGIN="http://evil.test"))["user"] == "alice", "reading needs none"
    csrf_value = browser.visit().seen["SESSION_CSRF"]
    assert change(browser, what, method, HTTP_ORIGIN=None, HTTP_X_CSRF_TOKEN=csrf_value).status in (204, 404)


# list.


def listed(browser):
    """{id: session} of what the visitor is told, which marks his own."""
    sessions = told(get(browser, "list"))["sessions"]
    assert [session["id"] for session in sessions if session["current"]] == [browser.token[:20]]
    return {session["id"]: session for session in sessions}


def test_list_of_a_user(served):
    browser = served()
    before = time.time()
    phone, laptop = Browser(browser.gateway), Browser(browser.gateway)
    phone.visit(say="X-Session-Login: alice", REMOTE_ADDR="2001:db8::7", HTTP_USER_AGENT='Phone "1"\\')
    laptop.visit(say="X-Session-Login: alice", HTTP_USER_AGENT="Laptop")
    log_in(browser.gateway, "bob"), log_in(browser.gateway, "alic"), log_in(browser.gateway, "alice2")
    sessions = listed(phone)
    assert set(sessions) == set(listed(laptop)) == {phone.token[:20], laptop.token[:20]}
    session = sessions[phone.token[:20]]
    assert set(session) == {"id", "device", "created_at", "last_seen_at", "current"}
    assert session["device"] == {"first_ip": "2001:db8::7", "last_ip": "2001:db8::7", "user_agent": 'Phone "1"\\'}
    assert before - TICK_S <= moment(session["created_at"]) <= moment(session["last_seen_at"]) <= time.time()


def test_the_list_begins_with_who_was_seen_last(served):
    browser = served({"session": {"touch_interval": "0"}})
    first, second = log_in(browser.gateway), log_in(browser.gateway)
    time.sleep(2 * TICK_S)
    first.visit()
    assert list(listed(second)) == [first.token[:20], second.token[:20]]


def test_the_list_shows_nobody_who_has_left(served):
    browser = served()
    here, there = log_in(browser.gateway), log_in(browser.gateway)
    there.visit(say="X-Session-Logout: self")
    assert list(listed(here)) == [here.token[:20]]


def test_a_long_list_ends_and_holds_the_current_one(served):
    browser = served({"session": {"touch_interval": "1h"}})
    oldest = log_in(browser.gateway)
    time.sleep(2 * TICK_S)
    for _ in range(230):
        log_in(browser.gateway)
    assert len(listed(oldest)) == 201


def test_what_a_device_is_called_breaks_no_json(served):
    browser = served()
    browser.visit(say="X-Session-Login: alice", HTTP_USER_AGENT="a\udcff\tb\u2028</script>\"\\" + "x" * 5000)
    (session,) = listed(browser).values()
    assert session["device"]["user_agent"].startswith("a")


def test_devices_are_not_told_where_none_are_kept(served):
    browser = served({"session": {"device": "off"}})
    browser.visit(say="X-Session-Login: alice", HTTP_USER_AGENT="Laptop")
    (session,) = listed(browser).values()
    assert session["device"] == {"first_ip": None, "last_ip": None, "user_agent": None}


def test_list_of_an_anonymous_visitor(served):
    browser = served()
    Browser(browser.gateway).visit(say="X-Session-Set: a=1")
    browser.visit(say="X-Session-Set: a=1", HTTP_USER_AGENT="curl/8")
    (own,) = listed(browser).values()
    assert own["device"] == {"first_ip": "192.0.2.1", "last_ip": "192.0.2.1", "user_agent": "curl/8"}


def test_list_without_a_session(served):
    assert problem(get(served(), "list").answer) == (401, "session-required")


# revoke-others.


def test_revoke_others(served):
    browser = served()
    here, there, elsewhere, bob = log_in(browser.gateway), log_in(browser.gateway), log_in(browser.gateway), log_in(browser.gateway, "bob")
    page = change(here, "revoke-others")
    assert done(page) and page.all("Set-Cookie") == []
    assert (there.visit().state, elsewhere.visit().state) == ("none", "none")
    assert list(listed(here)) == [here.token[:20]]
    assert bob.visit().seen["SESSION_USER"] == "bob"
    assert done(change(here, "revoke-others")), "again, with nobody left"


def test_revoke_others_of_an_anonymous_visitor(served):
    browser, other = served(), None
    other = Browser(browser.gateway)
    other.visit(say="X-Session-Set: a=1")
    browser.visit(say="X-Session-Set: a=1")
    assert done(change(browser, "revoke-others"))
    assert other.visit().state == "anonymous" == browser.visit().state


def test_revoke_others_without_a_session(served):
    assert problem(change(served(), "revoke-others").answer) == (401, "session-required")


def test_on_another_worker_they_have_ended_at_once(served):
    browser = served({"workers": 2})
    here = log_in(browser.gateway)
    others = [log_in(browser.gateway) for _ in range(8)]
    assert done(change(here, "revoke-others"))
    assert [other.visit().state for other in others] == ["none"] * 8
    assert here.visit().seen["SESSION_USER"] == "alice"


# list/{id}.


def test_ending_another_session_of_one_s_own(served):
    browser = served()
    here, there = log_in(browser.gateway), log_in(browser.gateway)
    id = there.token[:20]
    page = change(here, f"list/{id}", "DELETE")
    assert done(page) and page.all("Set-Cookie") == []
    assert there.visit().state == "none"
    assert here.visit().seen["SESSION_USER"] == "alice"
    assert problem(change(here, f"list/{id}", "DELETE").answer) == (404, "session-not-found")


def test_ending_the_current_one_is_a_logout(served):
    browser = served(logout_url="/bye")
    browser.visit(say="X-Session-Login: alice")
    page = change(browser, f"list/{browser.token[:20]}", "DELETE")
    assert done(page)
    assert browser.cookies == {}


@pytest.mark.parametrize("whose", ["somebody else's", "an anonymous visitor's", "nobody's"])
def test_what_is_not_one_s_own_is_not_found_and_stays(served, whose):
    browser = served()
    alice, other = log_in(browser.gateway), Browser(browser.gateway)
    other.visit(say="X-Session-Login: bob" if whose == "somebody else's" else "X-Session-Set: a=1")
    id = "A" * 20 if whose == "nobody's" else other.token[:20]
    assert problem(change(alice, f"list/{id}", "DELETE").answer) == (404, "session-not-found")
    assert other.visit().state != "none"


def test_an_anonymous_visitor_owns_no_other(served):
    browser = served()
    browser.visit(say="X-Session-Set: a=1")
    other = Browser(browser.gateway)
    other.visit(say="X-Session-Set: a=1")
    assert problem(change(browser, f"list/{other.token[:20]}", "DELETE").answer) == (404, "session-not-found")
    assert other.visit().state == "anonymous"


def test_another_realm_s_session_is_not_one_s_own(served):
    """Of a user of the same name."""
    routes = [
        {"path": "/", "application": "app", "self_service": "/.session"},
        {"path": "/o/", "application": "app", "realm": "other", "self_service": "/o/.session"},
    ]
    browser = served({"routes": routes, "realms": {"other": {"cookie": {"name": "other"}}}})
    browser.visit(say="X-Session-Login: alice")
    browser.visit("/o/", say="X-Session-Login: alice")
    id = browser.cookies["other"][:20]
    assert problem(change(browser, f"list/{id}", "DELETE").answer) == (404, "session-not-found")
    assert browser.visit("/o/").seen["SESSION_USER"] == "alice"
    assert told(browser.visit("/o/.session/me"))["id"] == id


# When the store does not do what it is asked for.


@pytest.mark.against_the_clock(0.2)
@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "fine"])
def test_a_store_that_fails_logs_nobody_out(moody, mood):
    gateway = moody(route={"self_service": "/.session"}, store={"timeout": "200ms"})
    asks = {
        "find": lambda here, there: get(here, "me"),
        "list_user": lambda here, there: get(here, "list"),
        "remove_user": lambda here, there: change(here, "revoke-others"),
        "remove": lambda here, there: change(here, f"list/{there.token[:20]}", "DELETE"),
        "remove ": lambda here, there: change(here, "logout"),
    }
    for kind, ask in asks.items():
        here, there = log_in(gateway), log_in(gateway)
        gateway.store.tell(mood, kind.strip())
        page = ask(here, there)
        gateway.store.fine()
        assert problem(page.answer) == (503, "store-unavailable"), kind
        assert page.all("Set-Cookie") == [], "never a cleared cookie"


@pytest.mark.parametrize("whose", ["alice", "bob"])
def test_one_is_ended_in_one_step_if_it_is_one_s_own(moody, whose):
    """No look before it, after which it could change hands."""
    gateway = moody(route={"self_service": "/.session"})
    here, there = log_in(gateway), log_in(gateway, whose)
    before = gateway.store.asked()
    page = change(here, f"list/{there.token[:20]}", "DELETE")
    after = gateway.store.asked()
    assert page.status == (204 if whose == "alice" else 404)
    assert (after["find"] - before["find"], after["remove"] - before["remove"]) == (1, 1)
    assert there.visit().state == ("none" if whose == "alice" else "authenticated")


def test_a_visitor_who_does_not_wait(moody):
    gateway = moody(route={"self_service": "/.session"}, store={"timeout": "30s"})
    here, there = log_in(gateway), log_in(gateway)
    for what, method, kind in (("list", "GET", "list_user"), ("revoke-others", "POST", "remove_user")):
        gateway.store.tell("hang", kind)
        front = gateway.front()
        front.send(fastcgi.request(here.params(f"/.session/{what}", REQUEST_METHOD=method, **OWN)))
        wait_until(lambda: gateway.store.asked()[kind] > 0, what=kind)
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        assert front.answer().stdout == b""
        gateway.store.fine()
        front.assert_alive()
    assert there.visit().state == "none", "silence is not absence: it was done"


# What the configuration may say.


def test_a_path_that_the_route_never_gets_is_refused(start):
    with pytest.raises(AssertionError, match=r"routes\[0\].self_service: not below the route's path /in/"):
        start(route={"path": "/in/", "self_service": "/.session"})


@pytest.mark.parametrize("path", [".session", "/", "/.session/", "/a//b", "/a/../b", "/a?b"])
def test_a_path_that_no_request_has_is_refused(start, path):
    with pytest.raises(AssertionError, match="self_service"):
        start(route={"self_service": path})


def test_where_the_application_only_peeks_visitors_may_leave(served):
    browser = served({"routes": [{"path": "/", "application": "app"}, {"path": "/p/", "application": "app", "session": "peek", "self_service": "/p/own"}]})
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    assert told(browser.visit("/p/own/me"))["user"] == "alice"
    assert done(browser.visit("/p/own/logout", REQUEST_METHOD="POST", **OWN))
    assert browser.cookies == {}
    page = twin.visit("/p/own/logout", REQUEST_METHOD="POST", **OWN)
    assert done(page) and page.all("Set-Cookie") == [], "what somebody else has ended is not cleared on such a route"


def test_without_sessions_nobody_has_one(served):
    browser = served(session="off")
    assert problem(get(browser, "me").answer) == (401, "session-required")
    assert done(change(browser, "logout"))
    wait_until(lambda: "without sessions nobody has one to look at" in browser.gateway.log, what="the log to say so")


def test_who_is_logged_out_meanwhile_is_not_in_his_list(moody):
    gateway = moody(route={"self_service": "/.session"})
    own, other = log_in(gateway), log_in(gateway)
    gateway.store.tell("hang", "find")
    before = gateway.store.asked()["find"]
    listing = own.begin("/.session/list")
    wait_until(lambda: gateway.store.asked()["find"] > before, what="the session to be found")
    gateway.store.remove(own.token[:20])
    gateway.store.fine()
    assert [session["id"] for session in told(listing())["sessions"]] == [other.token[:20]]

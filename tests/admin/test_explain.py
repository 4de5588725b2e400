"""Why a session ended, or a request had none: GET /api/v1/explain/{id} (admin-api.md section 2)."""

import re
import time
from contextlib import closing

import pytest

from harness.admin import grant, user_path
from harness.browser import COOKIE, Browser
from harness.process import wait_until
from harness.program import Program

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STRANGER = "A" * 20 + "b" * 32
LATE = ("unsaved", "late-save")


def explain(admin, subject):
    reply = admin.get(f"/api/v1/explain/{subject}")
    if reply.status == 404:
        assert reply.problem == (404, "not-found")
        return []
    assert list(reply.json) == ["subject", "decisions"] and reply.json["subject"] == subject
    decisions = reply.json["decisions"]
    for decision in decisions:
        assert list(decision) == ["at", "node", "what", "cause", "detail"] and TIME.fullmatch(decision["at"])
    assert decisions and decisions == sorted(decisions, key=lambda decision: decision["at"], reverse=True)
    return decisions


def causes(decisions):
    return [(decision["what"], decision["cause"]) for decision in decisions]


def told(admin, subject, *wanted):
    """These, newest first; events come a moment later. The sentences."""
    wait_until(lambda: len(explain(admin, subject)) >= len(wanted), what=f"what became of {subject}")
    found = explain(admin, subject)
    assert causes(found) == list(wanted), found
    return [decision["detail"] for decision in found]


@pytest.fixture
def ask():
    """ask(browser, …as Browser.visit…): the id of that request."""
    count = iter(range(1000))

    def ask(browser, uri="/", say=(), status=200, **more):
        name = f"r.{next(count)}_x-y"
        assert browser.visit(uri, say, HTTP_X_REQUEST_ID=name, **more).status == status
        return name

    return ask


def test_revoked(serve, visitor, ask):
    gateway = serve(node="gw1")
    browser = visitor(gateway, "alice")
    assert explain(gateway.admin, browser.id) == []  # it lives
    assert gateway.admin.revoke(browser.id, reason="stolen laptop").status == 204
    ended = ("ended", "revoked")
    assert told(gateway.admin, browser.id, ended) == ["the session was revoked, by ops: stolen laptop (user alice, application app)"]
    secret, late = browser.token[20:], ask(browser)
    why, end = told(gateway.admin, late, ("none", "revoked"), ended)
    assert f"session {browser.id}, user alice, application app, route /" in why and f"session {browser.id}" in end
    assert f"request {late}" in told(gateway.admin, browser.id, ("none", "revoked"), ended)[0]
    found = explain(gateway.admin, late)
    assert {decision["node"] for decision in found} == {"gw1"} and secret not in str(found)


def test_logged_out_is_told_once(gateway, visitor, ask):
    browser = visitor(gateway, "alice")
    name = ask(browser, say="X-Session-Logout: self")
    other = visitor(gateway, "alice")
    assert gateway.admin.delete(user_path("alice", "/sessions")).json == {"revoked": 1}
    told(gateway.admin, other.id, ("ended", "revoked"))  # so the logout's event has come, too
    for subject in [name, browser.id]:
        told(gateway.admin, subject, ("ended", "logout"))


def test_logged_out_by_other_ways(serve, visitor, ask, app, directory):
    """By the visitor himself, and by an application that says so while it works, as PHP's does."""
    gateway = serve(application={"session_api": True}, route={"self_service": "/.session"}, listen_session_api=f"unix:{directory}/api.sock")
    alice, bob = visitor(gateway, "alice"), visitor(gateway, "bob")
    late = alice.twin()
    name = ask(alice, "/.session/logout", status=204, REQUEST_METHOD="POST", HTTP_ORIGIN="http://example.test")
    told(gateway.admin, name, ("ended", "logout"))
    told(gateway.admin, ask(late, "/.session/me", status=401), ("none", "logout"), ("ended", "logout"))
    with closing(Program(app)) as program:
        program.does(before=lambda api: api.patch(logout="self"))
        name = ask(bob)
        assert program.last.status == 204
    assert "user bob" in told(gateway.admin, name, ("ended", "logout"))[0]


@pytest.mark.against_the_clock(0.05)
@pytest.mark.parametrize("session, cause, setting", [({"idle_timeout": "1s"}, "idle", "idle_timeout of realm default is 1s"), ({"absolute_timeout": "1s"}, "absolute", "absolute_timeout of realm default is 1s")])
def test_ended_by_itself(serve, visitor, ask, session, cause, setting):
    gateway = serve(session={"touch_interval": "0s", **session}, store={"sweep_interval": "200ms"})
    browser = visitor(gateway, "alice")
    assert setting in told(gateway.admin, browser.id, ("ended", cause))[0]
    told(gateway.admin, ask(browser), ("none", "expired"), ("ended", cause))


def test_users(serve, visitor, ask):
    gateway = serve(session={"per_user_limit": 1}, realms={"strict": {"cookie": {"name": "strict"}, "session": {"per_user_limit": 1, "on_limit": "deny"}}},
                    routes=[{"path": "/", "application": "app"}, {"path": "/strict/", "application": "app", "realm": "strict"}])  # fmt: skip
    first = visitor(gateway, "alice")
    second = visitor(gateway, "alice")
    assert "the per_user_limit of realm default is 1" in told(gateway.admin, first.id, ("ended", "evicted"))[0]
    told(gateway.admin, ask(first), ("none", "evicted"), ("ended", "evicted"))
    assert gateway.admin.put(user_path("alice", "/block"), {"reason": "left"}).status == 200
    assert told(gateway.admin, second.id, ("ended", "blocked"))[0].startswith("its user was blocked, by ops: left")
    told(gateway.admin, ask(second), ("none", "blocked"), ("ended", "blocked"))
    denied = ask(Browser(gateway), say="X-Session-Login: alice", status=403)
    assert "user alice" in told(gateway.admin, denied, ("denied", "user-blocked"), ("none", "no-token"))[0]
    assert Browser(gateway).visit("/strict/", "X-Session-Login: bob").status == 200
    denied = ask(Browser(gateway), "/strict/", "X-Session-Login: bob", status=403)
    assert "realm strict" in told(gateway.admin, denied, ("denied", "session-limit"), ("none", "no-token"))[0]


ROUTES = [
    {"path": "/", "application": "app"},
    {"path": "/off/", "application": "app", "session": "off"},
    {"path": "/other/", "application": "app", "realm": "other"},
    {"path": "/in/", "application": "app", "require": "login"},
    {"path": "/bob/", "application": "app", "allow_users": ["bob"]},
    {"path": "/csrf/", "application": "app", "csrf": "check"},
    {"path": "/fresh/", "application": "app", "max_login_age": "1ms"},
]


def test_requests(serve, visitor, ask):
    """By far most of what a help desk is asked."""
    gateway = serve(routes=ROUTES, realms={"other": {"cookie": {"name": "other"}}})
    nobody, alice, admin = Browser(gateway), visitor(gateway, "alice"), gateway.admin
    assert explain(admin, ask(alice)) == explain(admin, ask(nobody, "/off/")) == []
    told(admin, ask(nobody), ("none", "no-token"))
    told(admin, ask(Browser(gateway, {COOKIE: "nonsense"})), ("none", "malformed"))
    assert "was started, emptied or restored" in told(admin, ask(Browser(gateway, {COOKIE: STRANGER})), ("none", "unknown"))[0]
    forged = ask(Browser(gateway, {COOKIE: alice.id + "b" * 32}))
    assert f"session {alice.id}, user alice" in told(admin, forged, ("none", "wrong-secret"))[0]
    told(admin, ask(Browser(gateway, {"other": alice.token}), "/other/"), ("none", "other-realm"))
    told(admin, ask(nobody, "/in/", status=401), ("refused", "session-required"), ("none", "no-token"))
    for uri, cause, status in [("/bob/", "user-not-allowed", 403), ("/fresh/", "reauthentication-required", 401)]:
        assert "user alice" in told(admin, ask(alice, uri, status=status), ("refused", cause))[0]
    told(admin, ask(alice, "/csrf/", status=403, REQUEST_METHOD="POST"), ("refused", "cross-origin"))
    before = alice.twin()
    assert alice.visit(say="X-Session-Rotate: 1").status == 200
    told(admin, ask(before), ("none", "stale"))
    assert len(explain(admin, alice.id)) == 6


def test_an_unknown_token_of_a_store_that_knows_all(serve, ask):
    gateway = serve(session={"idle_timeout": "1ms", "remember_idle_timeout": "1ms"}, limits={"unknown_tokens": 1}, realms={})
    time.sleep(0.1)  # longer than any session lasts
    first, second = [ask(Browser(gateway, {COOKIE: id * 20 + "b" * 32}), status=status) for id, status in [("A", 200), ("B", 429)]]
    assert "never was" in told(gateway.admin, first, ("none", "unknown"))[0]
    told(gateway.admin, second, ("refused", "too-many-tokens"), ("none", "unknown"))


def test_what_came_too_late(gateway, visitor, held):
    alice = visitor(gateway, "alice")
    pages = [alice.twin().begin("/slow", say, HTTP_X_REQUEST_ID=name) for name, say in [("set", "X-Session-Set: a=1"), ("rotate", "X-Session-Rotate: 1")]]
    held.until(2)
    assert alice.visit(say="X-Session-Logout: self").status == 200
    held.release()
    for page in pages:
        assert page().status == 200
    for name in ["set", "rotate"]:
        told(gateway.admin, name, LATE, ("ended", "logout"))
    assert sorted(causes(explain(gateway.admin, alice.id))) == [("ended", "logout"), LATE, LATE]


def test_a_login_meanwhile(gateway, visitor, held):
    browser = visitor(gateway)
    page = browser.twin().begin("/slow", "X-Session-Set: a=1", HTTP_X_REQUEST_ID="slow")
    held.until()
    assert browser.visit(say="X-Session-Login: alice").status == 200
    held.release()
    assert page().status == 200
    assert told(gateway.admin, "slow", LATE)[0].startswith("somebody logged in")


def test_a_session_that_ends_before_a_mere_touch(serve, visitor, held):
    gateway = serve(session={"touch_interval": "0s"})
    alice = visitor(gateway, "alice")
    page = alice.twin().begin("/slow", HTTP_X_REQUEST_ID="slow")
    held.until()
    assert gateway.admin.revoke(alice.id).status == 204
    held.release()
    assert page().token() == ""
    told(gateway.admin, "slow", ("none", "ended"), ("ended", "revoked"))


def test_a_store_that_fails(moody, visitor, ask):
    gateway = moody(routes=[{"path": "/", "application": "app"}, {"path": "/on/", "application": "app", "on_store_failure": "anonymous"}])
    alice = visitor(gateway, "alice")
    gateway.store.tell("fail", "find")
    for uri, status in [("/", 503), ("/on/", 200)]:
        assert f"session {alice.id}" in told(gateway.admin, ask(alice.twin(), uri, status=status), ("none", "unavailable"))[0]
    gateway.store.fine()
    gateway.store.tell("fail", "save")
    told(gateway.admin, ask(alice, say="X-Session-Set: a=1", status=503), ("unsaved", "unavailable"))


@pytest.mark.against_the_clock(0.05)
def test_another_holds_the_lock(serve, visitor, held, ask):
    gateway = serve(route={"lock": "exclusive", "lock_wait": "50ms"})
    alice = visitor(gateway, "alice")
    page = alice.twin().begin("/slow")
    held.until()
    told(gateway.admin, ask(alice, status=503), ("refused", "session-busy"))
    held.release()
    assert page().status == 200


LIMITED = [{"realms": ["default"]}, {"applications": ["app"]}, {"users": ["alice"]}]


def test_a_limited_token_sees_its_own(serve, visitor, ask, app):
    names = [next(iter(limits)) for limits in LIMITED]
    gateway = serve(
        tokens=[grant(name, ["events:read"], **limits) for name, limits in zip(names, LIMITED)],
        realms={"other": {"cookie": {"name": "other"}}},
        applications={name: {"servers": [app.address]} for name in ["app", "second"]},
        routes=[{"path": "/", "application": "app"}, {"path": "/second/", "application": "second"}, {"path": "/other/", "application": "second", "realm": "other"}],
    )
    alice, bob, shared = [visitor(gateway, user) for user in ["alice", "bob", "alice"]]
    beyond = Browser(gateway)
    beyond.visit("/other/", "X-Session-Login: bob")
    subjects = {"alice": [alice.id], "bob": [bob.id], "shared": [shared.id], "beyond": [beyond.cookies["other"][:20]], "nobody": []}
    for subject in [*subjects.values()][:4]:
        assert gateway.admin.revoke(subject[0]).status == 204
        told(gateway.admin, subject[0], ("ended", "revoked"))
    for name, browser, uri in [("alice", alice, "/"), ("bob", bob, "/"), ("shared", shared, "/second/"), ("beyond", beyond, "/other/"), ("nobody", Browser(gateway), "/")]:
        subjects[name].append(ask(browser, uri))
        assert explain(gateway.admin, subjects[name][-1])
    seen = {name: {subject for subject, ids in subjects.items() if explain(gateway.by(name), ids[-1])} for name in names}
    assert seen == {"realms": {"alice", "bob", "shared", "nobody"}, "applications": {"alice", "bob", "nobody"}, "users": {"alice", "shared"}}
    ends = {name: {subject for subject, ids in subjects.items() if explain(gateway.by(name), ids[0])} for name in names}
    assert ends == {"realms": {"alice", "bob", "shared", "nobody"}, "applications": {"alice", "bob", "shared", "nobody"}, "users": {"alice", "shared"}}


@pytest.mark.parametrize("subject", ["A" * 20, "no-such-request", "r" * 65, "a%20b", "%C5%BE", "-"])
def test_nothing_is_known(admin, subject):
    reply = admin.get(f"/api/v1/explain/{subject}")
    assert reply.problem == (404, "not-found") and "Nothing is known" in reply.detail


def test_many_of_one(gateway, visitor):
    """No more than 200, and those the newest."""
    forger = Browser(gateway, {COOKIE: STRANGER})
    for number in range(205):
        assert forger.visit(HTTP_X_REQUEST_ID=f"request{number}").status == 200
    found = explain(gateway.admin, STRANGER[:20])
    assert len(found) == 200 and "request204" in found[0]["detail"]


def test_all_workers_are_asked(serve, ask):
    gateway = serve(workers=2)
    for name in [ask(Browser(gateway)) for _ in range(20)]:
        told(gateway.admin, name, ("none", "no-token"))


def test_a_reload_forgets_nothing(gateway, ask):
    def route(name):
        return told(gateway.admin, name, ("none", "no-token"))[0].split()[-1]

    before = ask(Browser(gateway))
    gateway.reload({**gateway.config, "routes": [{"path": "/", "name": "shop", "application": "app"}]})
    wait_until(lambda: route(ask(Browser(gateway))) == "shop)", what="the new route's name")
    assert route(before) == "/)"

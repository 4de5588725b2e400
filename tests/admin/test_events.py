"""What happened, as GET /api/v1/events tells it (admin-api.md sections 5 and 8)."""

import re

import pytest

from harness.admin import grant, user_path
from harness.process import wait_until

MEMBERS = ["id", "type", "at", "node", "session", "realm", "user", "application", "actor", "cause", "reason"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def events(admin, **parameters):
    return admin.get("/api/v1/events", **parameters).json["data"]


def told(admin, count, **parameters):
    """So many, oldest first."""
    wait_until(lambda: len(events(admin, **parameters)) >= count, what=f"{count} events")
    found = events(admin, **parameters)
    assert len(found) == count, found
    return found


def types(found):
    return [event["type"] for event in found]


def test_nothing_has_happened(admin):
    assert admin.get("/api/v1/events").json == {"data": []}


def test_a_login_and_a_logout(serve, visitor):
    gateway = serve(node="gw1")
    browser = visitor(gateway, "alice")
    secret = browser.token[20:]
    browser.visit(say="X-Session-Logout: self")
    found = told(gateway.admin, 3)
    assert types(found) == ["session.created", "session.login", "session.logged_out"]
    for event in found:
        assert list(event) == MEMBERS and TIME.fullmatch(event["at"])
        assert (event["node"], event["session"], event["realm"], event["user"], event["application"]) == ("gw1", browser.id, "default", "alice", "app")
        assert event["actor"] is event["cause"] is event["reason"] is None
    assert len({event["id"] for event in found}) == 3
    assert secret not in str(found)


def test_a_page_and_the_next_ones(serve, visitor):
    gateway = serve(admin={"events_kept": 20})
    ids = [visitor(gateway, "alice").id for _ in range(12)]
    wait_until(lambda: [(event["type"], event["session"]) for event in events(gateway.admin, limit=1)] == [("session.login", ids[-1])], what="the last login")
    kept = events(gateway.admin, limit=500)
    assert len(kept) == 20
    assert events(gateway.admin, limit=3) == kept[-3:]
    after = events(gateway.admin, after=kept[4]["id"], limit=5)
    assert after == kept[5:10]
    assert events(gateway.admin, after=kept[-1]["id"]) == []
    visitor(gateway, "alice")
    wait_until(lambda: len(events(gateway.admin, after=kept[-1]["id"])) == 2, what="two more")
    gap, *oldest = events(gateway.admin, after=kept[0]["id"], limit=500)
    assert gap["type"] == "stream.gap" and len(oldest) == 20
    assert events(gateway.admin, after="nonsense")[0]["type"] == "stream.gap"


def test_filters(serve, visitor):
    gateway = serve()
    for user in ["alice", "bob", None]:
        visitor(gateway, user)
    told(gateway.admin, 5)
    assert types(told(gateway.admin, 2, types="session.login")) == ["session.login"] * 2
    told(gateway.admin, 5, types="session.login,session.created", realm="default", application="app")
    assert [event["user"] for event in told(gateway.admin, 2, user="bob")] == ["bob"] * 2
    assert events(gateway.admin, realm="other") == events(gateway.admin, application="other") == events(gateway.admin, user="Bob") == []


@pytest.mark.parametrize(
    "parameters, wrong",
    [("types=session.burnt", ["types"]), ("types=session.login,", ["types"]), ("types=", ["types"]), ("limit=0", ["limit"]), ("limit=501", ["limit"]),
     ("user=a&user=b", ["user"]), ("cursor=a", ["cursor"])],
)  # fmt: skip
def test_wrong_parameters(admin, parameters, wrong):
    assert admin.get(f"/api/v1/events?{parameters}").wrong == wrong


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "text/html, application/json;q=0.1", "text/event-stream;q=0.5, */*", ""])
def test_accepted_as_json(admin, accept):
    assert admin.get("/api/v1/events", {"Accept": accept}).json == {"data": []}


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "text/event-stream;q=0"])
def test_not_acceptable(admin, accept):
    assert admin.get("/api/v1/events", {"Accept": accept}).problem == (406, "not-acceptable")


LIMITED = [
    ({"realms": ["default"]}, "realm=default", "realm=other"),
    ({"applications": ["app"]}, "application=app", "application=other"),
    ({"users": ["alice", "bob"]}, "user=alice", "user=carol"),
    ({"realms": ["default"], "users": ["alice"]}, "user=alice&realm=default", "user=alice"),
]


@pytest.mark.parametrize("limits, within, beyond", LIMITED)
def test_a_limited_token_needs_a_filter_inside_it(serve, visitor, limits, within, beyond):
    gateway = serve(tokens=[grant("some", ["events:read"], **limits)])
    for user in ["alice", "carol"]:
        visitor(gateway, user)
    told(gateway.admin, 4)
    some = gateway.by("some")
    assert some.get("/api/v1/events").problem == some.get(f"/api/v1/events?{beyond}").problem == (403, "insufficient-scope")
    found = some.get(f"/api/v1/events?{within}").json["data"]
    assert {event["user"] for event in found} == ({"alice"} if "users" in limits else {"alice", "carol"})


def test_names_of_any_kind(serve, visitor):
    gateway = serve()
    visitor(gateway, "ž/\"a b%25")
    user = told(gateway.admin, 2)
    assert events(gateway.admin, user=user[0]["user"]) == user


@pytest.mark.against_the_clock(0.2)
def test_the_store_goes_and_comes_back(moody):
    gateway = moody(store={"timeout": "200ms"})
    gateway.store.tell("fail", "events")
    down = told(gateway.admin, 1)[0]
    assert (down["type"], down["session"], down["realm"]) == ("store.down", None, None)
    gateway.store.fine()
    assert types(told(gateway.admin, 2)) == ["store.down", "store.up"]


def test_who_did_it_and_why(gateway, visitor):
    admin, browsers = gateway.admin, [visitor(gateway, user) for user in ["alice", "bob", "carol", "dora"]]
    seen = told(admin, 8)[-1]["id"]
    assert admin.revoke(browsers[0].id, reason="stolen laptop").status == 204
    assert admin.delete(user_path("bob", "/sessions"), reason="asked for").json == {"revoked": 1}
    assert admin.put(user_path("carol", "/block"), {"reason": "left"}).status == 200
    assert admin.put(user_path("carol", "/block"), {"reason": "left"}).status == 200  # nothing new
    assert admin.delete(user_path("carol", "/block")).status == 204
    assert admin.post("/api/v1/sessions/revoke", {"ids": [browsers[3].id], "dry_run": False, "reason": "all of them"}).status == 200
    told(admin, 6, after=seen)
    found = [tuple(event[name] for name in ["type", "session", "user", "actor", "cause", "reason"]) for event in events(admin, after=seen)]
    assert found == [
        ("session.revoked", browsers[0].id, "alice", "ops", None, "stolen laptop"),
        ("session.revoked", browsers[1].id, "bob", "ops", None, "asked for"),
        ("user.blocked", None, "carol", "ops", None, "left"),
        ("session.revoked", browsers[2].id, "carol", "ops", "user-blocked", "left"),
        ("user.unblocked", None, "carol", "ops", None, None),
        ("session.revoked", browsers[3].id, "dora", "ops", None, "all of them"),
    ]


def test_tokens_that_are_none(gateway):
    stranger = gateway.by("stranger")
    assert stranger.get("/api/v1").status == gateway.nobody.get("/api/v1").status == 401
    event = told(gateway.admin, 1)[0]
    assert (event["type"], event["actor"], event["session"]) == ("admin.auth_failed", None, None) and "127.0.0.1" in event["reason"]
    assert stranger.token not in str(event)
    for _ in range(20):
        stranger.get("/api/v1")
    assert len(events(gateway.admin)) == 10


def test_reloads(gateway):
    gateway.reload()
    assert types(told(gateway.admin, 1)) == ["config.reloaded"]
    gateway.reload({**gateway.config, "nonsense": 1})
    assert types(told(gateway.admin, 2)) == ["config.reloaded", "config.rejected"]

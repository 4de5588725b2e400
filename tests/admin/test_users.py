"""/api/v1/users: who has sessions, one user's, and blocks."""

import re
from contextlib import closing
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from harness.admin import grant, user_path
from harness.browser import Browser
from harness.process import wait_until
from harness.redis_server import RedisServer

REALMS = {"intranet": {"cookie": {"name": "intranet_session"}}}


def two_realms(serve, **settings):
    return serve(
        realms=REALMS,
        routes=[{"path": "/", "application": "app"}, {"path": "/in", "application": "app", "realm": "intranet"}],
        **settings,
    )


def inner(gateway, user):
    browser = Browser(gateway)
    return browser.visit("/in", say=f"X-Session-Login: {user}").token("intranet_session")[:20]


def rows(users, **parameters):
    return [(row["realm"], row["user"], row["sessions"], row["blocked"]) for row in users.walk("/api/v1/users", **parameters)]


# --- the list ---


def test_users(serve, visitor):
    gateway = two_realms(serve)
    for user in ["alice", "alice", "alice", "bob", "zoe/\u00e4"]:
        visitor(gateway, quote(user))
    visitor(gateway)
    inner(gateway, "alice")
    assert gateway.admin.put(user_path("carol", "/block")).status == 200
    everybody = [
        ("default", "alice", 3, False),
        ("default", "bob", 1, False),
        ("default", "carol", 0, True),
        ("default", "zoe/\u00e4", 1, False),
        ("intranet", "alice", 1, False),
    ]
    assert rows(gateway.admin) == everybody
    assert rows(gateway.admin, limit=2) == everybody
    for parameters, wanted in [
        ({"realm": "intranet"}, everybody[4:]),
        ({"realm": "nowhere"}, []),
        ({"prefix": "a"}, [everybody[0], everybody[4]]),
        ({"min_sessions": 2}, everybody[:1]),
        ({"min_sessions": 0}, everybody),
        ({"blocked": "true"}, everybody[2:3]),
        ({"blocked": "false"}, everybody[:2] + everybody[3:]),
    ]:
        assert rows(gateway.admin, **parameters) == wanted, parameters
    page = gateway.admin.get("/api/v1/users", limit=1)
    assert list(page.json["data"][0]) == ["realm", "user", "sessions", "last_seen_at", "blocked"]
    assert gateway.admin.get("/api/v1/users", realm="default", prefix="carol").json["data"][0]["last_seen_at"] is None
    cursor = page.json["page"]["next"]
    assert f"cursor={cursor}" in page.header("Link")
    assert gateway.admin.get("/api/v1/users", cursor=cursor, prefix="a").problem == (400, "invalid-cursor")
    assert gateway.admin.sessions(cursor=cursor).problem == (400, "invalid-cursor")
    for parameter in ["min_sessions=x", "blocked=maybe", "user=alice", "sort=created_at", "limit=0"]:
        assert gateway.admin.get(f"/api/v1/users?{parameter}").wrong


def test_whom_a_grant_lets_see(serve, visitor):
    gateway = two_realms(
        serve,
        tokens=[
            grant("inside", realms=["intranet"]),
            grant("alices", users=["alice"]),
            grant("apps", applications=["app"]),
        ],
    )
    first, second, third = visitor(gateway, "alice").id, visitor(gateway, "bob").id, inner(gateway, "alice")
    assert rows(gateway.by("inside")) == [("intranet", "alice", 1, False)]
    assert rows(gateway.by("inside"), realm="default") == []
    assert [row[:2] for row in rows(gateway.by("alices"))] == [("default", "alice"), ("intranet", "alice")]
    assert gateway.by("apps").get("/api/v1/users").problem == (403, "insufficient-scope")  # it counts over all applications
    for name, path, status in [
        ("inside", user_path("alice", "/sessions"), 404),
        ("inside", user_path("alice", "/sessions?realm=intranet"), 200),
        ("alices", user_path("bob", "/sessions"), 404),
        ("alices", user_path("alice", "/sessions"), 200),
        ("apps", user_path("alice", "/sessions"), 200),
    ]:
        assert gateway.by(name).get(path).status == status, (name, path)
        if status == 404:
            assert gateway.by(name).delete(path).problem == (404, "not-found")
    # blocks: outside its realm 403, another user is absent
    assert gateway.by("inside").put(user_path("alice", "/block")).problem == (403, "insufficient-scope")
    assert gateway.by("inside").delete(user_path("alice", "/block")).problem == (403, "insufficient-scope")
    assert gateway.by("apps").put(user_path("alice", "/block")).problem == (403, "insufficient-scope")
    assert gateway.by("alices").put(user_path("bob", "/block")).problem == (404, "not-found")
    assert set(gateway.admin.ids()) == {first, second, third}
    assert gateway.by("inside").put(user_path("alice", "/block?realm=intranet")).status == 200
    assert set(gateway.admin.ids()) == {first, second}


# --- one user's sessions ---


@pytest.mark.parametrize("user", ["alice", "al ice", "a/b", "\u00e4\u4e2d", "a+b", "a%b", "..", "{user}", "x" * 255])
def test_whatever_the_name(gateway, visitor, user):
    made = {visitor(gateway, quote(user, safe="")).id for _ in range(2)}
    page = gateway.admin.get(user_path(user, "/sessions?limit=1"))
    found = [session["id"] for session in gateway.admin.walk(user_path(user, "/sessions"), limit=1)]
    assert set(found) == made and page.json["data"][0]["user"] == user
    assert gateway.admin.delete(user_path(user, "/sessions")).json == {"revoked": 2}
    assert gateway.admin.get(user_path(user, "/sessions")).json["data"] == []


def test_nobody_has_an_empty_list(admin):
    assert admin.get(user_path("nobody", "/sessions")).json == {"data": [], "page": {"limit": 50, "next": None, "total": None}}
    assert admin.get(user_path("nobody", "/sessions?realm=nowhere")).json["data"] == []
    assert admin.delete(user_path("nobody", "/sessions")).json == {"revoked": 0}
    assert admin.get("/api/v1/users//sessions").status == 404
    for name in ["%zz", "%ff", "%00", "%0a"]:
        assert admin.get(f"/api/v1/users/{name}/sessions").problem == (404, "not-found")


def test_all_but_one(gateway, visitor):
    alice = [visitor(gateway, "alice") for _ in range(4)]
    other = visitor(gateway, "bob")
    path = user_path("alice", "/sessions")
    assert gateway.admin.delete(f"{path}?except=x").wrong == ["except"]
    assert gateway.admin.delete(f"{path}?except={alice[2].id}&reason=moved").json == {"revoked": 3}
    assert [browser.visit().state for browser in alice] == ["none", "none", "authenticated", "none"]
    assert other.visit().state == "authenticated"
    assert gateway.admin.delete(path).json == {"revoked": 1}
    assert gateway.admin.delete(path).json == {"revoked": 0}


def test_only_those_of_its_applications(serve, visitor, app):
    gateway = serve(
        tokens=[grant("second", applications=["second"])],
        applications={name: {"servers": [app.address]} for name in ["app", "second"]},
        routes=[{"path": "/", "application": "app"}, {"path": "/second", "application": "second"}],
    )
    first = visitor(gateway, "alice").id
    there = {visitor(gateway, "alice", uri="/second").id for _ in range(3)}
    spared = there.pop()
    assert gateway.by("second").delete(user_path("alice", f"/sessions?except={spared}")).json == {"revoked": 2}
    assert set(gateway.admin.ids()) == {first, spared}


# --- blocks ---


def test_a_block_ends_and_keeps_out(gateway, visitor):
    sessions = [visitor(gateway, "alice") for _ in range(3)]
    reply = gateway.admin.put(user_path("alice", "/block"), {"until": None, "reason": "left"})
    assert reply.json == {"realm": "default", "user": "alice", "blocked": True, "until": None, "reason": "left"}
    assert [browser.visit().state for browser in sessions] == ["none"] * 3
    assert Browser(gateway).visit(say="X-Session-Login: alice").status == 403
    assert visitor(gateway, "bob").visit().state == "authenticated"
    assert gateway.admin.put(user_path("alice", "/block"), {"until": None, "reason": "left"}).status == 200
    reply = gateway.admin.delete(user_path("alice", "/block"))
    assert (reply.status, reply.body) == (204, b"")
    assert gateway.admin.delete(user_path("alice", "/block")).status == 204
    assert visitor(gateway, "alice").visit().state == "authenticated"


@pytest.mark.against_the_clock(0.3)
def test_a_block_lapses(gateway):
    until = datetime.now(timezone.utc) + timedelta(seconds=1.5)
    told = gateway.admin.put(user_path("alice", "/block"), {"until": until.isoformat()}).json
    assert told["until"].startswith(until.strftime("%Y-%m-%dT%H:%M:%S"))
    assert Browser(gateway).visit(say="X-Session-Login: alice").status == 403 or datetime.now(timezone.utc) >= until
    wait_until(lambda: Browser(gateway).visit(say="X-Session-Login: alice").status == 200, what="the block to lapse")
    assert datetime.now(timezone.utc) >= until - timedelta(seconds=0.02)


def test_a_login_on_its_way_is_refused(gateway, held):
    browser = Browser(gateway)
    late = browser.begin("/slow", say="X-Session-Login: alice")
    held.until(1)
    assert gateway.admin.put(user_path("alice", "/block")).status == 200
    held.release()
    assert late().status == 403
    assert gateway.admin.ids(user="alice") == []


@pytest.mark.parametrize(
    "body, wrong",
    [
        ({"until": "2020-01-01T00:00:00Z"}, ["until"]),
        ({"until": "tomorrow"}, ["until"]),
        ({"until": 5}, ["until"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"reason": "a\nb"}, ["reason"]),
        ({"reason": 1}, ["reason"]),
        ({"untill": None}, ["untill"]),
    ],
)
def test_blocks_that_are_none(gateway, visitor, body, wrong):
    browser = visitor(gateway, "alice")
    assert gateway.admin.put(user_path("alice", "/block"), body).wrong == wrong
    assert browser.visit().state == "authenticated"


@pytest.mark.parametrize("user, realm, refused", [(" alice", "default", (404, "not-found")), ("x" * 256, "default", (404, "not-found")), ("alice", "nowhere", (400, "invalid-parameter"))])
def test_who_cannot_be_has_nothing_and_is_not_blocked(admin, user, realm, refused):
    assert admin.get(user_path(user, f"/sessions?realm={realm}")).json["data"] == []
    assert admin.delete(user_path(user, f"/sessions?realm={realm}")).json == {"revoked": 0}
    assert admin.delete(user_path(user, f"/block?realm={realm}")).status == 204
    assert admin.put(user_path(user, f"/block?realm={realm}")).problem == refused


def test_what_is_left_of_a_realm_that_is_configured_no_more(serve):
    gateway = two_realms(serve)
    alice = inner(gateway, "alice")
    assert gateway.admin.put(user_path("bob", "/block?realm=intranet")).status == 200
    gateway.write({**gateway.config, "realms": {}, "routes": [{"path": "/", "application": "app"}]})
    assert gateway.admin.post("/api/v1/config/reload", {}).status == 200
    assert gateway.admin.put(user_path("bob", "/block?realm=intranet")).wrong == ["realm"]
    assert [session["id"] for session in gateway.admin.get(user_path("alice", "/sessions?realm=intranet")).json["data"]] == [alice]
    assert gateway.admin.delete(user_path("alice", "/sessions?realm=intranet")).json == {"revoked": 1}
    assert gateway.admin.delete(user_path("bob", "/block?realm=intranet")).status == 204
    assert rows(gateway.admin, realm="intranet", blocked="true") == []


# --- a store that fails ---


@pytest.mark.against_the_clock(0.3)
def test_a_store_that_fails(moody, visitor):
    gateway = moody(store={"timeout": "300ms"})
    browser = visitor(gateway, "alice")
    gateway.store.tell("fail", "users", "list", "remove_user", "block_user", "unblock_user")
    for method, path in [("GET", "/api/v1/users"), ("GET", user_path("alice", "/sessions")), ("DELETE", user_path("alice", "/sessions")), ("PUT", user_path("alice", "/block")), ("DELETE", user_path("alice", "/block"))]:
        assert gateway.admin.call(method, path).problem == (503, "store-unavailable"), (method, path)
    gateway.store.fine()
    assert browser.visit().state == "authenticated"
    gateway.store.tell("lose", "remove_user", next=1)
    assert gateway.admin.delete(user_path("alice", "/sessions")).status == 200
    assert browser.visit().state == "none"
    gateway.store.tell("drop", "block_user", next=2)
    assert gateway.admin.put(user_path("alice", "/block")).status == 200
    gateway.store.tell("lose", "unblock_user", next=1)
    assert gateway.admin.delete(user_path("alice", "/block")).status == 204


# --- in Redis ---

USERS, SESSIONS_EACH = 120, 200

# As a login leaves them in a user's record, of sessions that nobody needs to have.
FILL = """
local at = redis.call('TIME')[1] .. '000000 ' .. string.rep('0', 16)
for _, key in ipairs(redis.call('KEYS', '*:u:default:crowded*')) do
	for i = 1, ARGV[1] do
		redis.call('HSET', key, string.format('m:%020d', i), at)
	end
end"""


def test_no_more_records_are_read_than_a_page_takes(serve, directory):
    """Of users with many sessions few are on a page: what is behind them is the next page's, and is not read before."""
    server = RedisServer(directory)
    try:
        gateway = serve(store=server.store)
        wait_until(lambda: gateway.nobody.get("/readyz").status == 200, what="the store to be there")
        names = [f"crowded{number:03}" for number in range(USERS)]
        for name in names:
            assert gateway.admin.put(user_path(name, "/block")).status == 200
        with closing(server.connect()) as client:
            client.ask("EVAL", FILL, 0, SESSIONS_EACH)
            client.ask("CONFIG", "RESETSTAT")
            first = gateway.admin.get("/api/v1/users", limit=USERS).json
            read = int(re.search(r"cmdstat_hscan:calls=(\d+)", client.ask("INFO", "commandstats"))[1])
        assert [row["user"] for row in first["data"]] == names[: len(first["data"])] and first["page"]["next"]
        assert len(first["data"]) <= read < USERS / 2
        assert [user for _, user, _, _ in rows(gateway.admin, limit=USERS)] == names
    finally:
        server.stop()

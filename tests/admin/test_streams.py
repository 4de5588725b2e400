"""What happens, as GET /api/v1/events tells it while it happens: server-sent events (rest/stream.h)."""

import socket
import time

import pytest

from harness.admin import Connection, grant, user_path
from harness.event_stream import EventStream
from harness.process import wait_until

STREAMS = 64


@pytest.fixture
def follow():
    """follow(admin, …as EventStream…): closed at the end."""
    streams = []

    def follow(admin, *how, **parameters):
        streams.append(EventStream(admin, *how, **parameters))
        return streams[-1]

    yield follow
    for stream in streams:
        stream.close()


def test_what_happens_comes_once_and_in_order(gateway, visitor, follow):
    visitor(gateway, "early")
    wait_until(lambda: len(gateway.admin.get("/api/v1/events").json["data"]) == 2, what="what happened before")
    streams = [follow(gateway.admin) for _ in range(3)]
    browsers = [visitor(gateway, "alice") for _ in range(5)]
    for browser in browsers:
        gateway.admin.revoke(browser.id)
    for stream in streams:
        events = stream.take(15)
        assert [event["session"] for event in events if event["type"] == "session.revoked"] == [browser.id for browser in browsers]
        assert len({event["id"] for event in events}) == 15
        assert events == gateway.admin.get("/api/v1/events", limit=15).json["data"]


def test_filters(gateway, visitor, follow):
    stream = follow(gateway.admin, types="session.login,session.revoked", user="bob", realm="default", application="app")
    for user in ["alice", "bob", None]:
        visitor(gateway, user)
    bob = visitor(gateway, "bob")
    gateway.admin.revoke(bob.id)
    assert stream.types(3) == ["session.login", "session.login", "session.revoked"]


def test_resuming(serve, visitor, follow):
    gateway = serve(admin={"events_kept": 30})
    stream = follow(gateway.admin)
    visitor(gateway, "alice")
    first = stream.take(2)
    stream.close()
    visitor(gateway, "bob")
    resumed = follow(gateway.admin, stream.last)
    visitor(gateway, "carol")
    assert [event["user"] for event in resumed.take(4)] == ["bob", "bob", "carol", "carol"]
    again = follow(gateway.admin, after=first[0]["id"], types="session.login")
    assert [event["user"] for event in again.take(3)] == ["alice", "bob", "carol"]
    for _ in range(15):
        visitor(gateway, "dora")
    resumed.take(30)
    late = follow(gateway.admin, stream.last)
    visitor(gateway, "emil")
    assert late.types(3) == ["stream.gap", "session.created", "session.login"]


def test_the_newest_and_what_comes(gateway, visitor, follow):
    empty = follow(gateway.admin, limit=2)
    for user in ["alice", "bob", "carol"]:
        visitor(gateway, user)
    assert [event["user"] for event in follow(gateway.admin, empty.begin).take(6)] == ["alice", "alice", "bob", "bob", "carol", "carol"]
    assert [event["user"] for event in empty.take(6)] == ["alice", "alice", "bob", "bob", "carol", "carol"]
    logins = follow(gateway.admin, types="session.login", limit=2)
    all_of_them = follow(gateway.admin, limit=500)
    nobody = follow(gateway.admin, user="dora", limit=5)
    visitor(gateway, "dora")
    assert [event["user"] for event in logins.take(3)] == ["bob", "carol", "dora"]
    assert len({event["id"] for event in all_of_them.take(8)}) == 8
    assert [event["type"] for event in nobody.take(2)] == ["session.created", "session.login"]
    assert [event["user"] for event in follow(gateway.admin, nobody.begin, types="session.login", limit=500).take(1)] == ["dora"]


def test_who_comes_back_by_the_same_address(gateway, visitor, follow):
    """A browser's EventSource asks for the same address again, with the field."""
    stream = follow(gateway.admin)
    for user in ["alice", "bob"]:
        visitor(gateway, user)
    told = stream.take(4)
    again = follow(gateway.admin, told[2]["id"], after=told[0]["id"])
    assert again.next() == told[3]


@pytest.mark.parametrize("last", ["nonsense", "0123456789abcdef-1", "%00"])
def test_an_unknown_last_event(gateway, visitor, follow, last):
    stream = follow(gateway.admin, last)
    visitor(gateway, "alice")
    assert stream.types(3) == ["stream.gap", "session.created", "session.login"]


def test_wrong_parameters(gateway):
    accept = {"Accept": "text/event-stream"}
    for limit in ["0", "501", "-1", "1&after=x"]:
        assert gateway.admin.get(f"/api/v1/events?limit={limit}", accept).wrong == ["limit"]
    assert gateway.admin.get("/api/v1/events?types=x", accept).wrong == ["types"]
    head = gateway.admin.call("HEAD", "/api/v1/events", headers=accept)
    assert (head.status, head.header("Content-Type"), head.body) == (200, "text/event-stream", b"")


def test_a_limited_token_needs_a_filter_inside_it(serve, visitor, follow):
    gateway = serve(tokens=[grant("some", ["events:read"], users=["alice"])])
    accept = {"Accept": "text/event-stream"}
    assert gateway.by("some").get("/api/v1/events", accept).problem == (403, "insufficient-scope")
    stream = follow(gateway.by("some"), user="alice")
    for user in ["bob", "alice"]:
        visitor(gateway, user)
    assert [event["user"] for event in stream.take(2)] == ["alice"] * 2


def test_only_so_many(gateway, follow):
    streams = [follow(gateway.admin) for _ in range(STREAMS)]
    refused = gateway.admin.get("/api/v1/events", {"Accept": "text/event-stream"})
    assert refused.problem == (429, "rate-limited") and int(refused.header("Retry-After")) > 0
    assert gateway.admin.get("/api/v1/events").json == {"data": []}
    streams[0].close()  # an EventSource that is closed makes room at once
    wait_until(lambda: gateway.admin.call("HEAD", "/api/v1/events", headers={"Accept": "text/event-stream"}).status == 200, what="room for one more")


def test_a_comment_every_fifteen_seconds(gateway, follow):
    began = time.monotonic()
    stream = follow(gateway.admin)
    assert stream._record() is None
    assert time.monotonic() - began > 14


def test_who_does_not_read_is_dropped(gateway, visitor, follow):
    """And nobody else notices."""
    lazy, busy, deaf = follow(gateway.admin), follow(gateway.admin), follow(gateway.admin, user="nobody")
    lazy.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection, taken = Connection(gateway.admin.address), 0
    while taken < 1500:
        for number in range(50):
            reason = chr(0x1F600 + number) * 199 + str(taken % 10)
            assert gateway.admin.call("PUT", user_path("alice", "/block"), {"reason": reason}, connection=connection).status == 200
        taken += len(busy.take(50))
    connection.close()
    assert 0 < len(lazy.ended()) < taken  # what was on its way already
    visitor(gateway, "nobody")
    assert deaf.types(2) == ["session.created", "session.login"]


def test_the_end_of_the_process(gateway, follow):
    stream = follow(gateway.admin)
    gateway.stop()
    assert stream.ended() == []


def test_a_reload_goes_on_by_the_new_tokens(serve, visitor, follow):
    gateway = serve(tokens=[grant("old", ["events:read"]), grant("kept", ["events:read"]), grant("less", ["events:read", "audit:read"])])
    old, kept, less = (follow(gateway.by(name)) for name in ["old", "kept", "less"])
    config = dict(gateway.config)
    tokens = [token for token in config["admin"]["tokens"] if token["name"] in ("ops", "kept")] + [grant("less", ["audit:read"])]
    config["admin"] = {**config["admin"], "tokens": tokens}
    gateway.reload(config)
    wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
    old.ended()
    less.ended()
    visitor(gateway, "alice")
    assert kept.types(2)[-1] in ("session.created", "session.login")


def test_a_token_that_ends(serve, follow):
    gateway = serve(tokens=[grant("brief", ["events:read"])])
    stream = follow(gateway.by("brief"))
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    tokens = [grant("ops"), grant("brief", ["events:read"], not_after=end)]
    gateway.reload({**gateway.config, "admin": {**gateway.config["admin"], "tokens": tokens}})
    stream.ended()
    assert gateway.by("brief").get("/api/v1/events").problem == (401, "unauthenticated")

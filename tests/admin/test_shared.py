"""Two gateways with one Redis: what is done at one is seen at the other."""

import time

import pytest

from harness.event_stream import EventStream
from harness.hook_server import SECRET, HookServer
from harness.process import wait_until
from harness.redis_server import RedisServer


@pytest.fixture
def server(directory):
    server = RedisServer(directory)
    yield server
    server.stop()


@pytest.fixture
def pair(serve, server):
    gateways = [serve(node=f"gw{number + 1}", store=server.store) for number in range(2)]
    for gateway in gateways:
        wait_until(lambda gateway=gateway: gateway.nobody.get("/readyz").status == 200, what="the store to be there")
    yield gateways
    for gateway in gateways:
        gateway.stop()


def test_what_happens_at_one_is_told_at_both_once(pair, visitor):
    streams = [EventStream(gateway.admin) for gateway in pair]
    alice, bob = visitor(pair[0], "alice"), visitor(pair[1], "bob")
    pair[1].admin.revoke(alice.id, reason="stolen")
    pair[0].admin.revoke(bob.id)
    seen = [stream.take(6) for stream in streams]
    for events in seen:
        alices = [(event["type"], event["node"], event["actor"], event["reason"]) for event in events if event["session"] == alice.id]
        assert alices == [("session.created", "gw1", None, None), ("session.login", "gw1", None, None), ("session.revoked", "gw2", "ops", "stolen")]
        assert [event["node"] for event in events if event["session"] == bob.id] == ["gw2", "gw2", "gw1"]
    last = visitor(pair[0])
    for stream in streams:
        assert stream.next()["session"] == last.id  # and nothing came twice before it
        stream.close()


@pytest.mark.parametrize("user, realm", [("x" * 256, "default"), ("alice", "x" * 65)])
def test_what_nobody_can_be_called_is_no_failure_of_the_store(pair, user, realm):
    admin = pair[0].admin
    assert admin.get(f"/api/v1/users/{user}/sessions?realm={realm}").json["data"] == []
    assert admin.delete(f"/api/v1/users/{user}/sessions?realm={realm}").json == {"revoked": 0}
    assert admin.delete(f"/api/v1/users/{user}/block?realm={realm}").status == 204


GATEWAYS_OWN = ["store.down", "store.up", "config.reloaded", "config.rejected", "admin.auth_failed"]


def test_what_gateways_say_of_themselves_is_told_at_both_once(pair, visitor):
    streams = [EventStream(gateway.admin, types=",".join(GATEWAYS_OWN)) for gateway in pair]
    pair[0].reload()
    pair[1].reload({**pair[1].config, "nonsense": 1})
    pair[1].by("stranger").get("/api/v1")
    for stream in streams:
        seen = [(event["type"], event["node"]) for event in stream.take(3)]
        assert sorted(seen) == [("admin.auth_failed", "gw2"), ("config.rejected", "gw2"), ("config.reloaded", "gw1")]
    pair[0].reload()
    for stream in streams:
        assert stream.next()["type"] == "config.reloaded"  # and nothing came twice before it
        stream.close()
    assert all("config.re" not in gateway.log for gateway in pair), "each logs its own, in its own words"


def test_that_the_store_was_away_is_told_by_each_at_both(pair, server):
    streams = [EventStream(gateway.admin, types="store.down,store.up") for gateway in pair]
    server.kill()
    for stream, node in zip(streams, ["gw1", "gw2"]):
        event = stream.next()  # while nobody else can be told
        assert (event["type"], event["node"]) == ("store.down", node)
    server.start()
    for stream in streams:
        seen = [(event["type"], event["node"]) for event in stream.take(3)]
        assert len(seen) == len(set(seen)) == 3 and seen.count(("store.up", "gw1")) == seen.count(("store.up", "gw2")) == 1
        stream.close()


def explained(gateway, subject):
    reply = gateway.admin.get(f"/api/v1/explain/{subject}")
    return [(decision["node"], decision["what"], decision["cause"]) for decision in reply.json["decisions"]] if reply.status == 200 else []


def test_ends_are_explained_at_both_and_requests_where_they_were(pair, visitor):
    alice, bob, carol = [visitor(pair[0], user) for user in ["alice", "bob", "carol"]]
    late = carol.twin()
    pair[1].admin.revoke(alice.id, reason="stolen")
    pair[1].admin.put("/api/v1/users/bob/block")
    assert carol.visit(say="X-Session-Logout: self", HTTP_X_REQUEST_ID="out").status == 200
    for gateway in pair:
        for browser, end in [(alice, ("gw2", "ended", "revoked")), (bob, ("gw2", "ended", "blocked")), (carol, ("gw1", "ended", "logout"))]:
            wait_until(lambda gateway=gateway, browser=browser: explained(gateway, browser.id), what="the end to be told")
            assert explained(gateway, browser.id) == [end]
    assert explained(pair[0], "out") == [("gw1", "ended", "logout")] and explained(pair[1], "out") == []
    for browser, cause in [(alice, "revoked"), (bob, "blocked"), (late, "logout")]:
        assert browser.visit(HTTP_X_REQUEST_ID=f"late-{cause}").status == 200
        wait_until(lambda name=f"late-{cause}": len(explained(pair[0], name)) == 2, what="the end to be told there as well")
        assert explained(pair[0], f"late-{cause}")[0] == ("gw1", "none", cause)
        assert explained(pair[1], f"late-{cause}") == []


def test_a_restart_posts_nothing_again(serve, visitor, directory):
    """A gateway that begins reads what the store still has of what it told before."""
    server, hook = RedisServer(directory), HookServer()
    settings = {"node": "gw1", "store": server.store, "admin": {"webhooks": [{"url": hook.url, "secret": SECRET}]}}
    try:
        first = serve(**settings)
        visitor(first, "alice")
        hook.until(2)
        first.stop()
        time.sleep(2.5)  # clocks may differ by 2 s
        second = serve(**settings)
        wait_until(lambda: len(second.admin.get("/api/v1/events").json["data"]) == 2, what="the history to be read")
        visitor(second, "bob")
        assert [event["user"] for event in hook.until(4)] == ["alice", "alice", "bob", "bob"]
        second.stop()
    finally:
        hook.close()
        server.stop()

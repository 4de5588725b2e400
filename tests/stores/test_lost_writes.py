"""Redis comes back without its last writes, by a failover or from an old snapshot: who has logged out stays so."""

import os

import pytest

from harness.browser import Browser
from harness.process import wait_until
from harness.redis_sentinel import SentinelGroup
from harness.redis_server import RedisServer


@pytest.fixture
def snapshot(serve):
    """A server that writes snapshots when it is told to."""
    return serve(RedisServer)


def logged_in(gateway, user="alice"):
    browser = Browser(gateway)
    assert browser.visit(say=[f"X-Session-Login: {user}", "X-Session-Set: a=1"]).status == 200
    return browser


def wait_for_answers(gateway):
    """Of the store."""
    browser = Browser(gateway)
    wait_until(lambda: browser.visit(say="X-Session-Set: a=1").status == 200, what="the store to be back")


def age(server):
    """Nothing was ever lost: who comes with a cookie for a session that is not there has it cleared."""
    metas = server.ask("KEYS", "sessiongate:*:meta")
    assert len(metas) == 256
    with server.connect() as client:
        for meta in metas:
            client.ask("HSET", meta, "since", "1000")


def restart(server):
    """As it was when the snapshot was written."""
    server.kill()
    server.start()


def test_an_old_snapshot_brings_nobody_back(gate, snapshot):
    gateway = gate(snapshot)
    visitor, leaver, evicted = logged_in(gateway), logged_in(gateway, "bob"), logged_in(gateway, "carol")
    snapshot.ask("SAVE")
    gone = [leaver.twin(), evicted.twin()]
    assert leaver.visit(say="X-Session-Logout: self").status == 200
    assert logged_in(gateway, "carol").visit(say="X-Session-Logout: others").status == 200
    restart(snapshot)
    wait_for_answers(gateway)
    for browser in gone:
        page = browser.visit()
        assert (page.status, page.state) == (200, "none")
    assert visitor.visit().seen["SESSION_USER"] == "alice"


def test_what_another_gateway_has_ended_stays_so_too(gate, snapshot):
    one, other = gate(snapshot, {"sweep_interval": "50ms"}), gate(snapshot, {"sweep_interval": "50ms"})
    leaver = logged_in(one)
    snapshot.ask("SAVE")
    gone = leaver.twin()
    assert leaver.visit(say="X-Session-Logout: self").status == 200
    wait_until(lambda: "logged_out" in other.log, what="the other one to read of it")
    one.stop()
    restart(snapshot)
    wait_for_answers(other)
    page = Browser(other, gone.cookies).visit()
    assert (page.status, page.state) == (200, "none")


def test_a_failover_that_loses_an_end_brings_nobody_back(serve, gate):
    group = serve(SentinelGroup, down_after_ms=1000)
    gateway = gate(group)
    visitor, leaver = logged_in(gateway), logged_in(gateway, "bob")
    gone = leaver.twin()
    age(group.master())
    master, replicas = group.master(), [server for server in group.servers if server is not group.master()]
    master.ask("WAIT", "2", "5000")
    for replica in replicas:
        replica.hang()
    master.ask("CLIENT", "KILL", "TYPE", "replica")  # or it would be in their sockets
    assert leaver.visit(say="X-Session-Logout: self").status == 200
    lost = logged_in(gateway, "carol")
    master.kill()
    for replica in replicas:
        replica.resume()
    wait_for_answers(gateway)
    assert gone.visit().state == "none"
    assert visitor.visit().seen["SESSION_USER"] == "alice"
    page = lost.visit()
    assert (page.status, page.state, page.set_cookies) == (200, "none", {})


def test_an_old_snapshot_clears_no_cookie(gate, snapshot):
    gateway = gate(snapshot)
    wait_for_answers(gateway)
    age(snapshot)
    snapshot.ask("SAVE")
    visitor, deleted = logged_in(gateway), logged_in(gateway, "bob")
    snapshot.ask("DEL", *snapshot.ask("KEYS", f"sessiongate:*:s:{deleted.token[:20]}"))
    assert deleted.visit().token() == "", "while Redis has lost nothing"
    restart(snapshot)
    wait_for_answers(gateway)
    page = visitor.visit()
    assert (page.status, page.state, page.set_cookies) == (200, "none", {})


def test_a_gateway_that_starts_again_loses_nothing(gate, snapshot):
    first = gate(snapshot)
    wait_for_answers(first)
    age(snapshot)
    first.stop()
    gateway = gate(snapshot)
    visitor = logged_in(gateway)
    snapshot.ask("DEL", *snapshot.ask("KEYS", f"sessiongate:*:s:{visitor.token[:20]}"))
    assert visitor.visit().token() == ""


def test_a_lock_that_was_lost_is_nobodys(gate, snapshot, held):
    """Its holder saves no more when another one has had it since."""
    gateway = gate(snapshot, route={"lock": "exclusive"})
    visitor = logged_in(gateway)
    snapshot.ask("SAVE")
    first = visitor.twin().begin("/slow", "X-Session-Set: a=2")
    held.until(1)
    restart(snapshot)
    wait_for_answers(gateway)
    assert visitor.visit(say="X-Session-Set: b=1").status == 200
    held.release()
    first()
    assert visitor.visit().seen["SESSION_ATTR_a"] == "1"


def test_an_empty_restart_clears_no_cookie(gate, snapshot):
    gateway = gate(snapshot)
    visitor = logged_in(gateway)
    snapshot.kill()
    dump = os.path.join(snapshot.folder, "dump.rdb")
    assert not os.path.exists(dump)
    snapshot.start()
    wait_for_answers(gateway)
    page = visitor.visit()
    assert (page.status, page.state, page.set_cookies) == (200, "none", {})

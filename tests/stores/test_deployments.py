"""Sessions of many gateways in one Redis, whatever stands there."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.browser import Browser
from harness.process import wait_until
from harness.redis_cluster import Cluster
from harness.redis_sentinel import SentinelGroup
from harness.redis_server import RedisServer, Security
from harness.stores import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_gateways_share_sessions(serve, gate, kind):
    servers = serve(KINDS[kind])
    one, other = gate(servers), gate(servers)
    visitors = [Browser(one) for _ in range(20)]  # on a Cluster each is in a slot of its own
    for number, visitor in enumerate(visitors):
        assert visitor.visit(say=[f"X-Session-Login: u{number % 3}", f"X-Session-Set: n={number}"]).status == 200
    for number, visitor in enumerate(visitors):
        seen = Browser(other, visitor.cookies).visit().seen
        assert (seen["SESSION_USER"], seen["SESSION_ATTR_n"]) == (f"u{number % 3}", str(number))
    assert Browser(other, visitors[0].cookies).visit(say="X-Session-Logout: self").status == 200
    assert visitors[0].visit().state == "none"


def test_a_password_is_in_no_log(serve, gate):
    password = "p@ss:w/rd%"
    encoded = "p%40ss%3Aw%2Frd%25"
    server = serve(RedisServer, security=Security(password=password))
    gateway = gate(server, {"url": f"redis://:{encoded}@{server.address}/3"})
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200
    server.kill()
    assert Browser(gateway).visit().status in (200, 503)
    assert password not in gateway.log and encoded not in gateway.log
    wait_until(lambda: f"redis://:***@{server.address}/3" in gateway.log, what="the log to name it")


def test_databases_are_apart(serve, gate):
    server = serve(RedisServer)
    visitor = Browser(gate(server, {"url": server.url + "/1"}))
    visitor.visit(say="X-Session-Set: a=1")
    assert Browser(gate(server), visitor.cookies).visit().state == "none"
    assert server.info("keyspace").keys() == {"db0", "db1"} or server.info("keyspace").keys() == {"db1"}
    assert visitor.visit().seen["SESSION_ATTR_a"] == "1"


def test_a_wrong_password_is_said(serve, gate):
    server = serve(RedisServer, security=Security(password="right"))
    gateway = gate(server, {"url": server.url.replace("right", "wrong")})
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 503
    wait_until(lambda: "WRONGPASS" in gateway.log, what="the log to say so")


@pytest.mark.against_the_clock(2)
def test_replicas_confirm_what_must_not_be_undone(serve, gate):
    group = serve(SentinelGroup)
    gateway = gate(group, {"confirm_replicas": 2, "timeout": "2s"})
    known, other = Browser(gateway), Browser(gateway)
    for browser in (known, other):
        assert browser.visit(say="X-Session-Login: alice").status == 200
    for server in group.servers:
        if server is not group.master():
            server.hang()
    # nobody waits for them with what may be done again
    assert known.visit(say="X-Session-Set: a=1").status == 200
    assert known.visit().seen["SESSION_ATTR_a"] == "1"
    assert Browser(gateway).visit(say="X-Session-Login: bob").status == 503
    wait_until(lambda: "store.confirm_replicas" in gateway.log, what="the log to say so")
    assert other.visit(say="X-Session-Rotate: 1").status == 503
    assert known.twin().visit(say="X-Session-Logout: self").status == 503
    assert known.visit().state == "none", "it stands all the same"


@pytest.mark.against_the_clock(0.5)
def test_what_waits_for_missing_replicas_keeps_nothing_from_being_done(serve, gate):
    server = serve(RedisServer)
    gateway = gate(server, {"confirm_replicas": 1, "timeout": "1s"})
    visitors = [Browser(gateway) for _ in range(20)]
    for visitor in visitors:
        assert visitor.visit(say="X-Session-Set: a=1").status == 200
    assert visitors[0].twin().visit(say="X-Session-Logout: self").status == 503
    with ThreadPoolExecutor(len(visitors)) as pool:
        pages = list(pool.map(lambda visitor: visitor.twin().visit(say="X-Session-Logout: self"), visitors[1:]))
    assert {page.status for page in pages} == {503}
    assert {visitor.visit().state for visitor in visitors} == {"none"}
    assert "it does not answer in time" not in gateway.log, "no connection is given up for it"


def test_new_sessions_wait_for_slots_that_are_moved(serve, gate):
    """Some of a script's keys are there and the new one is not, so that no node does it (TRYAGAIN), for longer than a few tries last."""
    cluster = serve(Cluster)
    gateway = gate(cluster)
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200
    one, other = list(cluster.masters())[:2]
    with one.connect() as source:
        slots = {source.ask("CLUSTER", "KEYSLOT", f"{{{bucket:02x}}}") for bucket in range(256)}
        ranges = cluster.masters()[one]
        moved = [slot for slot in slots if any(first <= slot <= last for first, last in ranges)]
        target = cluster.id_of(other)
        for slot in moved:
            source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target)
        with ThreadPoolExecutor(30) as pool:
            visits = [pool.submit(Browser(gateway).visit, say="X-Session-Set: a=1") for _ in range(30)]
            wait_until(lambda: any(visit.done() for visit in visits), what="those of the other nodes to go on")
            time.sleep(1)  # and those that wait have time enough for all their tries
            late = [visit for visit in visits if not visit.done()]
            for slot in moved:
                source.ask("CLUSTER", "SETSLOT", slot, "STABLE")
            assert {visit.result().status for visit in visits} == {200}
    assert late, "none has waited"

"""A Redis that may have lost something: one event says so, whoever of the gateways sees it first, and each one's log."""

import pytest

from harness.browser import Browser
from harness.process import wait_until
from harness.redis_server import RedisServer

WORKERS = 2


def losses(server):
    """What has been told, as it is in all of its streams."""
    told = []
    with server.connect() as client:
        for stream in client.ask("KEYS", "*:events"):
            events = [dict(zip(fields[::2], fields[1::2])) for _, fields in client.ask("XRANGE", stream, "-", "+")]
            told += [event["cause"] for event in events if event["type"] == "store.data_lost"]
    return told


def wait_for(gateways, start):
    """All of them have asked the Redis that this starts."""
    ready = "greeting -> ready"
    before = [gateway.log.count(ready) for gateway in gateways]
    start()
    for gateway, count in zip(gateways, before):
        wait_until(lambda: gateway.log.count(ready) >= count + WORKERS, what="all of its workers to be back")
        assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200


@pytest.fixture
def server(serve):
    return serve(RedisServer)


@pytest.fixture
def gateways(server, start):
    """Three, of which none has lost anything: an empty Redis is a new one to who has never seen another."""
    gateways = [start(store=server.store, workers=WORKERS) for _ in range(3)]
    for gateway in gateways:
        wait_until(lambda: gateway.log.count("greeting -> ready") == WORKERS, what="all of its workers")
        assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200
    assert losses(server) == []
    return gateways


def test_one_that_was_started_empty(gateways, server):
    server.kill()
    wait_for(gateways, server.start)
    wait_until(lambda: losses(server) == ["empty"], what="the event")
    for gateway in gateways:
        wait_until(lambda: gateway.log.count("warn  store.data_lost cause=empty") == 1, what="its log to say so")


def test_one_that_was_started_from_an_old_snapshot(gateways, server):
    server.ask("SAVE")
    server.kill()
    wait_for(gateways, server.start)
    wait_until(lambda: losses(server) == ["other-instance"], what="the event")
    server.kill()
    wait_for(gateways, server.start)
    assert losses(server) == ["other-instance"], "the first one was lost itself"


def test_one_that_was_flushed_under_way(gateways, server):
    """Somebody looks every ten seconds; until then whoever comes first to a bucket has it whole since now."""
    server.ask("FLUSHALL")
    for _ in range(20):
        assert Browser(gateways[0], {"sg_session": "A" * 52}).visit().status == 200
    wait_until(lambda: losses(server) == ["empty"], what="the event")


def test_one_that_nobody_has_looked_after(start, server, gateways):
    for gateway in gateways:
        gateway.stop()
    for meta in server.ask("KEYS", "*:meta"):
        server.ask("HINCRBY", meta, "beat", "-61000")
    wait_until(lambda: Browser(start(store=server.store)).visit(say="X-Session-Set: a=1").status == 200, what="an answer")
    wait_until(lambda: losses(server) == ["unattended"], what="the event")

"""What happened a moment ago is there for who asks now: the worker that reads what happened is rung for."""

import threading
import time
from contextlib import closing

import pytest

from harness.event_stream import EventStream
from harness.metrics import Metrics
from harness.process import wait_until
from harness.redis_server import RedisServer

IN_A_ROW, TRIES = 8, 60


def always(look):
    """So often in a row, without waiting; of a machine that stood still meanwhile a few may be late."""
    row = 0
    for _ in range(TRIES):
        row = row + 1 if look() else 0
        if row == IN_A_ROW:
            return
    raise AssertionError("what happened a moment ago is not there")


@pytest.fixture(params=["memory", "redis"])
def shared(request, directory):
    """Settings of a store."""
    if request.param == "memory":
        yield {}
        return
    server = RedisServer(directory)
    yield {"store": server.store}
    server.stop()


@pytest.fixture
def served(serve, shared):
    gateway = serve(**shared)
    wait_until(lambda: gateway.nobody.get("/readyz").status == 200, what="the store to be there")
    return gateway


def types_of(gateway, id):
    return [event["type"] for event in gateway.admin.get("/api/v1/events").json["data"] if event["session"] == id]


def test_who_asks_finds_what_he_has_just_done(served, visitor):
    def login():
        return types_of(served, visitor(served, "alice").id) == ["session.created", "session.login"]

    def revocation():
        browser = visitor(served, "alice")
        served.admin.revoke(browser.id)
        return types_of(served, browser.id)[-1:] == ["session.revoked"]

    def explanation():
        browser = visitor(served, "alice")
        served.admin.revoke(browser.id)
        return served.admin.get(f"/api/v1/explain/{browser.id}").status == 200

    def next_one():
        last = served.admin.get("/api/v1/events", limit=1).json["data"][-1]["id"]
        visitor(served)
        return len(served.admin.get("/api/v1/events", after=last).json["data"]) == 1

    for look in [login, revocation, explanation, next_one]:
        always(look)


def test_a_stream_begins_with_what_comes_next(served, visitor):
    def look():
        visitor(served)
        with closing(EventStream(served.admin)) as stream:
            late = visitor(served).id
            return stream.next()["session"] == late

    always(look)


def test_many_who_ask_are_answered_by_one_read(gateway):
    """However often somebody asks: the store is read ten times a second, and at most a hundred times for them."""
    def reads():
        return Metrics(gateway.admin)("sessiongate_store_operations_total", operation="events", result="ok")

    begun, before, answers = time.monotonic(), reads(), []
    threads = [threading.Thread(target=lambda: answers.extend(gateway.admin.get("/api/v1/events").status for _ in range(40))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = reads()
    assert answers == [200] * 160
    assert 0 < after - before <= (time.monotonic() - begun) * 150 + 5


@pytest.mark.parametrize("mood", ["stall", "fail"])
def test_while_the_store_does_not_answer_what_is_known_is_said(moody, visitor, mood):
    gateway = moody()
    id = visitor(gateway).id
    wait_until(lambda: types_of(gateway, id) == ["session.created"], what="the creation")
    gateway.store.tell(mood, "events")
    later = visitor(gateway).id
    assert types_of(gateway, id) == ["session.created"] and types_of(gateway, later) == []
    gateway.store.fine()
    wait_until(lambda: types_of(gateway, later) == ["session.created"], what="the creation of the other one")

"""When descriptors run out: what runs goes on, what is new waits, and all is well again by itself."""

import json
import os
import resource
import time

import pytest

from harness import fastcgi
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import SOON_S, wait_until

IDLE_CPU_S = 0.2  # in two seconds: a loop that turns without sleeping has used all of them


class Descriptors:
    """Of a running gateway: taken away and given back."""

    def __init__(self, gateway):
        self.pid = gateway.process.pid
        self.before = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)

    def take(self, leave=0):
        """None is left, or so many."""
        used = {int(fd) for fd in os.listdir(f"/proc/{self.pid}/fd")}
        free = (fd for fd in range(1 << 20) if fd not in used)
        for _ in range(leave):
            next(free)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (next(free), self.before[1]))

    def give_back(self):
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, self.before)


def assert_idle(gateway, seconds=2):
    before = gateway.process.cpu_s()
    time.sleep(seconds)
    assert gateway.process.cpu_s() - before < IDLE_CPU_S, "it turns in circles"


@pytest.mark.parametrize("workers", [1, 2])
def test_accepting_pauses_and_recovers(start, held, workers):
    gateway = start(workers=workers, application={"idle_connections": 4})
    busy, kept = gateway.front(), gateway.front()
    busy.send(request(get("/slow")))
    held.until(1)
    kept.assert_alive()
    descriptors = Descriptors(gateway)
    descriptors.take()
    waiting = [gateway.front() for _ in range(20)]
    for front in waiting:
        front.send(request(get()))
    wait_until(lambda: "new connections wait: Too many open files" in gateway.log)
    assert_idle(gateway)
    kept.assert_alive()
    held.release()
    assert busy.answer().status == 200
    assert gateway.log.count("new connections wait") <= workers, "a line, and not thousands"
    descriptors.give_back()
    assert [front.answer().status for front in waiting] == [200] * 20
    wait_until(lambda: "new connections are taken again" in gateway.log)


@pytest.mark.against_the_clock(0.5)
def test_a_connection_that_has_long_been_idle_makes_room_for_a_new_one(start, held):
    gateway = start(limits={"header_timeout": "500ms"})
    busy, idle, other = gateway.front(), gateway.front(), gateway.front()
    for front in idle, other:
        front.assert_alive()
    busy.send(request(get("/slow")))
    held.until(1)
    time.sleep(0.6)
    Descriptors(gateway).take()
    assert gateway.front().ask().status == 200
    assert idle.closes_within(SOON_S), "for the new connection"
    assert other.closes_within(SOON_S), "for its application's"
    held.release()
    assert busy.answer().status == 200


@pytest.mark.against_the_clock(0.5)
def test_a_connection_that_has_long_been_idle_makes_room_for_an_application(start, held):
    gateway = start(application={"idle_connections": 0}, limits={"header_timeout": "500ms"})
    busy, idle, asking = gateway.front(), gateway.front(), gateway.front()
    busy.send(request(get("/slow")))
    held.until(1)
    idle.assert_alive()
    time.sleep(0.6)
    asking.assert_alive()
    Descriptors(gateway).take()
    asking.assert_alive()
    assert idle.closes_within(SOON_S)
    held.release()
    assert busy.answer().status == 200


@pytest.mark.against_the_clock(0.5)
def test_without_one_for_the_application_a_request_waits(start, held):
    gateway = start(application={"idle_connections": 0, "queue": {"timeout": "1s"}})
    busy, kept = gateway.front(), gateway.front()
    kept.assert_alive()
    busy.send(request(get("/slow")))
    held.until(1)
    descriptors = Descriptors(gateway)
    descriptors.take()
    assert problem(kept.ask()) == (503, "overloaded")
    assert_idle(gateway)
    kept.send(request(get()))
    with pytest.raises(TimeoutError):
        kept.record(0.3)
    held.release()  # whose connection is free then
    assert busy.answer().status == 200
    assert kept.answer().status == 200
    wait_until(lambda: gateway.log.count("requests wait for a connection") == 1, what="the log to say so, once")


def test_without_one_for_the_spool_an_upload_is_refused(start, app):
    gateway = start(application={"buffer_request": "4k"})
    front = gateway.front()
    front.assert_alive()
    body = os.urandom(100000)
    params = post(b"", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
    descriptors = Descriptors(gateway)
    descriptors.take()
    assert problem(front.ask(params, body)) == (503, "overloaded")
    front.assert_alive()
    descriptors.give_back()
    answer = front.ask(params, body)
    assert (answer.status, json.loads(answer.body)["bytes"]) == (200, len(body))


def test_a_reload_raises_the_limit_to_what_is_wanted(start):
    gateway = start(limits={"max_connections": 100, "requests": 100})
    hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (300, hard))
    gateway.config["limits"]["max_connections"] = 1000
    gateway.reload(gateway.config)
    wait_until(lambda: "configuration reloaded" in gateway.log)
    assert resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)[0] > 1000

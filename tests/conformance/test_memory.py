"""limits.memory: a ceiling for the process, whoever pushes, below which small requests go on."""

import fcntl
import os
import resource
import struct
import termios
import time
from contextlib import contextmanager
from threading import Event

import pytest

from harness import fastcgi
from harness.address import connect
from harness.application import Application, echo
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import PATIENCE_S, wait_until
from harness.watch import Watch

CROWD = 10000


@contextmanager
def descriptors(count):
    """At both ends: the gateway inherits what we may have."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert before[1] >= count, f"{before[1]} descriptors are allowed, this test needs {count}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(count, before[0]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Crowd:
    """Many connections at once, of which only what the gateway does to others matters."""

    def __init__(self, gateway, count):
        self.sockets = [connect(gateway.address, PATIENCE_S) for _ in range(count)]

    def send(self, data):
        for s in self.sockets:
            try:
                s.sendall(data)
            except OSError:
                pass  # closed, as it may be

    def flood(self, data):
        """As much of it as is taken at once."""
        for s in self.sockets:
            s.setblocking(False)
            try:
                s.send(data)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.sockets:
            s.close()


def opening(total=256 << 10):
    """BEGIN and PARAMS of a POST; names and values are so many bytes together, in values that any record holds."""
    params = post(b"", CONTENT_LENGTH=1000000)
    left = total - sum(len(name) + len(str(value)) for name, value in params.items())
    while left > 0:
        name = f"HTTP_X_{len(params):04}"
        size = min(left - len(name), 50000)
        if 0 < left - len(name) - size < 100:
            size -= 100
        params[name] = "f" * size
        left -= len(name) + size
    return fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(params))


def trickle(crowd, seconds=3):
    for _ in range(seconds):
        crowd.send(fastcgi.record(fastcgi.STDIN, 1, b"b" * 150))
        time.sleep(1)


QUIET = {"log": {"level": "error", "access": False}}
# What is looked at is memory: on a busy machine an application may need longer than usual for those before.
PATIENT = {"application": {"queue": {"timeout": "60s"}}}


def test_10000_with_the_largest_params_and_slow_bodies(start):
    with descriptors(2 * CROWD):
        gateway = start(limits={"max_connections": 2 * CROWD, "requests": 2 * CROWD}, **QUIET, **PATIENT)
        with Crowd(gateway, CROWD) as crowd:
            data = opening()
            half = len(data) // 2
            with Watch(gateway) as watch:
                crowd.send(data[:half])
                crowd.send(data[half:])
                trickle(crowd)
        watch.assert_good()
        watch.assert_within(512)
        watch.assert_given_back()


def test_10000_with_the_default_limits(start):
    """Four thousand of them are refused as requests, and the last connections have to wait."""
    with descriptors(2 * CROWD):
        gateway = start(**QUIET, **PATIENT)
        with Watch(gateway) as watch, Crowd(gateway, CROWD - 100) as crowd:
            crowd.send(opening())
            trickle(crowd)
        watch.assert_good()
        watch.assert_within(512)
        watch.assert_given_back()


@pytest.mark.against_the_clock(1)
def test_1000_that_read_nothing_of_large_answers(start, app, directory):
    """The small requests have an application of their own: the other's connections are what the crowd waits for."""
    other = Application(f"unix:{directory}/large.sock", lambda exchange: (exchange.read_body(), exchange.reply("X-A: b", body=b"l" * 300000)))
    try:
        gateway = start(
            applications={
                "app": {"servers": [app.address]},
                "large": {"servers": [other.address], "queue": {"timeout": "60s"}},
            },
            routes=[{"path": "/", "application": "app"}, {"path": "/large", "application": "large"}],
            limits={"memory": "64m"},
            **QUIET,
        )
        with Crowd(gateway, 1000) as crowd, Watch(gateway) as watch:
            crowd.send(request(get("/large")))
            time.sleep(4)
        watch.assert_good()
        watch.assert_within(64)
        watch.assert_given_back()
    finally:
        other.close()


@pytest.mark.against_the_clock(1)
def test_200_that_ask_and_ask_and_read_nothing(start):
    gateway = start(limits={"memory": "32m", "requests_per_connection": 1}, **QUIET)
    with Crowd(gateway, 200) as crowd, Watch(gateway) as watch:
        for _ in range(20):
            crowd.flood(b"".join(fastcgi.begin(id) for id in range(1, 4000)))
            time.sleep(0.1)
    watch.assert_good()
    watch.assert_within(32)
    watch.assert_given_back()


@pytest.mark.against_the_clock(1)
def test_2000_with_a_long_get_values(start):
    gateway = start(limits={"memory": "32m"}, **QUIET)
    with Crowd(gateway, 2000) as crowd, Watch(gateway) as watch:
        crowd.send(fastcgi.record(fastcgi.GET_VALUES, 0, bytes(65535))[:-1])
        time.sleep(1)
    watch.assert_good()
    watch.assert_within(32)
    watch.assert_given_back()


def test_a_memory_of_eight_times_the_params_serves_the_largest_of_them(start):
    gateway = start(limits={"memory": "2m"})
    front = gateway.front()
    for _ in range(20):  # the rest of what others had is not in the way
        gateway.ask(body=os.urandom(20000))
    front.send(opening().replace(b"1000000", b"0000010") + fastcgi.stream(fastcgi.STDIN, 1, b"0123456789"))
    assert front.answer().status == 200
    front.assert_alive()


def test_with_less_than_that_they_are_refused_and_the_others_served(start, app):
    gateway = start(limits={"memory": "1m", "params_size": "512k"})
    for size in (0, 20000, 500000):
        body = os.urandom(size)
        assert gateway.ask(body=body).status == 200
        assert app.exchanges[-1].body == body
    front = gateway.front()
    front.send(opening(512 << 10))
    assert problem(front.answer()) == (503, "overloaded")
    gateway.front().assert_alive()


class Scarcity:
    """limits.memory used up to three quarters by large requests that wait for their bodies."""

    def __init__(self, gateway, count=40):
        self.fronts = [gateway.front() for _ in range(count)]
        for front in self.fronts:
            front.send(opening())
        self.refused = wait_until(self._refused, what="one to be refused")
        assert len(self.refused) < count

    def _refused(self):
        return [front for front in self.fronts if self._answered(front)]

    @staticmethod
    def _answered(front):
        try:
            front.note(front.record(0.001))
        except TimeoutError:
            pass
        return bool(front.answers)

    def close(self):
        for front in self.fronts:
            front.close()


def test_large_requests_are_refused_and_small_ones_go_on(start):
    gateway = start(limits={"memory": "8m"})
    scarcity = Scarcity(gateway)
    for front in scarcity.refused:
        answer = front.answer()
        assert (problem(answer), answer.protocol_status) == ((503, "overloaded"), fastcgi.REQUEST_COMPLETE)
    front = scarcity.refused[0]
    front.assert_alive()
    gateway.front().assert_alive()
    front.send(opening(15000).replace(b"1000000", b"0000010") + fastcgi.stream(fastcgi.STDIN, 1, b"0123456789"))
    assert front.answer().status == 200, "not more than its share"
    scarcity.close()
    wait_until(lambda: _served(gateway, opening().replace(b"1000000", b"0000000")))


def _served(gateway, data):
    front = gateway.front()
    front.send(data)
    status = front.answer().status
    assert status in (200, 503)
    front.close()
    return status == 200


def test_bodies_go_through_the_spool_when_memory_is_scarce(start, app):
    gateway = start(limits={"memory": "8m"})
    scarcity = Scarcity(gateway)
    for size in (1000, 60000, 2000000):
        body = os.urandom(size)
        assert gateway.ask(body=body).status == 200
        assert app.exchanges[-1].body == body
    scarcity.close()


def test_large_answers_go_on_when_memory_is_scarce(start, app):
    """In smaller pieces, for who reads them."""
    large = os.urandom(5 << 20)
    gateway = start(limits={"memory": "8m"})
    scarcity = Scarcity(gateway)
    app.play = lambda exchange: (exchange.read_body(), exchange.reply("X-A: b", body=large))
    for _ in range(3):
        answer = gateway.ask()
        assert (answer.status, answer.cut, answer.body == large) == (200, False, True)
    scarcity.close()


def _unread(connection):
    """So much of what was sent lies in the kernel."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]


def test_an_answer_that_waits_as_memory_becomes_scarce_goes_on(start, app):
    """What was not too much of it before is too much now: whoever then stops reading from the application, as here for a
    word on STDERR, must go on when the answer is taken."""
    waits, go = Event(), Event()
    half, rest = os.urandom(300000), os.urandom(100000)

    def play(exchange):
        if exchange.params["REQUEST_URI"] != "/half":
            return echo(exchange)
        exchange.out(b"X-A: b\r\n\r\n" + half)
        wait_until(lambda: not _unread(exchange.connection.socket))
        waits.set()
        exchange.wait(go)
        exchange.err("a word")
        wait_until(lambda: gateway.log.count("a word"))
        exchange.out(rest)
        exchange.end()

    app.play = play
    gateway = start(limits={"memory": "8m"})
    front = gateway.front()
    front.send(request(get("/half")))
    assert waits.wait(PATIENCE_S)
    scarcity = Scarcity(gateway)
    go.set()
    wait_until(lambda: gateway.log.count("a word"))
    answer = front.answer()
    assert (answer.cut, answer.body == half + rest) == (False, True)
    scarcity.close()


def test_at_the_limit_everything_new_is_refused_until_there_is_room_again(start):
    """Small ones alone use it up: none of them is larger than its share."""
    gateway = start(limits={"memory": "4m", "params_size": "64k"})
    kept = gateway.front()
    kept.assert_alive()
    with Crowd(gateway, 600) as crowd:
        crowd.send(opening(15000))
        answer = wait_until(lambda: _fill_up(gateway) and _refusal(kept))
        assert (problem(answer), answer.protocol_status) == ((503, "overloaded"), fastcgi.OVERLOADED)
    wait_until(lambda: kept.ask().status == 200)


def _fill_up(gateway):
    """One more half request: the last of the large ones may have left room for some small ones."""
    front = gateway.front()
    front.send(opening(1000))
    return front


def _refusal(front):
    answer = front.ask()
    return answer if answer.status != 200 else None


def test_a_reload_changes_the_memory(start):
    gateway = start(limits={"memory": "8m"})
    scarcity = Scarcity(gateway)
    gateway.config["limits"]["memory"] = "64m"
    gateway.reload(gateway.config)
    wait_until(lambda: _served(gateway, opening().replace(b"1000000", b"0000000")))
    scarcity.close()

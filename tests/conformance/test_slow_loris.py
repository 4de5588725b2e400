"""Peers that take their time, in every phase: each ends by its deadline with its answer or a close, and nobody else
notices. The first bytes of it are among the H cases of test_hostile."""

import os
import time
from threading import Event

import pytest

from harness import fastcgi
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import wait_until
from harness.watch import Watch

RST = (BrokenPipeError, ConnectionResetError)
LATE_S = 10  # on a busy machine


class Loris:
    """Sends one piece after the other, until it is answered or closed."""

    def __init__(self, gateway, at_once, then=(), pause=0.1):
        self.front = gateway.front()
        self.began = time.monotonic()
        self.front.send(at_once)
        self.seconds = None
        for piece in then:
            if self._ended(pause):
                return
            try:
                self.front.send(piece)
            except RST:
                break
        wait_until(lambda: self._ended(0.05), what="it to be ended")

    def _ended(self, seconds):
        """An END_REQUEST came, or the close."""
        until = time.monotonic() + seconds
        while True:
            try:
                record = self.front.record(max(until - time.monotonic(), 0.001))
            except TimeoutError:
                return False
            if record is not None:
                self.front.note(record)
            if record is None or record.type == fastcgi.END:
                self.seconds = time.monotonic() - self.began
                return True

    @property
    def ending(self):
        return problem(self.front.answer()) if self.front.answers else "closed"


def endless(piece):
    while True:
        yield piece


def one_by_one(data):
    return [bytes([byte]) for byte in data]


PARAMS = fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(get(HTTP_X_FILL="f" * 1000)))
LATE = (408, "request-timeout")


@pytest.mark.parametrize(
    "at_once, then, ending",
    [
        pytest.param(b"\x01", [], "closed", id="a byte"),
        pytest.param(fastcgi.begin()[:5], [], "closed", id="half a header"),
        pytest.param(fastcgi.begin()[:12], [], "closed", id="half of BEGIN"),
        pytest.param(fastcgi.begin(), [], LATE, id="BEGIN alone"),
        pytest.param(fastcgi.begin() + PARAMS[:100], [], LATE, id="half of PARAMS"),
        pytest.param(fastcgi.begin() + PARAMS[:100], one_by_one(PARAMS[100:]), LATE, id="PARAMS in single bytes"),
        pytest.param(
            fastcgi.begin(),
            [fastcgi.record(fastcgi.PARAMS, 1, byte, padding=9) for byte in one_by_one(PARAMS[8:])],
            LATE,
            id="PARAMS in records of a byte",
        ),
        pytest.param(fastcgi.begin(padding=200)[:20], endless(b"p"), LATE, id="the padding of BEGIN"),
        pytest.param(fastcgi.record(fastcgi.GET_VALUES, 0, bytes(5000))[:20], endless(b"\0"), "closed", id="GET_VALUES in single bytes"),
        pytest.param(fastcgi.record(fastcgi.STDIN, 7, bytes(5000))[:20], endless(b"s"), "closed", id="STDIN of nobody in single bytes"),
        pytest.param(fastcgi.record(99, 0, bytes(5000))[:20], endless(b"x"), "closed", id="an unknown record in single bytes"),
        pytest.param(fastcgi.begin(), endless(fastcgi.record(99, 1)), LATE, id="records of an unknown type instead of PARAMS"),
        pytest.param(fastcgi.begin(), endless(fastcgi.record(fastcgi.GET_VALUES, 0)), LATE, id="GET_VALUES instead of PARAMS"),
    ],
)
def test_params_have_a_deadline(start, at_once, then, ending):
    gateway = start(limits={"header_timeout": "1s"})
    with Watch(gateway) as watch:
        loris = Loris(gateway, at_once, then)
    assert loris.ending == ending
    assert 0.9 < loris.seconds < 1 + LATE_S
    watch.assert_good()


@pytest.mark.against_the_clock(1)
def test_the_deadline_counts_from_the_first_byte_of_begin(start):
    """Not from its last: BEGIN in drops would have it twice."""
    gateway = start(limits={"header_timeout": "3s"})
    loris = Loris(gateway, b"", one_by_one(fastcgi.begin() + PARAMS), pause=0.17)
    assert loris.ending == LATE
    assert 2.9 < loris.seconds < 5


@pytest.mark.against_the_clock(1)
def test_the_deadline_of_the_next_request_counts_from_its_own_first_byte(start):
    gateway = start(limits={"header_timeout": "2s"})
    front = gateway.front()
    front.assert_alive()
    front.send(request(get(), padding=100)[:-50])  # the padding of the last record is still to come
    assert front.answer().status == 200
    time.sleep(1.5)
    front.send(bytes(50) + fastcgi.begin()[:3])
    time.sleep(1)
    front.send(fastcgi.begin()[3:] + PARAMS + fastcgi.record(fastcgi.STDIN, 1))
    assert front.answer().status == 200


@pytest.mark.against_the_clock(1)
def test_a_kept_connection_has_it_for_each_request(start):
    gateway = start(limits={"header_timeout": "1s"})
    front = gateway.front()
    front.assert_alive()
    time.sleep(1.2)
    front.send(fastcgi.begin() + PARAMS[:50])
    assert problem(front.answer()) == LATE
    front.send(PARAMS[50:])
    front.assert_alive()


@pytest.mark.against_the_clock(1)
def test_many_ids_that_go_no_further(start):
    gateway = start(limits={"header_timeout": "1s", "requests_per_connection": 128})
    with Watch(gateway) as watch:
        fronts = [gateway.front() for _ in range(20)]
        for front in fronts:
            front.send(b"".join(fastcgi.begin(id) for id in range(1, 129)))
        for front in fronts:
            assert {problem(front.answer(id)) for id in range(1, 129)} == {LATE}
            front.assert_alive()
    watch.assert_good()


@pytest.mark.parametrize("at", [0, 5, 30, 100])
def test_a_half_close_before_the_end_of_params_ends_it_at_once(gateway, at):
    front = gateway.front()
    front.send((fastcgi.begin() + PARAMS)[:at])
    front.half_close()
    assert front.answer().cut and front.eof


def test_connections_that_say_nothing_make_room(start):
    gateway = start(limits={"max_connections": 50, "header_timeout": "1s"})
    time.sleep(0.2)
    silent = [gateway.front() for _ in range(50)]
    with Watch(gateway) as watch:
        time.sleep(2.5)
    watch.assert_good()
    assert any(front.closes_within(0.01) for front in silent)


def test_bodies_that_do_not_come(start, app):
    """Judged after ten seconds: all at once, to wait for them once."""
    gateway = start()
    params = fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"x" * 100000)))
    byte = fastcgi.record(fastcgi.STDIN, 1, b"x")
    cases = {
        "nothing": (params, b""),
        "half a header": (params + byte[:4], b""),
        "a byte now and then": (params, byte),
        "a byte of a large record": (params + fastcgi.record(fastcgi.STDIN, 1, bytes(50000))[:20], b"x"),
        "padding": (params + fastcgi.record(fastcgi.STDIN, 1, b"x", padding=255)[:9], b"p"),
        "unknown records": (params, fastcgi.record(99, 1)),
        "just too slow": (params, fastcgi.record(fastcgi.STDIN, 1, b"x" * 30)),
        "fast enough": (params, fastcgi.record(fastcgi.STDIN, 1, b"x" * 500)),
    }
    fronts = {name: gateway.front() for name in cases}
    with Watch(gateway) as watch:
        for name, front in fronts.items():
            front.send(cases[name][0])
        began = time.monotonic()
        late = {}
        while len(late) < len(cases) - 1:
            assert time.monotonic() - began < 40, f"only {list(late)} ended"
            for name, front in fronts.items():
                if name not in late and _answers(front, 0.01):
                    late[name] = (problem(front.answer()), time.monotonic() - began)
                elif name not in late:
                    front.send(cases[name][1])
            time.sleep(0.4)
    watch.assert_good()
    assert "fast enough" not in late
    assert {ending for ending, _ in late.values()} == {LATE}
    assert min(seconds for _, seconds in late.values()) > 9
    assert not [exchange for exchange in app.exchanges if exchange.params["REQUEST_URI"] != "/alive"]


def _answers(front, seconds):
    try:
        record = front.record(seconds)
    except TimeoutError:
        return False
    assert record is not None, "closed without an answer"
    front.note(record)
    return True


@pytest.mark.minute
def test_what_lasts_a_minute(start, app):
    """Answers that are not taken, and a body that stops although it was fast: 60 s, waited for once for all of them."""
    answer = os.urandom(4 << 20)

    def play(exchange):
        exchange.read_body()
        exchange.reply("X-A: b", body=answer if exchange.params["REQUEST_URI"] == "/big" else b"")

    app.play = play
    gateway = start(application={"read_timeout": "300s", "buffer_request": "4k"})
    fronts = {name: gateway.front() for name in ("reads nothing", "reads a byte", "reads nothing of many", "stops")}
    with Watch(gateway) as watch:
        began = time.monotonic()
        for name in "reads nothing", "reads a byte":
            fronts[name].send(request(get("/big")))
        fronts["reads nothing of many"].send(b"".join(request(get("/big"), id=id) for id in (1, 2, 3)))
        fronts["stops"].send(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"", CONTENT_LENGTH=200000))))
        fronts["stops"].send(fastcgi.stream(fastcgi.STDIN, 1, bytes(20000), close=False))
        ended = {}
        while len(ended) < len(fronts):
            assert time.monotonic() - began < 100, f"only {list(ended)} ended"
            fronts["reads a byte"].socket.recv(1)
            if "stops" not in ended and _answers(fronts["stops"], 0.3):
                ended["stops"] = time.monotonic() - began
            if gateway.log.count("takes no answer") == 3 and "reads nothing" not in ended:
                ended.update(dict.fromkeys(list(fronts)[:3], time.monotonic() - began))
            time.sleep(0.5)
    watch.assert_good()
    assert min(ended.values()) > 55
    assert problem(fronts["stops"].answer()) == LATE
    for name in "reads nothing", "reads nothing of many":
        assert fronts[name].answer().cut
    while fronts["reads a byte"].socket.recv(1 << 20):
        pass


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(fastcgi.record(fastcgi.STDIN, 7), id="empty STDIN of nobody"),
        pytest.param(fastcgi.record(fastcgi.PARAMS, 7, padding=255), id="padded PARAMS of nobody"),
        pytest.param(fastcgi.record(99, 7), id="an unknown type"),
        pytest.param(fastcgi.record(99, 0), id="an unknown management type"),
        pytest.param(fastcgi.record(fastcgi.GET_VALUES, 0), id="GET_VALUES that asks nothing"),
        pytest.param(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pair("FCGI_MAX_CONNS", "")), id="GET_VALUES"),
        pytest.param(fastcgi.record(fastcgi.ABORT, 7), id="ABORT of nobody"),
        pytest.param(fastcgi.record(fastcgi.STDIN, 7, bytes(60000)), id="STDIN of nobody without end"),
    ],
)
@pytest.mark.parametrize("beside", ["nothing", "a request"])
def test_records_that_lead_nowhere_have_an_end(start, held, record, beside):
    gateway = start()
    with Watch(gateway) as watch:
        front = gateway.front()
        if beside == "a request":
            front.send(request(get("/slow")))
            held.until(1)
        with pytest.raises(RST):
            for _ in range(3000):
                front.send(record * (200 if len(record) < 1000 else 1))
    held.release()
    watch.assert_good()
    wait_until(lambda: gateway.log.count("too many records that lead nowhere") == 1)


def test_a_flood_of_aborted_requests(start, app):
    """Each is a request like any other: it gets its END, and the next one is served."""
    gateway = start(log={"level": "error", "access": False})
    abort = fastcgi.begin() + PARAMS[:200] + fastcgi.record(fastcgi.ABORT, 1)
    rest = fastcgi.begin() + fastcgi.record(fastcgi.ABORT, 1)
    with Watch(gateway) as watch:
        front = gateway.front()
        for _ in range(50):
            front.send((rest * 99))
            for _ in range(99):
                assert front.record().type == fastcgi.END
        front.assert_alive()
        front.send(abort[:40] + bytes(0))
        front.close()
    watch.assert_good()
    watch.assert_given_back()


def test_an_aborted_request_lets_its_application_go(start, app, held):
    gateway = start(application={"max_connections": 2})
    for _ in range(20):
        front = gateway.front()
        front.send(request(get("/slow")))
        held.until(1)
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        assert front.record().type == fastcgi.END
        held.waiting = 0
    front.assert_alive()
    held.release()


# --- the application's side


def drip(exchange, data, until, pause=0.2):
    """A byte now and then, until the gateway has had enough."""
    for byte in one_by_one(data):
        if until.wait(pause):
            return
        exchange.raw(byte)


@pytest.fixture
def slow_app(start, app):
    """slow_app(script): a gateway whose application plays it, with a second of patience; but for /alive, with all of it."""
    done = Event()

    def start_with(script, **settings):
        def play(exchange):
            if exchange.params["REQUEST_URI"] == "/alive":
                exchange.read_body()
                exchange.reply("X-A: b")
            else:
                script(exchange, done)

        app.play = play
        slow = {"path": "/", "application": "app", "read_timeout": "1s"}
        return start(application=settings, routes=[slow, {"path": "/alive", "application": "app"}])

    yield start_with
    done.set()


HEAD = b"Content-Type: text/plain\r\nX-Fill: " + b"f" * 100 + b"\r\n\r\n"
TOO_LATE = (504, "application-timeout")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(fastcgi.stream(fastcgi.STDOUT, 1, HEAD, close=False), id="in one record"),
        pytest.param(b"".join(fastcgi.record(fastcgi.STDOUT, 1, byte) for byte in one_by_one(HEAD)), id="in records of a byte"),
        pytest.param(fastcgi.stream(fastcgi.STDERR, 1, HEAD, close=False), id="stderr"),
        pytest.param(fastcgi.record(42, 1) * 100, id="records that mean nothing"),
    ],
)
def test_a_header_block_in_drops(slow_app, app, data):
    gateway = slow_app(lambda exchange, done: (exchange.read_body(), drip(exchange, data, done)))
    with Watch(gateway) as watch:
        front = gateway.front()
        began = time.monotonic()
        assert problem(front.ask()) == TOO_LATE
        assert 0.9 < time.monotonic() - began < 2.5 + LATE_S
        front.assert_alive()
    watch.assert_good()


def test_an_answer_that_is_whole_and_never_ends(slow_app):
    def script(exchange, done):
        exchange.read_body()
        exchange.out("Content-Length: 4\r\n\r\nbody")
        done.wait()

    gateway = slow_app(script)
    front = gateway.front()
    answer = front.ask()
    assert (answer.status, answer.body, answer.protocol_status) == (200, b"body", fastcgi.REQUEST_COMPLETE)
    front.assert_alive()


def test_an_answer_of_unknown_length_that_never_ends(slow_app):
    def script(exchange, done):
        exchange.read_body()
        exchange.out("X-A: b\r\n\r\nbody")
        done.wait()

    gateway = slow_app(script)
    answer = gateway.ask()
    assert (answer.body, answer.cut) == (b"body", True)


def test_an_application_that_never_reads_its_body(slow_app):
    gateway = slow_app(lambda exchange, done: done.wait(), buffer_request="4k")
    body = bytes(5 << 20)
    front = gateway.front()
    with Watch(gateway) as watch:
        front.send(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(body))))
        front.send(fastcgi.stream(fastcgi.STDIN, 1, body))
        assert problem(front.answer()) == TOO_LATE
    watch.assert_good()
    front.assert_alive()


def test_slow_applications_keep_the_others_queue_short(slow_app):
    """All connections are held by slow ones: who waits is told so by the queue's deadline."""

    gateway = slow_app(lambda exchange, done: done.wait(), max_connections=2, queue={"timeout": "300ms"})
    fronts = [gateway.front() for _ in range(6)]
    for front in fronts:
        front.send(request(get("/hold")))
    endings = sorted(problem(front.answer()) for front in fronts)
    assert endings == [(503, "overloaded")] * 4 + [TOO_LATE] * 2
    fronts[0].assert_alive()

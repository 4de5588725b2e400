"""An application's answer, cut at every byte: the web server gets all of it, an answer of the gateway's, or a cut that it sees.

What is right at each byte is said by Shape, which counts what has come before it. The session that the answer speaks of is
saved when its header block is whole, once; else not. Nobody else notices, and the connection is never used again.
"""

import itertools
import signal
import socket
import struct
import time
from dataclasses import dataclass
from threading import Event

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.application import Application, echo
from harness.browser import Browser
from harness.fastcgi import END, STDERR, STDOUT, get, post, record, request
from harness.mortal import Mortal
from harness.problem import problem
from harness.process import PATIENCE_S, wait_until

READ_TIMEOUT_S = 8  # of answers that stall, all of them at once; what is said must come before, on any machine
TOGETHER = 300  # cuts at the same time
BODY = b"to be read whole"
KINDS = {
    "keep": (fastcgi.KEEP_CONN, None),
    "nginx": (0, "nginx/1.22.1"),
    "Apache": (0, "Apache/2.4.71"),
}


@dataclass(frozen=True)
class Shape:
    """An answer as its application means it, record by record, and what the first bytes of it amount to."""

    name: str
    fields: tuple = ()
    method: str = "GET"
    status: int = 200
    body: bytes = BODY
    body_read: bytes = None  # what a browser gets of it; None: all
    login: bool = False

    @property
    def head(self):
        lines = ["Status: %d" % self.status, *self.fields, "X-Session-Login: al" if self.login else "X-Session-Set: cut=1"]
        return "\r\n".join([*lines, "", ""]).encode()

    @property
    def records(self):
        """STDERR, the header block over three records with padding, the body in two or more, and both ends."""
        head, size = self.head, min(len(self.body) // 2 or 1, 50_000)
        blank = len(head) - 2  # between its last line and the blank one
        yield STDERR, b"oh", 1
        yield STDOUT, head[:9], 3
        yield STDOUT, head[9:blank], 0
        yield STDOUT, head[blank:] + self.body[:size], 2
        for rest in range(size, len(self.body), size):
            yield STDOUT, self.body[rest : rest + size], 0
        yield STDOUT, b"", 0
        yield END, fastcgi.end()[fastcgi.HEADER_BYTES :], 2

    @property
    def bytes(self):
        return b"".join(record(type, 1, body, padding) for type, body, padding in self.records)

    @property
    def edges(self):
        """Where something begins or ends, and a byte to each side."""
        ends = itertools.accumulate(fastcgi.HEADER_BYTES + len(body) + padding for _, body, padding in self.records)
        found = {edge + by for end in [0, *ends] for edge in (end, end + fastcgi.HEADER_BYTES) for by in (-1, 0, 1)}
        return sorted(edge for edge in found if 0 <= edge <= len(self.bytes))

    def cut(self, at):
        """(is the header block whole, the body so far, has it ended) of its first bytes."""
        output, ended, start = b"", False, 0
        for type, body, padding in self.records:
            come = max(0, min(len(body), at - start - fastcgi.HEADER_BYTES))
            if type == STDOUT:
                output += body[:come]
            ended |= type == END and come == len(body)
            start += fastcgi.HEADER_BYTES + len(body) + padding
        head, blank, body = output.partition(b"\r\n\r\n")
        return bool(blank), body, ended


LENGTH = Shape("length", ("Content-Length: %d" % len(BODY),))
NO_LENGTH = Shape("no length")
LOGIN = Shape("login", ("Content-Length: %d" % len(BODY),), login=True)
SHAPES = [
    LENGTH,
    NO_LENGTH,
    Shape("longer than its length", ("Content-Length: 7",), body_read=BODY[:7]),
    Shape("POST", ("Content-Length: %d" % len(BODY),), method="POST"),
    Shape("HEAD", ("Content-Length: %d" % len(BODY),), method="HEAD", body_read=b""),
    Shape("HEAD without a body", ("Content-Length: 99",), method="HEAD", body=b""),
    Shape("204", status=204, body=b""),
    Shape("304", ("ETag: x",), status=304, body_read=b""),
    LOGIN,
]


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


def say_eof(connection):
    connection.socket.shutdown(socket.SHUT_WR)


WAYS = {"EOF": say_eof, "close": lambda connection: connection.close(), "reset": reset, "stall": lambda connection: None}
SIGNALS = {"kill -9": signal.SIGKILL, "kill -STOP": signal.SIGSTOP}
SILENT = ("stall", "kill -STOP")


class Cutter:
    """An application that says so many bytes of a shape's answer and no more, beside the one that echoes."""

    def __init__(self, start, app, directory, shape, way):
        self.shape, self.way, self.cuts = shape, way, {}
        app.play = self._play_other
        address = f"127.0.0.1:{free_port()}"
        if way in SIGNALS:
            self.application = Mortal(address, shape.bytes, SIGNALS[way], directory)
        else:
            self.application = Application(address, self._play, backlog=1024)
        self.gateway = start(
            applications={
                "app": {"servers": [app.address], "max_connections": TOGETHER},
                "cut": {"servers": [self.application.address], "idle_connections": 2, "max_connections": TOGETHER},
            },
            routes=[
                {"path": "/cut", "application": "cut", "read_timeout": f"{READ_TIMEOUT_S if way in SILENT else 60}s"},
                {"path": "/", "application": "app"},
            ],
            limits={"requests": 2 * TOGETHER + 1, "max_connections": TOGETHER + 1},  # where a leak would show
        )
        self.witness = self.gateway.front()

    def _play(self, exchange):
        at = int(exchange.params["CUT"])
        cut = self.cuts[at]
        exchange.read_body()
        cut.exchanges.append(exchange)
        exchange.raw(self.shape.bytes[:at])
        WAYS[self.way](exchange.connection)
        try:
            if self.way in ("EOF", "stall") and exchange.connection.record() is not None:
                cut.reused = True
        finally:
            cut.over.set()
            exchange.connection.close()

    def _play_other(self, exchange):
        """Holds an answer until the one beside it has been cut."""
        if "BESIDE" in exchange.params:
            exchange.wait(self.cuts[int(exchange.params["BESIDE"])].over)
        echo(exchange)

    def run(self, kind="keep", where=None):
        flags, software = KINDS[kind]
        where = range(len(self.shape.bytes) + 1) if where is None else where
        for first in range(0, len(where), TOGETHER):
            cuts = [Cut(self, at, flags, software) for at in where[first : first + TOGETHER]]
            self.cuts = {cut.at: cut for cut in cuts}
            for step in (Cut.enter, Cut.entered, Cut.ask, Cut.judge, Cut.come_back, Cut.judge_session):
                for cut in cuts:
                    step(cut)
            self.witness.assert_alive()
            for cut in cuts:
                cut.front.close()

    def close(self):
        self.application.close()
        if self.way not in SIGNALS:
            self.application.assert_framing()


class Cut:
    """One visitor, whose answer is cut at one byte."""

    def __init__(self, cutter, at, flags, software):
        self.cutter, self.shape, self.at, self.flags, self.software = cutter, cutter.shape, at, flags, software
        self.head_is_whole, self.body, self.ended = self.shape.cut(at)
        self.over, self.reused, self.exchanges = Event(), False, []
        if cutter.way in SIGNALS:
            self.over.set()  # nobody there can tell
        self.browser = Browser(cutter.gateway)
        self.front = cutter.gateway.front()
        self.what = f"{self.shape.name}, {cutter.way} after {at} bytes"

    def enter(self):
        self.front.send(request(self.browser.params(say="X-Session-Set: before=1"), id=1))

    def entered(self):
        self.browser.learn(self.front.answer())
        assert self.browser.token

    def ask(self):
        body = b"asked" if self.shape.method == "POST" else b""
        params = self.browser.params(
            "/cut", CUT=str(self.at), REQUEST_METHOD=self.shape.method, CONTENT_LENGTH=str(len(body)), SERVER_SOFTWARE=self.software
        )
        self.front.send(request(get("/", BESIDE=str(self.at)), id=3) + request(params, body, id=1, flags=self.flags))

    def judge(self):
        beside = self.front.answer(3)
        assert (beside.cut, beside.protocol_status) == (False, 0), f"{self.what}: another request has noticed"
        assert beside.status == 200
        answer = self.front.answer(1)
        self._judge_answer(answer)
        self._judge_connection(answer)
        assert not self.reused, f"{self.what}: the connection was used again"
        # one that was kept and dies before any byte of an answer may be asked for once more
        assert len(self.exchanges) <= (2 if self.at == 0 and self.shape.method in ("GET", "HEAD") else 1), self.what
        self.answer = answer

    def _judge_answer(self, answer):
        if not self.head_is_whole:
            self._judge_problem(answer)
            return
        length = answer.header("Content-Length")
        right = self.shape.body if self.shape.body_read is None else self.shape.body_read
        come = self.body[: len(right)]
        lost = self.cutter.way == "reset" and len(answer.body) < len(come)  # a reset overtakes what is on its way
        assert answer.status == self.shape.status, self.what
        assert answer.body == (come[: len(answer.body)] if lost else come), self.what
        whole = (self.ended and not lost) or (len(answer.body) == len(right) and (length is not None or not right))
        seen_by_length = self.flags == 0 and self.software == "nginx/1.22.1" and length is not None
        assert answer.cut == (not whole and not seen_by_length), self.what
        if whole:
            assert answer.body == right, self.what

    def _judge_problem(self, answer):
        right = (504, "application-timeout") if self.cutter.way in SILENT else (502, "bad-response")
        assert answer.protocol_status == 0, self.what
        if self.shape.method == "HEAD":
            assert (answer.status, answer.body) == (right[0], b""), self.what
        else:
            assert problem(answer) == right, self.what

    def _judge_connection(self, answer):
        if answer.cut or not self.flags:
            assert self.front.closes_within(PATIENCE_S), self.what
        else:
            self.front.assert_alive()

    def come_back(self):
        self.browser.learn(self.answer)
        if self.front.eof:
            self.front.close()
            self.front = self.cutter.gateway.front()
        self.front.send(request(self.browser.params()))

    def judge_session(self):
        session = self.browser.learn(self.front.answer()).seen
        assert session["SESSION_ATTR_before"] == "1"
        assert session["SESSION_VERSION"] == ("2" if self.head_is_whole else "1"), self.what
        assert ("SESSION_ATTR_cut" in session) == (self.head_is_whole and not self.shape.login), self.what
        assert session.get("SESSION_USER") == ("al" if self.head_is_whole and self.shape.login else None), self.what


@pytest.fixture
def cutter(start, app, directory):
    made = []

    def make(shape, way):
        made.append(Cutter(start, app, directory, shape, way))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("way", ["EOF", "close", "reset"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_cut_at_every_byte(cutter, shape, way):
    cutter(shape, way).run()


@pytest.mark.parametrize("kind", ["nginx", "Apache"])
@pytest.mark.parametrize("shape", [LENGTH, NO_LENGTH], ids=lambda shape: shape.name)
def test_cut_for_web_servers_that_do_not_keep_connections(cutter, shape, kind):
    """Which see it in different ways: application.md section 8."""
    cutter(shape, "close").run(kind)


@pytest.mark.parametrize("shape", [LENGTH, NO_LENGTH, LOGIN], ids=lambda shape: shape.name)
def test_stalled_at_every_byte(cutter, shape):
    cutter(shape, "stall").run()


def test_processes_that_die_at_every_byte(cutter):
    cutter(LENGTH, "kill -9").run()


def test_processes_that_stop(cutter):
    """Not at every byte: so many processes at once take longer than they may be silent."""
    cutter(LENGTH, "kill -STOP").run(where=LENGTH.edges)


@pytest.mark.parametrize("fields", [("Content-Length: 200000",), ()], ids=["length", "no length"])
@pytest.mark.parametrize("way", ["EOF", "reset"])
def test_a_large_answer_is_cut_at_the_edges_of_its_records(cutter, way, fields):
    """Where more of it has come than is held while the session is saved."""
    shape = Shape("large", fields, body=bytes(range(250)) * 800)
    cutter(shape, way).run(where=shape.edges)


def _play_half(app):
    """An answer that is cut when it is told, beside others that echo."""
    go = Event()

    def play(exchange):
        if exchange.params["REQUEST_URI"] != "/half":
            return echo(exchange)
        exchange.out(NO_LENGTH.head + b"half")
        exchange.wait(go)
        exchange.close()

    app.play = play
    return go


def _until_half(front):
    while not front.answers[1].stdout.endswith(b"half"):
        front.note(front.record())


def test_a_cut_does_not_wait_forever_for_the_others(gateway, front, app, held):
    hold = app.play
    go = _play_half(app)
    half = app.play
    app.play = lambda exchange: (hold if exchange.params["REQUEST_URI"] == "/slow" else half)(exchange)
    front.send(request(get("/slow"), id=3) + request(get("/half"), id=1))
    _until_half(front)
    held.until(1)
    began = time.monotonic()
    go.set()
    assert front.answer(1).cut
    assert 4 < time.monotonic() - began < 4 + PATIENCE_S
    assert front.answer(3).cut
    held.release()
    wait_until(lambda: gateway.front().ask().status == 200)


def test_while_a_cut_waits_others_may_come_and_go(front, app, held):
    """Its own upload is read away meanwhile, and it ends early when the web server gives it up."""
    hold = app.play
    go = _play_half(app)
    half = app.play
    app.play = lambda exchange: (hold if exchange.params["REQUEST_URI"] == "/slow" else half)(exchange)
    body = bytes(300_000)
    sent = request(post(body, "/half"), body, id=1)
    front.send(request(get("/slow"), id=3) + sent[:200_000])
    _until_half(front)
    held.until(1)
    go.set()
    front.send(sent[200_000:])
    for id in (5, 7):
        front.send(request(get(), id=id))
        assert front.answer(id).status == 200
    assert front.answers[1].protocol_status is None
    front.send(record(fastcgi.ABORT, 1))
    assert front.answer(1).protocol_status == 0
    held.release()
    assert front.answer(3).status == 200
    front.assert_alive()


@pytest.mark.against_the_clock(1)
@pytest.mark.parametrize("before", ["an application that died", "nothing"])
def test_half_a_record_beside_a_cut(start, app, held, before):
    """Nobody's record stays half sent. What else is unread is cut then, and what has been cut already stays so."""
    hold = app.play
    go = _play_half(app)
    half = app.play
    app.play = lambda exchange: (hold if exchange.params["REQUEST_URI"] == "/slow" else half)(exchange)
    gateway = start(limits={"header_timeout": "1s"})
    front = gateway.front()
    params = fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(bytes(300_000), "/half")))
    front.send(request(get("/slow"), id=3) + fastcgi.begin() + params)
    front.send(fastcgi.stream(fastcgi.STDIN, 1, bytes(100_000), close=False))
    _until_half(front)
    held.until(1)
    if before != "nothing":
        go.set()
        wait_until(lambda: gateway.log.count("the answer was cut") == 1)
    front.send(record(fastcgi.STDIN, 9, b"half")[:10])
    wait_until(lambda: gateway.log.count("the answer was cut") == 1)
    time.sleep(1.5)  # after which half a record is not waited for any more
    gateway.front().assert_alive()
    go.set()
    held.release()
    assert front.answer(1).cut

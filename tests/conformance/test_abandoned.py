"""A web server that goes away, at every byte of its request and while it reads the answer: nobody works on for it.

What had come whole before an EOF is still answered; everything else is let go, soon, and leaves nothing behind.
"""

import socket
import struct
import time

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.application import echo
from harness.fastcgi import get, post, request
from harness.process import SOON_S, wait_until

TOGETHER = 64
BODY = b"a body"
WHOLE = request(post(BODY, "/mine"), BODY)
COMPLETE = len(WHOLE) - fastcgi.HEADER_BYTES  # CONTENT_LENGTH bytes have come, the empty STDIN has not


def reset(front):
    front.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    front.close()


WAYS = {"close": lambda front: front.close(), "half-close": lambda front: front.half_close(), "reset": reset}
CASES = [("unix", "close"), ("unix", "half-close"), ("tcp", "close"), ("tcp", "half-close"), ("tcp", "reset")]


@pytest.fixture
def gate(start, app, directory):
    """gate(kind, …): a gateway where a leaked request, connection or slot of the pool is soon felt."""

    def make(kind, limits=None, **application):
        listen = f"unix:{directory}/gate.sock" if kind == "unix" else f"127.0.0.1:{free_port()}"
        gateway = start(
            listen=[listen],
            application={"max_connections": 4, "idle_timeout": "100ms", **application},
            limits={"requests": TOGETHER + 1, "max_connections": TOGETHER + 1, **(limits or {})},
        )
        witness = gateway.front()
        witness.assert_alive()
        wait_until(app.connections[0].closed_by_peer.is_set)
        gateway.witness, gateway.at_first = witness, gateway.process.descriptors()
        return gateway

    return make


def assert_nothing_is_left(gateway):
    wait_until(lambda: gateway.process.descriptors() <= gateway.at_first, what="all descriptors to be given back")
    for _ in range(2):
        fronts = [gateway.front() for _ in range(TOGETHER)]
        for front in fronts:
            front.send(request(get("/alive")))
        assert {front.answer().status for front in fronts} == {200}
        for front in fronts:
            front.close()
        wait_until(lambda: gateway.process.descriptors() <= gateway.at_first, what="all descriptors to be given back")
    gateway.witness.assert_alive()


def is_let_go(exchange):
    """Has the gateway hung up, or the answer been given?"""
    return exchange.connection.closed_by_peer.is_set() or exchange.stdin_closed


@pytest.mark.parametrize("buffer", [64, 0], ids=["buffered", "streamed"])
@pytest.mark.parametrize("kind, way", CASES)
def test_gone_at_every_byte_of_its_request(gate, app, kind, way, buffer):
    gateway = gate(kind, buffer_request=buffer)
    for first in range(0, len(WHOLE) + 1, TOGETHER):
        places = range(first, min(first + TOGETHER, len(WHOLE) + 1))
        fronts = [gateway.front() for _ in places]
        for at, front in zip(places, fronts):
            front.send(WHOLE[:at])
            WAYS[way](front)
        if way == "half-close":
            for at, front in zip(places, fronts):
                answer = front.answer()
                assert (answer.stdout != b"", answer.cut) == (at >= COMPLETE, at < COMPLETE), f"{at} bytes"
                assert at < COMPLETE or answer.status == 200
                assert front.closes_within(SOON_S)
                front.close()
        gateway.witness.assert_alive()
    mine = [exchange for exchange in app.exchanges if exchange.params["REQUEST_URI"] == "/mine"]
    if buffer:
        assert len(mine) <= len(WHOLE) + 1 - COMPLETE, "asked for half a request"
    for exchange in mine:
        wait_until(lambda: is_let_go(exchange), SOON_S, "an application to be let go")
    assert_nothing_is_left(gateway)


@pytest.mark.parametrize("kind, way", CASES)
def test_gone_while_its_body_is_spooled(gate, app, kind, way):
    """Of unknown length, so the application is asked when all has come; what lies in files is given back."""
    body = bytes(3000)
    params = post(body, "/mine", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    whole, all_spooled = request(params, body, size=500), TOGETHER * len(body)
    gateway = gate(kind, {"spool_size": "4k", "spool_total": all_spooled}, buffer_request=100)
    places = range(len(whole) - len(body) - 100, len(whole), 5)
    for first in range(0, len(places), TOGETHER):
        fronts = [(gateway.front(), at) for at in places[first : first + TOGETHER]]
        for front, at in fronts:
            front.send(whole[:at])
            WAYS[way](front)
        for front, at in fronts:
            if way == "half-close":
                assert front.answer().stdout == b"", f"{at} bytes"
            front.close()
        gateway.witness.assert_alive()
    assert not [exchange for exchange in app.exchanges if exchange.params["REQUEST_URI"] == "/mine"]
    assert_nothing_is_left(gateway)
    fronts = [gateway.front() for _ in range(TOGETHER)]
    for front in fronts:
        front.send(whole)
    assert {front.answer().status for front in fronts} == {200}


@pytest.mark.parametrize("kind, way", [case for case in CASES if case[1] != "half-close"])
def test_gone_while_the_application_works(gate, app, kind, way):
    app.play = lambda exchange: (exchange.read_body(), exchange.connection.record())
    gateway = gate_of_silence(gate, app, kind)
    front = gateway.front()
    front.send(WHOLE)
    wait_until(lambda: app.exchanges[-1].params["REQUEST_URI"] == "/mine")
    silent = app.exchanges[-1].connection
    wait_until(lambda: app.exchanges[-1].stdin_closed)
    gone = time.monotonic()
    WAYS[way](front)
    assert silent.closed_by_peer.wait(SOON_S)
    assert time.monotonic() - gone < SOON_S
    app.play = echo
    assert_nothing_is_left(gateway)


def gate_of_silence(gate, app, kind):
    """One that was seen to work before the application falls silent."""
    silent, app.play = app.play, echo
    gateway = gate(kind)
    app.play = silent
    return gateway


LARGE = bytes(3_000_000)
READ = [*range(0, 140, 3), 1000, 65_535, 65_536, 65_545, 200_000, 1_000_000]


@pytest.mark.parametrize("fields", [(b"Content-Length: %d" % len(LARGE),), ()], ids=["length", "no length"])
@pytest.mark.parametrize("kind, way", [case for case in CASES if case[1] != "half-close"])
def test_gone_at_bytes_of_the_answer(gate, app, kind, way, fields):
    over = []

    def play(exchange):
        if exchange.params["REQUEST_URI"] != "/mine":
            return echo(exchange)
        exchange.read_body()
        try:
            exchange.reply(b"X-A: b", *fields, body=LARGE)
        finally:
            over.append(exchange)

    app.play = play
    gateway = gate(kind)
    for first in range(0, len(READ), 4):
        fronts = [(gateway.front(), count) for count in READ[first : first + 4]]
        for front, count in fronts:
            front.send(WHOLE)
        for front, count in fronts:
            while count > 0:
                count -= len(front.socket.recv(count))
            WAYS[way](front)
        gateway.witness.assert_alive()
    wait_until(lambda: len(over) == len(READ), SOON_S, "all applications to be let go")
    assert_nothing_is_left(gateway)

"""What several requests do to each other on one front connection: nobody waits for ever for another one."""

import hashlib
import json
import os
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.application import echo
from harness.fastcgi import get, post, request
from harness.process import SOON_S, wait_until


def seen(answer):
    assert (answer.status, answer.protocol_status) == (200, 0)
    return json.loads(answer.body)


def upload(id, body, so_far):
    """A POST of which some has been sent."""
    params = fastcgi.stream(fastcgi.PARAMS, id, fastcgi.pairs(post(body)))
    return fastcgi.begin(id) + params + fastcgi.stream(fastcgi.STDIN, id, body[:so_far], close=False)


@pytest.mark.against_the_clock(1)
def test_a_header_block_that_was_paused_goes_on(start, app):
    """It comes in halves while a neighbour's answer fills the connection; once that is taken, its second half is read."""
    crowded, small = Event(), b"X-A: b\r\n"

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] == "/big":
            exchange.out(b"X-A: b\r\n\r\n" + bytes(3_000_000))
        else:
            exchange.wait(crowded)
            exchange.out(small)
            time.sleep(1)
            exchange.out(b"\r\nsmall")
        exchange.end()

    app.play = play
    front = start(application={"read_timeout": "3s"}).front()
    front.send(request(get("/small"), id=3))
    wait_until(lambda: app.exchanges)
    front.send(request(get("/big"), id=1))
    time.sleep(0.5)
    crowded.set()
    time.sleep(0.5)
    assert len(front.answer(1).body) == 3_000_000
    assert front.answer(3, timeout=SOON_S).body == b"small"


def test_an_upload_that_waits_for_a_connection_lets_the_other_one_end(start):
    """The only connection is the first one's, whose rest comes behind what the second one has no room for."""
    front = start(application={"buffer_request": 0, "max_connections": 1}).front()
    body = bytes(300_000)
    front.send(upload(1, body, 1000))
    time.sleep(0.3)
    front.send(upload(3, body, 200_000))
    time.sleep(0.3)
    front.send(fastcgi.stream(fastcgi.STDIN, 1, body[1000:]))
    front.send(fastcgi.stream(fastcgi.STDIN, 3, body[200_000:]))
    assert [seen(front.answer(id, timeout=SOON_S))["bytes"] for id in (1, 3)] == [len(body)] * 2


def _slow_upload_with_params_behind_it(front, body):
    """BEGIN of 3, all of 1, the rest of 3: what is behind the upload cannot be read before it."""
    rest = fastcgi.stream(fastcgi.STDIN, 1, body)
    behind = request(get(), id=3)[len(fastcgi.begin(3)) :]
    front.send(fastcgi.begin(3))
    sender = Thread(target=front.send, args=(upload(1, body, 0) + rest + behind,), daemon=True)
    sender.start()
    return sender


def test_an_upload_that_nobody_takes_lets_a_request_behind_it_pass(start, app):
    """What is over its window goes to the spool."""
    passed = Event()

    def play(exchange):
        if exchange.params["REQUEST_METHOD"] == "POST":
            exchange.wait(passed)
        echo(exchange)

    app.play = play
    front = start(application={"buffer_request": 0}).front()
    body = os.urandom(1_500_000)
    sender = _slow_upload_with_params_behind_it(front, body)
    assert seen(front.answer(3, timeout=SOON_S))["bytes"] == 0
    passed.set()
    assert seen(front.answer(1))["sha256"] == hashlib.sha256(body).hexdigest()
    sender.join()


@pytest.mark.against_the_clock(1)
def test_params_behind_a_held_upload_are_not_late(start, app):
    """Without a spool we do not read while the application is slow: that time is ours, not the web server's."""

    def play(exchange):
        if exchange.params["REQUEST_METHOD"] == "POST":
            time.sleep(2)
        echo(exchange)

    app.play = play
    front = start(application={"buffer_request": 0}, limits={"header_timeout": "1s", "spool_dir": ""}).front()
    body = bytes(1_500_000)
    sender = _slow_upload_with_params_behind_it(front, body)
    assert seen(front.answer(3))["bytes"] == 0
    assert seen(front.answer(1))["bytes"] == len(body)
    sender.join()

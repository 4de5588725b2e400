"""Bodies on their way through: the B cases of the FastCGI notes and application.md section 8."""

import hashlib
import json
import os
import socket
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.application import echo
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import SOON_S, wait_until

CHUNKED = {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"}


def seen(answer):
    assert (answer.status, answer.protocol_status) == (200, 0)
    return json.loads(answer.body)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_B01_20_mb_arrive_and_memory_stays_flat(gateway):
    body = os.urandom(1 << 20) * 20
    gateway.ask()
    before = gateway.memory_kib()
    front = gateway.front()
    front.send(request(post(body), body, size=32768))
    answer = seen(front.answer())
    assert (answer["bytes"], answer["sha256"]) == (len(body), sha256(body))
    assert gateway.memory_kib() - before < 8 * 1024


@pytest.mark.parametrize("buffer_request", ["64k", 0])
def test_B02_a_body_shorter_than_its_length(start, app, buffer_request):
    completed = []

    def play(exchange):
        exchange.read_body()
        completed.append(exchange)

    app.play = play
    front = start(application={"buffer_request": buffer_request}).front()
    front.send(request(get(REQUEST_METHOD="POST", CONTENT_LENGTH="6"), b"abc"))
    answer = front.answer()
    assert problem(answer) == (400, "bad-request")
    app.play = echo
    front.assert_alive()
    assert not completed, "the application took the short body for a whole one"
    assert all(connection.closed_by_peer.wait(SOON_S) for connection in app.connections[:-1])


@pytest.mark.parametrize("buffer_request", ["64k", 0])
def test_B03_more_stdin_than_content_length_is_cut_to_it(start, app, buffer_request):
    front = start(application={"buffer_request": buffer_request}).front()
    front.send(request(get(REQUEST_METHOD="POST", CONTENT_LENGTH="3"), b"abcdef"))
    answer = front.answer()
    if answer.status == 200:
        assert json.loads(answer.body)["sha256"] == sha256(b"abc")
    else:
        assert problem(answer) == (400, "bad-request")
    front.assert_alive()


@pytest.mark.parametrize("length", [None, "", "-1"])
@pytest.mark.parametrize("size", [0, 1, 20000, 300000])
def test_B04_a_body_of_unknown_length_is_counted(front, length, size):
    body = os.urandom(size)
    params = post(body, CONTENT_LENGTH=length, HTTP_TRANSFER_ENCODING="chunked")
    answer = seen(front.ask(params, body))
    assert answer["params"]["CONTENT_LENGTH"] == str(size)
    assert answer["sha256"] == sha256(body)
    assert "HTTP_TRANSFER_ENCODING" not in answer["params"]


# What each web server says of a chunked upload that it passes on.
CHUNKED_BY = {
    "nginx": lambda body: {"CONTENT_LENGTH": len(body), "HTTP_TRANSFER_ENCODING": "chunked"},
    "nginx unbuffered": lambda body: {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
    "Apache, small": lambda body: {"CONTENT_LENGTH": len(body)},
    "Apache, large": lambda body: {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"},
    "lighttpd": lambda body: {"CONTENT_LENGTH": len(body), "HTTP_CONTENT_LENGTH": len(body)},
    "Caddy": lambda body: {"CONTENT_LENGTH": "-1"},
    "HAProxy": lambda body: {"CONTENT_LENGTH": len(body)},
}


@pytest.mark.parametrize("server", CHUNKED_BY)
def test_R1_7_a_chunked_upload_reaches_the_application_with_its_length(front, server):
    body = os.urandom(30_000)
    answer = seen(front.ask(post(body, **CHUNKED_BY[server](body)), body))
    assert (answer["params"]["CONTENT_LENGTH"], answer["sha256"]) == (str(len(body)), sha256(body))
    assert "HTTP_TRANSFER_ENCODING" not in answer["params"]


def test_R1_31_the_clients_own_content_length_decides_nothing(front):
    """nginx and lighttpd pass it as a header, too."""
    answer = seen(front.ask(post(b"abc", HTTP_CONTENT_LENGTH="999"), b"abc"))
    assert (answer["bytes"], answer["params"]["HTTP_CONTENT_LENGTH"]) == (3, "999")


def test_B04_above_the_spool_limit_413(start, app):
    gateway = start(limits={"spool_size": "64k"})
    front = gateway.front()
    body = b"x" * 70000
    assert problem(front.ask(post(body, **CHUNKED), body)) == (413, "body-too-large")
    front.assert_alive()
    assert len(app.exchanges) == 1


def test_B04_without_a_spool_411(start, app):
    front = start(limits={"spool_dir": ""}).front()
    body = b"x" * 20000
    assert problem(front.ask(post(body, **CHUNKED), body)) == (411, "length-required")
    front.assert_alive()
    assert len(app.exchanges) == 1


def test_B04_the_spool_leaves_no_file(start, directory):
    spool = f"{directory}/spool"
    os.mkdir(spool)
    gateway = start(limits={"spool_dir": spool}, application={"buffer_request": "1k"})
    body = os.urandom(1 << 20)
    assert seen(gateway.ask(post(body, **CHUNKED), body))["sha256"] == sha256(body)
    assert os.listdir(spool) == []


@pytest.mark.parametrize("where", ["limits", "route"])
def test_B05_body_size(start, app, where):
    settings = {"limits": {"body_size": "10k"}} if where == "limits" else {"route": {"body_size": "10k"}}
    front = start(**settings).front()
    assert seen(front.ask(post(b"x" * 10240), b"x" * 10240))["bytes"] == 10240
    assert problem(front.ask(post(b"x" * 10241), b"x" * 10241)) == (413, "body-too-large")
    front.assert_alive()


@pytest.mark.parametrize("length", ["x", "1x", "+5", "5 5", "-2", "99999999999999999999999", "0x10"])
def test_B06_a_content_length_that_is_none(front, app, length):
    front.send(request(get(REQUEST_METHOD="POST", CONTENT_LENGTH=length), b"12345"))
    assert problem(front.answer()) == (400, "bad-request")
    assert not app.exchanges


def test_B07_a_trickling_upload_is_408(start, app):
    """The rate is judged after the first ten seconds."""
    front = start().front()
    front.send(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"x" * 5000))))
    began = time.monotonic()
    while True:
        front.send(fastcgi.record(fastcgi.STDIN, 1, b"x"))
        try:
            answer = front.answer(timeout=0.9)
            break
        except TimeoutError:
            assert time.monotonic() - began < 20, "nobody ends it"
    assert problem(answer) == (408, "request-timeout")
    assert time.monotonic() - began > 9
    assert not app.connections, "an application connection is held for a body that is not there"


@pytest.mark.parametrize("flags", [0, fastcgi.KEEP_CONN])
def test_B08_a_slow_reader_pauses_the_application(gateway, app, flags):
    part, count = os.urandom(1 << 16), 208  # 13 MB
    written = []
    app.play = _much(part, count, written)
    seen(gateway.ask())
    before = gateway.memory_kib()
    slow = gateway.front()
    slow.send(request(get("/big"), flags=flags))
    time.sleep(0.7)
    assert len(written) < count / 2, "nothing holds the application back"
    assert gateway.memory_kib() - before < 6 * 1024
    seen(gateway.ask(get("/other")))
    answer = slow.answer()
    assert answer.protocol_status == 0
    assert sha256(answer.body) == sha256(part * count)


def _much(part, count, written):
    """For /big; written: what of it was taken."""

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] != "/big":
            return echo(exchange)
        exchange.out(b"Content-Type: text/plain\r\n\r\n")
        for _ in range(count):
            exchange.raw(fastcgi.stream(fastcgi.STDOUT, exchange.id, part, size=32768, close=False))
            written.append(len(part))
        exchange.end()

    return play


def test_B08_who_shares_a_slow_readers_connection_is_answered_once_that_reads(gateway, app):
    part, count, written = os.urandom(1 << 16), 100, []
    app.play = _much(part, count, written)
    slow = gateway.front()
    slow.send(request(get("/big")))
    time.sleep(0.5)
    assert len(written) < count, "nothing holds the application back"
    slow.send(request(get("/other"), id=3))
    seen(slow.answer(3))
    assert sha256(slow.answer(1).body) == sha256(part * count)


def test_B09_stdin_of_a_get(front):
    answer = seen(front.ask(get(CONTENT_LENGTH="5"), b"hello"))
    assert (answer["bytes"], answer["sha256"]) == (5, sha256(b"hello"))


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_B10_no_body_where_none_may_be(front, app, method, status):
    done = Event()

    def play(exchange):
        exchange.read_body()
        exchange.out(f"Status: {status} X\r\nContent-Type: text/plain\r\n\r\nbody that must not pass")
        time.sleep(0.2)
        done.set()
        exchange.end()

    app.play = play
    answer = front.ask(get(REQUEST_METHOD=method))
    assert done.is_set(), "the end came before the application's"
    assert (answer.status, answer.body, answer.protocol_status) == (status, b"", 0)
    app.play = echo
    front.assert_alive()


def test_B10_head_keeps_the_content_length(front, app):
    app.play = lambda exchange: (exchange.read_body(), exchange.reply("Content-Length: 1234"))
    answer = front.ask(get(REQUEST_METHOD="HEAD"))
    assert (answer.header("Content-Length"), answer.body, answer.cut) == ("1234", b"", False)


def test_B11_an_answer_before_the_body_is_read(start, app):
    """The rest of STDIN is drained and the front connection lives on; the application's is not reused."""

    def play(exchange):
        if exchange.params["REQUEST_METHOD"] == "GET":
            return echo(exchange)
        exchange.reply("Status: 403 Forbidden", body="no")

    app.play = play
    front = start(application={"buffer_request": 0}).front()
    body = b"x" * 200000
    head = fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(body)))
    front.send(head + fastcgi.stream(fastcgi.STDIN, 1, body[:100], close=False))
    answer = front.answer()
    assert (answer.status, answer.body, answer.protocol_status) == (403, b"no", 0)
    front.send(fastcgi.stream(fastcgi.STDIN, 1, body[100:]))
    front.assert_alive()
    assert len(app.connections) == 2


@pytest.mark.parametrize("keep", [0, fastcgi.KEEP_CONN])
def test_B11_a_complete_answer_is_not_lost_to_a_reset(start, app, keep):
    """Closing with unread STDIN would send a reset, and Apache, Caddy and HAProxy lose the answer."""
    front = start(limits={"body_size": "1k"}).front()
    front.send(request(post(b"x" * 300000), b"x" * 300000, flags=keep))
    answer = front.answer()
    assert problem(answer) == (413, "body-too-large")
    assert not answer.cut


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_R0_5_no_reset_while_the_upload_is_still_coming(start, directory, kind):
    """Answered and done, we say EOF and read on: the web server may send all it has, and then finds the answer."""
    listen = f"unix:{directory}/drain.sock" if kind == "unix" else f"127.0.0.1:{free_port()}"
    front = start(listen=[listen], limits={"body_size": "1k"}).front()
    whole = request(post(bytes(600_000)), bytes(600_000), flags=0)
    front.send(whole[:300_000])
    answer = front.answer()
    assert problem(answer) == (413, "body-too-large")
    assert front.closes_within(SOON_S)
    front.send(whole[300_000:], step=50_000)
    assert not front.reset
    assert front.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_B11_the_rest_of_a_long_upload_is_read_away(start):
    """It counts by its bytes: small records are no sign of a web server gone wrong."""
    front = start(route={"body_size": "1k"}).front()
    body = bytes(20_000_000)
    front.send(request(post(body), body, size=8192))
    assert problem(front.answer()) == (413, "body-too-large")
    front.assert_alive()


@pytest.mark.against_the_clock(0.5)
def test_B11_a_record_that_we_do_not_read_is_not_late(start, app):
    """While an upload waits for its application we stop reading wherever we are, mostly inside a record: header_timeout is
    for what the web server withholds, not for what we leave lying."""

    def play(exchange):
        time.sleep(1.5)
        echo(exchange)

    app.play = play
    gateway = start(application={"buffer_request": 0}, limits={"header_timeout": "500ms"})
    body = bytes(600_000)
    whole = request(post(body), body, padding=255, size=255)
    fronts = [gateway.front() for _ in range(8)]
    threads = [Thread(target=front.send, args=(whole,), daemon=True) for front in fronts]
    for thread in threads:
        thread.start()
    assert [seen(front.answer())["bytes"] for front in fronts] == [len(body)] * len(fronts)
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("flags", [0, fastcgi.KEEP_CONN])
@pytest.mark.parametrize("how", ["ABORT", "close", "half-close"])
def test_R1_10_the_client_goes_in_the_middle_of_its_upload(start, app, how, flags):
    """The application is hung up on, and never takes what it got for a whole body."""
    gateway = start(application={"buffer_request": 0})
    front = gateway.front()
    front.send(
        fastcgi.begin(flags=flags)
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(bytes(5000), "/gone")))
        + fastcgi.stream(fastcgi.STDIN, 1, bytes(3000), close=False)
    )
    wait_until(lambda: app.exchanges)
    if how == "ABORT":
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        answer = front.answer()
        assert (answer.stdout, answer.app_status, answer.protocol_status) == (b"", 0, 0)
        if flags == 0:
            assert front.closes_within(SOON_S)
    elif how == "close":
        front.close()
    else:
        front.half_close()
        assert front.record() is None
    assert app.connections[0].closed_by_peer.wait(SOON_S)
    assert not app.exchanges[0].stdin_closed
    gateway.front().assert_alive()
    assert len(app.connections) == 2, "the connection of the aborted one was used again"


@pytest.mark.parametrize("how", ["ABORT", "close"])
def test_R1_10_buffered_the_application_never_hears_of_it(start, app, how):
    gateway = start()
    front = gateway.front()
    front.send(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"abcdef", "/gone"))))
    front.send(fastcgi.stream(fastcgi.STDIN, 1, b"abc", close=False))
    if how == "ABORT":
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        assert front.answer().stdout == b""
        front.assert_alive()
    else:
        front.close()
        gateway.front().assert_alive()
    assert [exchange.params["REQUEST_URI"] for exchange in app.exchanges] == ["/alive"]


@pytest.mark.parametrize("size", [0, 1, 65534, 65535, 65536, 65537])
def test_B12_any_bytes_both_ways(front, app, size):
    body = (bytes(range(256)) + fastcgi.begin() + fastcgi.end()) * (size // 256 + 1)
    body = body[:size]
    app.play = lambda exchange: exchange.reply("Content-Type: x/y", body=exchange.read_body())
    answer = front.ask(post(body), body)
    assert answer.body == body


def test_buffer_request_0_contacts_the_application_at_once(start, app):
    front = start(application={"buffer_request": 0}).front()
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"abcdef")))
        + fastcgi.stream(fastcgi.STDIN, 1, b"abc", close=False)
    )
    wait_until(lambda: app.exchanges and app.exchanges[0].params["CONTENT_LENGTH"] == "6")
    front.send(fastcgi.stream(fastcgi.STDIN, 1, b"def"))
    assert seen(front.answer())["sha256"] == sha256(b"abcdef")


def test_a_small_body_is_read_before_the_application_is_contacted(front, app):
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"abcdef")))
        + fastcgi.stream(fastcgi.STDIN, 1, b"abc", close=False)
    )
    time.sleep(0.2)
    assert not app.connections
    front.send(fastcgi.stream(fastcgi.STDIN, 1, b"def"))
    assert seen(front.answer())["sha256"] == sha256(b"abcdef")


def test_the_answer_streams(front, app):
    """The front sees the first part while the application still works on the second."""
    go = Event()

    def play(exchange):
        exchange.read_body()
        exchange.out(b"X-A: b\r\n\r\nfirst")
        exchange.wait(go)
        exchange.out(b"second")
        exchange.end()

    app.play = play
    front.send(request(get()))
    got = b""
    while b"first" not in got:
        got += front.record().body
    go.set()
    assert b"second" in front.answer().stdout

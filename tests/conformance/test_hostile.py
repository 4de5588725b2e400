"""Bytes that mean harm: the H cases of the FastCGI notes, each named by its id."""

import json
import random
import re
import resource
import time

import pytest

from harness import fastcgi
from harness.application import echo
from harness.fastcgi import get, pair, post, request
from harness.problem import problem
from harness.process import SOON_S, wait_until

RST = (BrokenPipeError, ConnectionResetError)


def seen(answer):
    assert (answer.status, answer.protocol_status) == (200, 0)
    return json.loads(answer.body)["params"]


def raw_params(data, id=1):
    return fastcgi.begin(id) + fastcgi.stream(fastcgi.PARAMS, id, data) + fastcgi.record(fastcgi.STDIN, id)


def refused(front):
    """400, or the connection closed."""
    answer = front.answer()
    assert (answer.cut and not answer.stdout) or problem(answer) == (400, "bad-request")
    return True


HUGE = b"\xff\xff\xff\xff"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HUGE + b"\x01" + b"abc", id="name"),
        pytest.param(b"\x01" + HUGE + b"abc", id="value"),
        pytest.param(HUGE + HUGE + b"abc", id="both"),
        pytest.param(b"\xff\xff\xff\xfe\x80\x00\x00\x01", id="just below 2^31"),
        pytest.param(b"\x01\x7f" + b"ab", id="value past the end"),
        pytest.param(b"\x01\x80\x00", id="a cut length"),
        pytest.param(b"\x05", id="a length alone"),
    ],
)
def test_H01_lengths_that_lie(gateway, app, data):
    before = gateway.memory_kib()
    front = gateway.front()
    front.send(raw_params(fastcgi.pairs(get()) + data))
    answer = front.answer()
    assert (answer.cut and not answer.stdout) or answer.status in (400, 431)
    assert not app.exchanges
    assert gateway.memory_kib() - before < 16 * 1024
    gateway.front().assert_alive()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(fastcgi.record(fastcgi.BEGIN, 1, bytes(8), version=0), id="version 0"),
        pytest.param(fastcgi.record(fastcgi.BEGIN, 1, b"\0\1\1" + bytes(5), version=2), id="version 2"),
        pytest.param(b"\x9c\x11\x42\x07\xee\x31\x00\x5a", id="eight bytes"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40), id="a TLS hello"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n", id="an HTTP GET"),
    ],
)
def test_H03_not_fastcgi(gateway, data):
    front = gateway.front()
    front.send(data)
    assert front.closes_within(SOON_S)
    gateway.front().assert_alive()


def test_H05_begin_without_params_is_capped_and_timed_out(start):
    gateway = start(limits={"requests_per_connection": 16, "header_timeout": "1s"})
    front = gateway.front()
    front.send(b"".join(fastcgi.begin(id) for id in range(1, 200)))
    ended = [front.answer(id) for id in range(1, 200)]
    assert all(answer.cut or answer.status in (408, 503) for answer in ended)
    gateway.front().assert_alive()


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(pair("", "x"), id="empty name"),
        pytest.param(pair("A=B", "x"), id="= in a name"),
        pytest.param(pair("A\0B", "x"), id="NUL in a name"),
        pytest.param(pair("HTTP_X_A", "a\0b"), id="NUL in a value"),
        pytest.param(pair("DOCUMENT_ROOT", "/a\0b"), id="NUL in a value of the server's"),
        pytest.param(pair("HTTP_X\rA", "x"), id="CR in a name"),
        pytest.param(pair("HTTP_X\nA", "x"), id="LF in a name"),
        pytest.param(pair("HTTP_X_A", "a\rb"), id="CR in a header"),
        pytest.param(pair("HTTP_X_A", "a\nX-B: c"), id="LF in a header"),
        pytest.param(pair("SCRIPT_NAME", "/a\x01b"), id="control byte in SCRIPT_NAME"),
        pytest.param(pair("PATH_INFO", "/a\nb"), id="newline in PATH_INFO"),
        pytest.param(pair("SCRIPT_FILENAME", "/a\x7fb"), id="DEL in SCRIPT_FILENAME"),
    ],
)
def test_H08_params_that_break_applications(front, app, bad):
    base = {key: value for key, value in get().items() if bad.find(key.encode()) < 0}
    front.send(raw_params(fastcgi.pairs(base) + bad))
    assert problem(front.answer()) == (400, "bad-request")
    assert not app.exchanges
    front.assert_alive()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "Http-Proxy", "HTTP.PROXY"])
def test_H09_the_proxy_header_never_passes(front, name):
    params = seen(front.ask(get(**{name: "http://evil.test/", "HTTP_X_A": "stays", "HTTP_PROXY_X": "stays"})))
    assert "http://evil.test/" not in params.values()
    assert (params["HTTP_X_A"], params["HTTP_PROXY_X"]) == ("stays", "stays")


# Attributes that would break out of a param or a header, and what becomes of them.
HARMFUL = {
    "CRLF": ("X-Session-Set: x=a%0d%0aX-Evil: 1", 200),
    "a control byte": ("X-Session-Set: x=a%1bb", 200),
    "NUL": ("X-Session-Set: x=a%00b", 502),
    "= in a name": ("X-Session-Set: x%3dy=1", 200),
    "a name of PHP": ("X-Session-Set: PHP_ADMIN_VALUE=auto_prepend_file=/etc/passwd", 200),
    "a name of the linker": ("X-Session-Set: LD_PRELOAD=/tmp/x.so", 200),
    "NUL in a name": ("X-Session-Set: x%00=1", 502),
    "1 MB": ("X-Session-Set: x=" + "v" * (1 << 20), 502),
}


@pytest.mark.parametrize("what", HARMFUL)
def test_H11_attributes_break_out_of_nothing(browse, app, what):
    say, status = HARMFUL[what]
    browser = browse()
    app.play = lambda exchange: (exchange.read_body(), exchange.reply(say))
    page = browser.visit()
    assert page.status == status
    app.play = echo
    assert not [name for name, _ in page.headers if "evil" in name]
    seen_next = browser.visit().seen
    ours = {name for name in seen_next if name.startswith("SESSION_")}
    assert not {name for name in set(seen_next) - ours if name in ("PHP_ADMIN_VALUE", "LD_PRELOAD")}
    assert all(re.fullmatch("SESSION_[A-Za-z0-9_]+", name) for name in ours)
    assert not [value for value in seen_next.values() if re.search("[\\x00-\\x1f\\x7f]", value)]


def test_H09_drop_params_are_dropped(start):
    front = start(drop_params=["PHP_VALUE", "X_SECRET"]).front()
    params = seen(front.ask(get(PHP_VALUE="a=b", PHP_ADMIN_VALUE="c=d", X_SECRET="s")))
    assert not {"PHP_VALUE", "X_SECRET"} & set(params)
    assert params["PHP_ADMIN_VALUE"] == "c=d"


def test_H09_php_value_of_the_web_server_passes(front):
    params = seen(front.ask(get(PHP_VALUE="memory_limit=64M", PHP_ADMIN_VALUE="x=y")))
    assert (params["PHP_VALUE"], params["PHP_ADMIN_VALUE"]) == ("memory_limit=64M", "x=y")


@pytest.mark.parametrize("where", ["header", "PARAMS", "padding"])
def test_H12_a_slow_loris_is_closed_at_the_deadline(start, where):
    gateway = start(limits={"header_timeout": "1s"})
    front = gateway.front()
    whole = request(get(), padding=200)
    at = {"header": 3, "PARAMS": 40 + 200, "padding": len(fastcgi.begin()) + 100}[where]
    front.send(whole[:at])
    began = time.monotonic()
    for byte in whole[at:]:
        if _ended(front):
            break
        assert time.monotonic() - began < 6, "it may go on for ever"
        try:
            front.send(bytes([byte]))
        except RST:
            break
    assert time.monotonic() - began > 0.8


def _ended(front):
    """Closed, or answered with a 408."""
    try:
        record = front.record(0.25)
    except TimeoutError:
        return False
    return record is None or record.type == fastcgi.END


def test_H12_half_a_record_outlives_its_request(start, app):
    """Found by tests/fuzz/connection.c: the answer came while a record of the body was half there, and from then on
    nobody waited for the other half, for ever."""

    def play(exchange):
        exchange.reply("X-A: b")

    app.play = play
    front = start(application={"buffer_request": 0}, limits={"header_timeout": "1s"}).front()
    head = request(post(b"x" * 1000), b"x" * 1000)
    front.send(head[: head.index(b"xxx") + 500])
    assert front.answer().status == 200
    assert front.closes_within(SOON_S)


def test_H12_many_of_them_stop_nobody(start):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    count = 1000 if hard >= 4096 else 300
    gateway = start(limits={"header_timeout": "5s"})
    fronts = [gateway.front() for _ in range(count)]
    for front in fronts:
        front.send(fastcgi.begin()[:5])
    began = time.monotonic()
    gateway.front().assert_alive()
    assert time.monotonic() - began < SOON_S
    wait_until(lambda: all(front.closes_within(0.01) for front in fronts[:20]))


@pytest.mark.against_the_clock(0.5)
def test_H12_an_idle_kept_connection_is_not_a_slow_loris(start):
    gateway = start(limits={"header_timeout": "500ms"})
    front = gateway.front()
    front.assert_alive()
    time.sleep(1.2)
    front.assert_alive()


def test_H15_random_bytes_from_the_web_server(gateway):
    """Bounded, and repeatable by its seed."""
    chance = random.Random(15)
    witness = gateway.front()
    for n in range(150):
        front = gateway.front()
        try:
            front.send(_noise(chance, request(post(b"x" * 500), b"x" * 500, padding=chance.randrange(20))))
            front.half_close()
            while front.record() is not None:
                pass
        except RST + (TimeoutError, OSError):
            pass
        front.close()
        if n % 25 == 0:
            witness.assert_alive()
    witness.assert_alive()


def test_H15_random_bytes_from_the_application(gateway, app):
    chance = random.Random(16)
    good = fastcgi.stream(fastcgi.STDOUT, 1, b"Status: 200 OK\r\nX-A: b\r\n\r\nbody", padding=3) + fastcgi.end()

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] == "/alive":
            exchange.reply("X-A: b")
        else:
            exchange.raw(_noise(chance, good))
            exchange.close()

    app.play = play
    front = gateway.front()
    for n in range(150):
        answer = front.ask(get("/noise"))
        assert answer.cut or answer.status >= 200
        if front.eof or answer.cut:
            front.close()
            front = gateway.front()
    front.assert_alive()


def _noise(chance, good):
    """Some bytes flipped, cut, doubled, or nothing but noise."""
    kind = chance.randrange(4)
    if kind == 0:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(1, 200)))
    data = bytearray(good)
    if kind == 1:
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif kind == 2:
        del data[chance.randrange(len(data)) :]
    else:
        at = chance.randrange(len(data))
        data[at:at] = data[at : at + chance.randrange(40)]
    return bytes(data)


@pytest.mark.parametrize(
    "name",
    ["CONTENT_LENGTH", "REQUEST_METHOD", "SCRIPT_NAME", "SCRIPT_FILENAME", "PATH_INFO", "HTTPS", "REMOTE_USER", "REMOTE_ADDR"],
)
def test_conflicting_duplicates_of_what_decides_are_refused(front, app, name):
    values = {"CONTENT_LENGTH": ("0", "1"), "REQUEST_METHOD": ("GET", "POST"), "REMOTE_ADDR": ("192.0.2.1", "192.0.2.2")}
    first, second = values.get(name, ("/a", "/b"))
    base = [(key, value) for key, value in get().items() if key != name]
    front.send(raw_params(fastcgi.pairs(base + [(name, first), (name, second)])))
    assert problem(front.answer()) == (400, "bad-request")
    assert not app.exchanges


def test_equal_duplicates_are_one(front):
    base = list(get(SCRIPT_FILENAME="/a").items())
    front.send(raw_params(fastcgi.pairs(base + [("SCRIPT_FILENAME", "/a"), ("REQUEST_METHOD", "GET")])))
    answer = front.answer()
    assert seen(answer)["SCRIPT_FILENAME"] == "/a"
    names = json.loads(answer.body)["names"]
    assert len(names) == len(set(names))


def test_other_duplicates_are_joined_or_the_last_stays(front):
    more = [("HTTP_X_A", "1"), ("HTTP_X_A", "2"), ("HTTP_COOKIE", "a=1"), ("HTTP_COOKIE", "b=2"), ("OTHER", "x"), ("OTHER", "y")]
    front.send(raw_params(fastcgi.pairs(list(get().items()) + more)))
    params = seen(front.answer())
    assert (params["HTTP_X_A"], params["HTTP_COOKIE"], params["OTHER"]) == ("1, 2", "a=1; b=2", "y")


def test_a_pair_that_no_record_holds_is_refused(start, app):
    front = start(limits={"params_size": "1m"}).front()
    answer = front.ask(get(HTTP_X_BIG="v" * 66000))
    assert answer.status in (400, 431)
    assert not app.exchanges


def test_endless_records_without_progress_from_the_application(front, app):
    """They would keep the processor busy, and the visitor waiting, for ever."""

    def play(exchange):
        exchange.read_body()
        for _ in range(1000):
            exchange.raw(fastcgi.record(42, exchange.id) * 1000)

    app.play = play
    assert problem(front.ask()) == (502, "bad-response")
    assert app.connections[0].closed_by_peer.wait(SOON_S) or app.connections[0].socket.fileno() < 0

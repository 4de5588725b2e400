"""What is too much: the L cases of the FastCGI notes and the settings under limits."""

import json
import os
import time
from threading import Event

import pytest

from harness import fastcgi
from harness.fastcgi import get, post, request
from harness.problem import problem
from harness.process import SOON_S, wait_until


def sized(total):
    """A GET whose names and values are so many bytes together."""
    params = get(HTTP_X_FILL="")
    rest = total - sum(len(name) + len(str(value)) for name, value in params.items())
    return {**params, "HTTP_X_FILL": "f" * rest}


def test_L01_params_one_byte_over_the_limit(start, app):
    front = start(limits={"params_size": "4k"}).front()
    assert front.ask(sized(4096)).status == 200
    front.send(request({**sized(4097), "REQUEST_METHOD": "POST", "CONTENT_LENGTH": "90000"}, b"x" * 90000))
    answer = front.answer()
    assert problem(answer) == (431, "headers-too-large")
    assert answer.protocol_status == 0
    front.assert_alive()
    assert len(app.exchanges) == 2


@pytest.mark.parametrize("size, status", [(65518, 200), (65519, 431), (65525, 431)])
def test_L01_a_param_that_no_record_holds(front, size, status):
    """Under params_size, yet an application is sent whole pairs in whole records: 65,528 bytes with the lengths."""
    front.send(request(get(X_BIG="v" * size)))
    assert front.answer().status == status
    front.assert_alive()


def test_L01_a_header_that_no_record_holds_once_joined(front):
    """Each of the two is small enough, and both fill a record to its last byte but leave no room for their lengths."""
    halves = [("HTTP_COOKIE", "a=" + "b" * 32755), ("HTTP_COOKIE", "c=" + "d" * 32755)]
    front.send(request([*get().items(), *halves]))
    assert problem(front.answer()) == (431, "headers-too-large")
    front.assert_alive()


def test_L02_one_param_too_many(start, app):
    front = start(limits={"params": 20}).front()
    base = get()
    fill = {f"X_{n}": "y" for n in range(20 - len(base))}
    assert front.ask({**base, **fill}).status == 200
    assert problem(front.ask({**base, **fill, "ONE_MORE": "z"})) == (431, "headers-too-large")
    front.assert_alive()


def counted(total):
    """A GET with so many params."""
    params = get()
    return request({**params, **{f"X_{n}": "y" for n in range(total - len(params))}})


def known(total):
    """A body whose length is said; beyond a limit it is refused before it comes."""
    return request(post(b"x" * total), b"x" * total)


def chunked(total):
    return request(post(b"", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked"), b"x" * total)


def answered(total):
    """The application answers with a header block of so many bytes, as the gateway counts them."""
    fill = total - len("Content-Type: application/json\r\n") - len("X-Fill: \r\n")
    return request(get(TEST_SAY="X-Fill: " + "f" * fill))


TOO_LARGE = (413, "body-too-large")
HEADERS = (431, "headers-too-large")


@pytest.mark.parametrize(
    "setting, most, ask, over",
    [
        pytest.param("params", 20, counted, HEADERS, id="params"),
        pytest.param("params_size", 4096, lambda total: request(sized(total)), HEADERS, id="params_size"),
        pytest.param("body_size", 5000, known, TOO_LARGE, id="body_size"),
        pytest.param("body_size", 5000, chunked, TOO_LARGE, id="body_size of unknown length"),
        pytest.param("spool_size", 5000, chunked, TOO_LARGE, id="spool_size"),
        pytest.param("spool_total", 5000, chunked, (503, "overloaded"), id="spool_total"),
        pytest.param("response_header_size", 5000, answered, (502, "bad-response"), id="response_header_size"),
    ],
)
def test_under_at_and_over_the_limit_and_after_a_reload(start, setting, most, ask, over):
    gateway = start(application={"buffer_request": 0}, limits={setting: most})
    front = gateway.front()
    for total in most - 1, most, most + 1, most, 5 * most, most:
        front.send(ask(total))
        answer = front.answer()
        if total <= most:
            assert answer.status == 200, total
        else:
            assert (problem(answer), answer.protocol_status) == (over, fastcgi.REQUEST_COMPLETE), total
    gateway.config["limits"][setting] = most + 1
    gateway.reload(gateway.config)
    wait_until(lambda: "configuration reloaded" in gateway.log)
    wait_until(lambda: _status(front, ask(most + 1)) == 200)
    assert _status(front, ask(most + 2)) == over[0]
    front.assert_alive()


def _status(front, data):
    front.send(data)
    return front.answer().status


@pytest.mark.parametrize("setting", ["requests", "requests_per_connection"])
def test_a_reload_changes_how_many_requests(start, held, setting):
    gateway = start(limits={setting: 2})
    front = gateway.front()
    front.send(request(get("/slow"), id=1) + request(get("/slow"), id=2))
    held.until(2)
    front.send(request(get(), id=3))
    answer = front.answer(3)
    assert (problem(answer), answer.protocol_status) == ((503, "overloaded"), fastcgi.OVERLOADED)
    gateway.config["limits"][setting] = 3
    gateway.reload(gateway.config)
    wait_until(lambda: "configuration reloaded" in gateway.log)
    wait_until(lambda: front.ask(id=3).status == 200)
    held.release()
    assert [front.answer(id).status for id in (1, 2)] == [200, 200]


def test_a_reload_changes_the_deadline_of_params(start):
    gateway = start(limits={"header_timeout": "60s"})
    gateway.config["limits"]["header_timeout"] = "500ms"
    gateway.reload(gateway.config)
    wait_until(lambda: "configuration reloaded" in gateway.log)
    front = gateway.front()

    def late():
        front.send(fastcgi.begin())
        try:
            return problem(front.answer(timeout=SOON_S))
        except TimeoutError:
            front.send(fastcgi.record(fastcgi.ABORT, 1))
            front.answer()
            return None

    assert wait_until(late) == (408, "request-timeout")
    front.assert_alive()


def test_L02_an_endless_header_is_answered_before_its_end(start):
    front = start(limits={"params_size": "4k"}).front()
    front.send(fastcgi.begin())
    for _ in range(20):
        front.send(fastcgi.record(fastcgi.PARAMS, 1, fastcgi.pair("HTTP_X_FILL", "f" * 1000)))
    front.send(fastcgi.record(fastcgi.PARAMS, 1) + fastcgi.record(fastcgi.STDIN, 1))
    assert problem(front.answer()) == (431, "headers-too-large")
    front.assert_alive()


def test_L03_a_name_longer_than_256_bytes(front):
    answer = front.ask(get(**{"N" * 257: "x"}))
    assert answer.status in (400, 431)
    front.assert_alive()


def test_L04_the_response_header_has_a_limit(start, app):
    gateway = start(limits={"response_header_size": "8k"})
    front = gateway.front()

    def play(exchange):
        exchange.read_body()
        exchange.reply("X-Fill: " + "f" * int(exchange.params["FILL"]))

    app.play = play
    assert front.ask(get(FILL="7000")).status == 200
    assert problem(front.ask(get(FILL="9000"))) == (502, "bad-response")
    assert front.ask(get(FILL="7000")).status == 200


def test_L04_directives_do_not_count_as_response_header(start, app):
    front = start(limits={"response_header_size": "8k"}).front()
    answer = front.ask(get(TEST_SAY="X-Session-Set: a=" + "v" * 20000))
    assert answer.status == 200
    assert answer.header("X-Session-Set") is None


def test_L05_101_response_headers(front, app):
    """Passed or refused is a matter of policy; never half."""

    def play(exchange):
        exchange.read_body()
        exchange.reply(*[f"X-H{n}: {n}" for n in range(101)], body="body")

    app.play = play
    answer = front.ask()
    assert not answer.cut
    if answer.status == 200:
        assert len([name for name, _ in answer.headers if name.startswith("x-h")]) == 101
    else:
        assert problem(answer) == (502, "bad-response")


def test_L06_requests_over_the_limit_of_a_connection(start, app):
    go = Event()
    app.play = lambda exchange: (exchange.read_body(), exchange.wait(go), exchange.reply("X-A: b"))
    front = start(limits={"requests_per_connection": 3}).front()
    front.send(b"".join(request(get(), id=id) for id in (1, 2, 3)))
    wait_until(lambda: len(app.exchanges) == 3)
    front.send(request(get(), id=4))
    answer = front.answer(4)
    assert problem(answer) == (503, "overloaded")
    assert answer.protocol_status == fastcgi.OVERLOADED
    go.set()
    assert [front.answer(id).status for id in (1, 2, 3)] == [200] * 3
    front.send(request(get(), id=4))
    assert front.answer(4).status == 200


def test_L06_a_limit_of_one_says_cannot_multiplex(start, app):
    go = Event()
    app.play = lambda exchange: (exchange.read_body(), exchange.wait(go), exchange.reply("X-A: b"))
    front = start(limits={"requests_per_connection": 1}).front()
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pair("FCGI_MPXS_CONNS", "")))
    assert fastcgi.parse_pairs(front.record().body) == [(b"FCGI_MPXS_CONNS", b"0")]
    front.send(request(get(), id=1))
    wait_until(lambda: app.exchanges)
    front.send(request(get(), id=2))
    answer = front.answer(2)
    assert problem(answer) == (503, "overloaded")
    assert answer.protocol_status == fastcgi.CANT_MPX_CONN
    go.set()
    assert front.answer(1).status == 200


def test_L06_requests_over_the_limit_of_the_process(start, app):
    go = Event()
    app.play = lambda exchange: (exchange.read_body(), exchange.wait(go), exchange.reply("X-A: b"))
    gateway = start(limits={"requests": 2})
    front = gateway.front()
    front.send(request(get(), id=1) + request(get(), id=2))
    wait_until(lambda: len(app.exchanges) == 2)
    other = gateway.front()
    answer = other.ask()
    assert (problem(answer), answer.protocol_status) == ((503, "overloaded"), fastcgi.OVERLOADED)
    go.set()
    assert [front.answer(id).status for id in (1, 2)] == [200, 200]
    assert other.ask().status == 200
    assert gateway.ask().status == 200


def test_L07_one_connection_too_many_waits(start, held):
    gateway = start(limits={"max_connections": 3})
    fronts = _fill(gateway, 3)
    for front in fronts:
        front.send(request(get("/slow")))
    held.until(3)
    extra = gateway.front()
    extra.send(request(get()))
    with pytest.raises(TimeoutError):
        extra.record(0.5)
    held.release()
    assert [front.answer().status for front in fronts] == [200] * 3
    with pytest.raises(TimeoutError):
        extra.record(0.3)
    wait_until(lambda: gateway.log.count("new connections wait") == 1, what="the log to say so, once")
    fronts[0].close()
    assert extra.answer().status == 200
    wait_until(lambda: "new connections are taken again" in gateway.log)


@pytest.mark.against_the_clock(1)
def test_L07_a_connection_that_is_idle_for_long_makes_room(start, held):
    gateway = start(limits={"max_connections": 3, "header_timeout": "1s"})
    busy, older, newer = _fill(gateway, 3)
    busy.send(request(get("/slow")))
    held.until(1)
    time.sleep(0.5)
    newer.assert_alive()
    time.sleep(0.6)
    assert gateway.ask().status == 200
    assert older.closes_within(SOON_S)
    newer.assert_alive()
    held.release()
    assert busy.answer().status == 200


def test_L07_a_reload_changes_how_many(start):
    gateway = start(limits={"max_connections": 2})
    _fill(gateway, 2)
    extra = gateway.front()
    extra.send(request(get()))
    with pytest.raises(TimeoutError):
        extra.record(0.5)
    gateway.config["limits"]["max_connections"] = 3
    gateway.reload(gateway.config)
    assert extra.answer().status == 200


def _fill(gateway, count):
    """So many connections that the gateway has taken, and that do nothing."""
    fronts = []
    while len(fronts) < count:
        front = gateway.front()  # the one that asked whether the gateway listens may still be counted
        front.assert_alive()
        fronts.append(front)
    return fronts


def test_the_spool_of_all_has_a_limit(start):
    gateway = start(limits={"spool_size": "1m", "spool_total": "1m"}, application={"buffer_request": "1k"})
    first, second = gateway.front(), gateway.front()
    params = post(b"", CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked")
    head = fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(params))
    half = os.urandom(700000)
    first.send(head + fastcgi.stream(fastcgi.STDIN, 1, half, close=False))
    time.sleep(0.3)
    second.send(head + fastcgi.stream(fastcgi.STDIN, 1, half))
    assert second.answer().status in (413, 503)
    first.send(fastcgi.record(fastcgi.STDIN, 1))
    answer = first.answer()
    assert (answer.status, json.loads(answer.body)["bytes"]) == (200, len(half))
    assert json.loads(second.ask(params, half).body)["bytes"] == len(half)

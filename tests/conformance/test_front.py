"""The web server's side: the F cases of the FastCGI notes, each named by its id."""

import hashlib
import json
import os
import stat
import time
from threading import Event

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.fastcgi import get, post, request
from harness.gateway import inherited_listener

SOON_S = 1.0  # the notes say 100 ms; a machine that runs other suites beside may be late, a hang is not


def seen(answer):
    """What the echo application saw, of a complete answer."""
    assert (answer.status, answer.app_status, answer.protocol_status) == (200, 0, 0)
    assert answer.closed_stdout
    return json.loads(answer.body)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_F01_a_minimal_request_gets_headers_body_end(front):
    answer = front.ask(get("/hello"))
    assert seen(answer)["params"]["REQUEST_URI"] == "/hello"
    assert {record.id for record in answer.records} == {1}
    front.assert_alive()


def test_F02_without_keep_conn_we_close_after_the_end(front):
    assert seen(front.ask(get(), flags=0))
    asked = time.monotonic()
    assert front.closes_within(SOON_S)
    assert time.monotonic() - asked < SOON_S


def test_F03_one_byte_per_write(gateway):
    whole = gateway.ask(get("/same"), flags=1)
    front = gateway.front()
    front.send(request(get("/same")), step=1)
    assert seen(front.answer())["names"] == seen(whole)["names"]
    front.assert_alive()


def test_F04_padding_255_on_each_record_also_on_empty_ones(front):
    body = b"x" * 700
    front.send(request(post(body), body, padding=255, size=100))
    assert seen(front.answer())["sha256"] == sha256(body)
    front.assert_alive()


@pytest.mark.parametrize("size", [1, 3, 7, 8, 9, 100, 4096])
def test_F05_records_split_anywhere(front, size):
    """Names, values and lengths may be cut by a record's end at every byte."""
    body = bytes(range(256)) * 4
    long_value = "v" * 300
    front.send(request(post(body, HTTP_X_LONG=long_value), body, size=size))
    answer = seen(front.answer())
    assert answer["sha256"] == sha256(body)
    assert answer["params"]["HTTP_X_LONG"] == long_value


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 65000])
@pytest.mark.parametrize("long", [False, True], ids=["shortest form", "four byte form"])
def test_F06_values_of_every_length(front, size, long):
    front.send(request(get(HTTP_X_VALUE="v" * size), long=long))
    assert seen(front.answer())["params"]["HTTP_X_VALUE"] == "v" * size


@pytest.mark.parametrize("size", [1, 127, 128, 255])
def test_F06_names_of_every_length(front, size):
    name = "N" * size
    assert seen(front.ask(get(**{name: "here"})))["params"][name] == "here"


def test_F07_the_four_byte_form_for_a_short_length(front):
    front.send(request(get(HTTP_X_A="b"), long=True))
    assert seen(front.answer())["params"]["HTTP_X_A"] == "b"


def test_F09_replies_carry_the_request_id(front):
    for id in (1, 2, 65535):
        answer = front.ask(get(f"/{id}"), id=id)
        assert seen(answer)["params"]["REQUEST_URI"] == f"/{id}"
    assert not front.answers, "a record under an id that nobody asked with"


def test_F10_three_ids_interleaved_record_by_record(front):
    ids = (1, 3, 5)
    bodies = {id: bytes([64 + id]) * (5000 * id) for id in ids}
    streams = [
        [fastcgi.begin(id)]
        + _cut(fastcgi.STDIN if data is bodies[id] else fastcgi.PARAMS, id, data)
        for id in ids
        for data in (fastcgi.pairs(post(bodies[id], f"/{id}")), bodies[id])
    ]
    by_id = [streams[i] + streams[i + 1][1:] for i in range(0, len(streams), 2)]
    for step in range(max(map(len, by_id))):
        for records in by_id:
            if step < len(records):
                front.send(records[step])
    for id in ids:
        answer = seen(front.answer(id))
        assert answer["params"]["REQUEST_URI"] == f"/{id}"
        assert answer["sha256"] == sha256(bodies[id])
    front.assert_alive()


def _cut(type, id, data, size=50):
    return [fastcgi.record(type, id, data[at : at + size]) for at in range(0, len(data), size)] + [
        fastcgi.record(type, id)
    ]


def test_F10_a_slow_request_does_not_hold_up_a_fast_one_beside_it(front, app):
    go = Event()

    def play(exchange):
        exchange.read_body()
        if exchange.params["REQUEST_URI"] == "/slow":
            exchange.wait(go)
        exchange.reply("X-Uri: " + exchange.params["REQUEST_URI"])

    app.play = play
    front.send(request(get("/slow"), id=1) + request(get("/fast"), id=3))
    assert front.answer(3).header("X-Uri") == "/fast"
    go.set()
    assert front.answer(1).header("X-Uri") == "/slow"


def test_F12_an_id_is_reused_right_after_its_end(front):
    for n in range(5):
        assert seen(front.ask(get(f"/{n}"), id=7))["params"]["REQUEST_URI"] == f"/{n}"


def test_F12_two_whole_requests_in_one_write(front):
    front.send(request(get("/one"), id=1) + request(get("/two"), id=2))
    assert seen(front.answer(1))["params"]["REQUEST_URI"] == "/one"
    assert seen(front.answer(2))["params"]["REQUEST_URI"] == "/two"


def test_F13_get_values_before_any_request(front):
    asked = time.monotonic()
    names = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FOO")
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pairs((name, "") for name in names)))
    record = front.record(SOON_S)
    assert time.monotonic() - asked < SOON_S
    assert (record.type, record.id) == (fastcgi.GET_VALUES_RESULT, 0)
    values = fastcgi.parse_pairs(record.body)
    assert sorted(name for name, _ in values) == [b"FCGI_MAX_CONNS", b"FCGI_MAX_REQS", b"FCGI_MPXS_CONNS"]
    assert dict(values)[b"FCGI_MPXS_CONNS"] == b"1"
    assert all(value.isdigit() for _, value in values)
    front.assert_alive()


def test_F13_repeated_names_are_answered_once(front):
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pairs([("FCGI_MAX_REQS", "")] * 100)))
    values = fastcgi.parse_pairs(front.record().body)
    assert [name for name, _ in values] == [b"FCGI_MAX_REQS"]


def test_F15_an_unknown_management_type_is_named(front):
    front.send(fastcgi.record(99, 0, b"what"))
    record = front.record(SOON_S)
    assert (record.type, record.id, len(record.body), record.body[0]) == (fastcgi.UNKNOWN_TYPE, 0, 8, 99)
    front.assert_alive()


def test_F15_an_unknown_type_of_an_active_request_is_ignored(front):
    whole = request(get())
    at = len(fastcgi.begin())
    front.send(whole[:at] + fastcgi.record(99, 1, b"what") + whole[at:])
    seen(front.answer())
    assert not front.other
    front.assert_alive()


@pytest.mark.parametrize("role", [fastcgi.FILTER, 9, 0])
def test_F16_an_unserved_role_gets_a_501_block(front, app, role):
    data = fastcgi.stream(fastcgi.DATA, 1, b"d" * 70000) if role == fastcgi.FILTER else b""
    front.send(request(post(b"in"), b"in", role=role) + data)
    answer = front.answer()
    assert (answer.status, answer.protocol_status) == (501, fastcgi.UNKNOWN_ROLE)
    assert json.loads(answer.body)["type"] == "urn:sessiongate:problem:role-not-supported"
    front.assert_alive()
    assert [r["REQUEST_URI"] for r in app.requests] == ["/alive"]


def test_F16_an_authorizer_is_never_let_through_by_silence(front):
    """lighttpd allows on an empty end: until authorizers are served, they are refused in words."""
    front.send(fastcgi.begin(role=fastcgi.AUTHORIZER, flags=0) + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(get())))
    answer = front.answer()
    assert answer.status == 501
    assert not answer.cut


def test_F18_a_get_without_content_length(front):
    answer = seen(front.ask(get(CONTENT_LENGTH=None)))
    assert answer["bytes"] == 0
    assert answer["params"].get("CONTENT_LENGTH", "0") in ("", "0")
    front.assert_alive()


def test_F19_content_length_zero_starts_at_once_without_the_empty_stdin(front):
    """HAProxy sends none for an empty chunked body."""
    front.send(fastcgi.begin() + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(get(CONTENT_LENGTH="0"))))
    assert seen(front.answer())["bytes"] == 0
    front.send(fastcgi.record(fastcgi.STDIN, 1))
    front.assert_alive()


def test_F19_a_whole_body_without_the_empty_stdin(front):
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"abc")))
        + fastcgi.stream(fastcgi.STDIN, 1, b"abc", close=False)
    )
    assert seen(front.answer())["sha256"] == sha256(b"abc")
    front.assert_alive()


def test_F20_records_of_an_ended_or_unknown_id_are_discarded(front):
    seen(front.ask(get(), id=4))
    front.send(fastcgi.record(fastcgi.STDIN, 4, b"late") + fastcgi.record(fastcgi.STDIN, 4) + fastcgi.record(fastcgi.STDIN, 77, b"x"))
    front.assert_alive()


def test_F20_abort_of_an_unknown_id_is_ignored(front):
    front.send(fastcgi.record(fastcgi.ABORT, 12))
    front.assert_alive()


def test_F21_half_close_after_a_full_request(front):
    front.send(request(get()))
    front.half_close()
    seen(front.answer())
    assert front.closes_within(SOON_S)


def test_F21_half_close_while_the_application_works(front, app):
    def play(exchange):
        exchange.read_body()
        time.sleep(0.3)
        exchange.reply("X-Late: yes", body="done")

    app.play = play
    front.send(request(get(), flags=0))
    front.half_close()
    assert front.answer().body == b"done"
    assert front.closes_within(SOON_S)


def test_F22_unix_and_tcp_listeners(start, directory):
    port = free_port()
    gateway = start(listen=[f"unix:{directory}/f.sock", f"127.0.0.1:{port}"])
    for address in (f"unix:{directory}/f.sock", f"127.0.0.1:{port}"):
        front = gateway.front(address)
        seen(front.ask(get()))
        front.assert_alive()


def test_F22_listener_inherited_on_fd_0(start, directory):
    path = f"{directory}/inherited.sock"
    with inherited_listener(path) as listener:
        gateway = start(listen=["fd:0"], stdin=listener, connect_to=f"unix:{path}")
        front = gateway.front()
        seen(front.ask(get()))
        front.assert_alive()


def test_F22_a_unix_listener_has_its_mode(start, directory):
    path = f"{directory}/mode.sock"
    start(listen=[{"address": f"unix:{path}", "mode": "0620"}])
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o620


def test_begin_for_an_active_id_closes(front):
    front.send(fastcgi.begin(1) + fastcgi.begin(1))
    assert front.closes_within(SOON_S)


def test_begin_with_a_body_that_is_not_8_bytes_closes(front):
    front.send(fastcgi.record(fastcgi.BEGIN, 1, b"\0\1\1"))
    assert front.closes_within(SOON_S)


def test_unknown_flag_bits_are_ignored(front):
    seen(front.ask(get(), flags=0xFE | fastcgi.KEEP_CONN))
    front.assert_alive()


def test_an_application_type_with_id_0_closes(front):
    front.send(fastcgi.begin(0))
    assert front.closes_within(SOON_S)


def test_params_after_their_end_close(front):
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"xx")))
        + fastcgi.record(fastcgi.PARAMS, 1, fastcgi.pair("A", "b"))
    )
    assert front.closes_within(SOON_S)


def test_endless_empty_records_close(front):
    """They cost processor time and lead nowhere."""
    nothing = fastcgi.record(99, 5) * 1000
    with pytest.raises((BrokenPipeError, ConnectionResetError, TimeoutError)):
        for _ in range(200):
            front.send(nothing)
            if front.closes_within(0.001):
                raise ConnectionResetError

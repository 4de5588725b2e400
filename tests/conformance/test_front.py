"""The web server's side: the F cases of the FastCGI notes and the R rules of README.md, each named by its id."""

import hashlib
import json
import os
import resource
import stat
import time
from threading import Event

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.fastcgi import get, post, request
from harness.gateway import inherited_listener
from harness.process import SOON_S, wait_until


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
    assert front.closes_within(SOON_S)


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


# How web servers cut what they send: the most that a record of PARAMS and of STDIN holds, and what it is padded to.
CUTS = {
    "nginx": (65535, 32768, 8),
    "Apache mod_proxy_fcgi": (16384, 8192, 1),
    "lighttpd": (65535, 65535, 1),
    "Caddy": (65500, 65500, 8),
    "HAProxy": (16384, 16376, 1),
    "OpenBSD httpd": (65535, 65535, 1),
}


@pytest.mark.parametrize("server", CUTS)
def test_R1_5_R1_6_each_web_servers_records(front, server):
    params_size, stdin_size, align = CUTS[server]
    body = os.urandom(200_000)
    params = {**post(body), **{f"HTTP_X_{n}": str(n) * 5000 for n in range(3)}}
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(params), params_size, align=align)
        + fastcgi.stream(fastcgi.STDIN, 1, body, stdin_size, align=align)
    )
    answer = seen(front.answer())
    assert answer["sha256"] == sha256(body)
    assert {name: answer["params"][name] for name in params} == {name: str(value) for name, value in params.items()}
    front.assert_alive()


def test_R3_2_the_largest_content_with_the_largest_padding(front):
    """Their sum is more than 16 bits hold."""
    body = os.urandom(65535)
    params = fastcgi.pairs(post(body, HTTP_X_FILL="f" * 65000))
    params += fastcgi.pair("HTTP_X_REST", "r" * (65535 - len(params) - len(fastcgi.pair("HTTP_X_REST", "")) - 3))
    assert len(params) == 65535
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, params, padding=255)
        + fastcgi.stream(fastcgi.STDIN, 1, body, padding=255)
    )
    assert seen(front.answer())["sha256"] == sha256(body)
    front.assert_alive()


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
    names = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FOO")
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, fastcgi.pairs((name, "") for name in names)))
    record = front.record(SOON_S)
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


@pytest.mark.parametrize(
    "limits, reqs, mpxs",
    [({}, b"128", b"1"), ({"requests": 100}, b"100", b"1"), ({"requests_per_connection": 1}, b"4096", b"0")],
    ids=["defaults", "fewer in all", "one at a time"],
)
def test_R1_3_what_haproxy_asks_before_its_first_request(start, limits, reqs, mpxs):
    """It sends no request before the answer, and takes MAX_REQS for what one connection may carry."""
    front = start(limits=limits).front()
    asked = fastcgi.pairs([("FCGI_MAX_REQS", ""), ("FCGI_MPXS_CONNS", "")])
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, asked, padding=-len(asked) % 8))
    values = dict(fastcgi.parse_pairs(front.record(SOON_S).body))
    assert values == {b"FCGI_MAX_REQS": reqs, b"FCGI_MPXS_CONNS": mpxs}
    front.assert_alive()


@pytest.mark.parametrize("lie", [b"\x0e\x00FCGI_MAX", b"\x0d\xff\xff\xff\xffFCGI_MAX_REQS", b"\x80"], ids=["name", "value", "cut"])
def test_R3_3_get_values_whose_lengths_lie_close(gateway, lie):
    front = gateway.front()
    front.send(fastcgi.record(fastcgi.GET_VALUES, 0, lie))
    assert front.closes_within(SOON_S)
    gateway.front().assert_alive()


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


@pytest.mark.parametrize("length", [None, "", "0"], ids=["Apache", "nginx", "the others"])
def test_F18_a_get_without_a_body(front, length):
    answer = seen(front.ask(get(CONTENT_LENGTH=length)))
    assert answer["bytes"] == 0
    assert answer["params"]["CONTENT_LENGTH"] == "0"
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


@pytest.mark.parametrize("type", [fastcgi.PARAMS, fastcgi.STDIN, fastcgi.DATA])
def test_R3_7_records_of_an_unknown_id_leave_no_state(front, app, type):
    front.send(fastcgi.record(type, 9, b"left over") + fastcgi.record(type, 9))
    assert seen(front.ask(get("/own"), id=9))["params"]["REQUEST_URI"] == "/own"
    assert not front.answers and not front.other
    assert len(app.exchanges) == 1


def test_R3_7_stdin_behind_its_end_is_discarded(front, held, app):
    """While its request is still running: more of it is nobody's, and no second end."""
    front.send(request(post(b"abc", "/slow"), b"abc"))
    held.until()
    front.send(fastcgi.stream(fastcgi.STDIN, 1, b"behind") + fastcgi.record(fastcgi.STDIN, 1))
    front.send(request(get("/other"), id=2))
    seen(front.answer(2))
    held.release()
    assert seen(front.answer(1))["sha256"] == sha256(b"abc")


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


@pytest.mark.parametrize("end", ["in PARAMS", "in STDIN"])
def test_R3_23_half_close_before_a_full_request_aborts_it(start, app, end):
    """What has not wholly come will not: no answer, and no application that waits for the rest."""
    front = start(application={"buffer_request": 0}).front()
    whole = request(post(b"x" * 100), b"x" * 100)
    front.send(whole[: 60 if end == "in PARAMS" else -50])
    if end == "in STDIN":
        wait_until(lambda: app.exchanges)
    front.half_close()
    assert front.record() is None
    if end == "in PARAMS":
        assert not app.connections
    else:
        assert app.connections[0].closed_by_peer.wait(SOON_S)
        assert not app.exchanges[0].stdin_closed


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


def test_R3_8_begin_for_an_active_id_closes(front):
    front.send(fastcgi.begin(1) + fastcgi.begin(1))
    assert front.closes_within(SOON_S)


@pytest.mark.parametrize("size", [0, 3, 7, 9, 16])
def test_R3_8_begin_with_a_body_that_is_not_8_bytes_closes(front, size):
    front.send(fastcgi.record(fastcgi.BEGIN, 1, (b"\0\1\1" + bytes(13))[:size]))
    assert front.closes_within(SOON_S)


def test_R3_8_unknown_flags_and_reserved_bytes_are_ignored(front):
    begin = fastcgi.record(fastcgi.BEGIN, 1, b"\0\1" + bytes([0xFE | fastcgi.KEEP_CONN]) + b"\xff" * 5)
    front.send(begin + request(get())[len(fastcgi.begin()) :])
    seen(front.answer())
    front.assert_alive()


@pytest.mark.parametrize("type", range(fastcgi.BEGIN, fastcgi.DATA + 1))
def test_R3_5_an_application_type_with_id_0_closes(gateway, type):
    front = gateway.front()
    front.send(fastcgi.record(type, 0, bytes(8)))
    assert front.closes_within(SOON_S)
    gateway.front().assert_alive()


def test_R3_7_params_after_their_end_close(front):
    front.send(
        fastcgi.begin()
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(post(b"xx")))
        + fastcgi.record(fastcgi.PARAMS, 1, fastcgi.pair("A", "b"))
    )
    assert front.closes_within(SOON_S)


NOWHERE = {
    "an unknown type": fastcgi.record(99, 5),
    "an unknown management type": fastcgi.record(99, 0),
    "GET_VALUES": fastcgi.record(fastcgi.GET_VALUES, 0),
    "PARAMS of nobody": fastcgi.record(fastcgi.PARAMS, 5),
    "STDIN of nobody": fastcgi.record(fastcgi.STDIN, 5),
    "DATA of nobody": fastcgi.record(fastcgi.DATA, 5),
    "ABORT of nobody": fastcgi.record(fastcgi.ABORT, 5),
}


@pytest.mark.parametrize("what", NOWHERE)
def test_R3_10_endless_records_that_lead_nowhere_close(gateway, what):
    """They cost processor time, and there is no end to them."""
    front = gateway.front()
    assert _flood_ends(front, NOWHERE[what] * 100, most=100)
    gateway.front().assert_alive()


@pytest.mark.parametrize("type", [99, fastcgi.STDIN, fastcgi.PARAMS, fastcgi.DATA])
def test_R3_6_R3_7_what_is_read_away_has_a_budget_of_bytes(gateway, type):
    """An upload's rest may be long, but not without end."""
    front = gateway.front()
    assert _flood_ends(front, fastcgi.record(type, 5, bytes(65535)) * 16, most=200)
    gateway.front().assert_alive()


def _flood_ends(front, data, most):
    """Does the gateway close the connection before so many of them were sent?"""
    front.assert_alive()
    try:
        for _ in range(most):
            front.send(data)
        while front.record(SOON_S) is not None:
            pass
    except (BrokenPipeError, ConnectionResetError):
        return True
    except TimeoutError:
        return False
    return True


def test_R3_1_descriptors_beyond_1024(start):
    """Where select() ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    try:
        gateway = start()
        fronts = [gateway.front() for _ in range(1050)]
        fronts[-1].assert_alive()
        fronts[-1].assert_alive()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

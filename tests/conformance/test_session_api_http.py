"""The session API against clients that speak HTTP badly, slowly, at length, or not at all."""

import json
import resource
import socket
import time

import pytest

from harness.gateway import sanitized
from harness.process import PATIENCE_S, wait_until
from harness.session_api import SessionApi


@pytest.fixture
def visit(talk):
    return talk()


@pytest.fixture
def api(visit, program):
    """Of a request that has ended; its session has a=1."""
    visit(say="X-Session-Set: a=1")
    visit()
    return program.apis[-1]


def raw(path, data):
    """What comes back for these bytes on a connection of their own: the first answer's status and slug, and does it end?"""
    client = SessionApi(path)
    try:
        client.raw(data)
        answer = client.answer()
        return answer.status, answer.slug, answer.headers.get("connection") == "close" and client.closed()
    finally:
        client.close()


BAD_REQUEST = [
    b"\0\0\0\0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    b"GET /session\r\n\r\n",
    b"GET  /session HTTP/1.1\r\n\r\n",
    b"GET /session HTTP/2.0\r\n\r\n",
    b"GET /session http/1.1\r\n\r\n",
    b"GET session HTTP/1.1\r\n\r\n",
    b"G@T /session HTTP/1.1\r\n\r\n",
    b"GET /ses\0sion HTTP/1.1\r\n\r\n",
    b"GET /session HTTP/1.1 \r\n\r\n",
    b" GET /session HTTP/1.1\r\n\r\n",
    b"GET /session HTTP/1.1\r\n folded: x\r\n\r\n",
    b"GET /session HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
    b"GET /session HTTP/1.1\r\nname : x\r\n\r\n",
    b"GET /session HTTP/1.1\r\n: x\r\n\r\n",
    b"GET /session HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /session HTTP/1.1\r\nA: b\0c\r\n\r\n",
    b"GET /session HTTP/1.1\r\nA: b\rc\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PATCH /session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n",
    b"PATCH /session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n",
    b"GET /session HTTP/1.1\r\nAuthorization: Ticket x\r\nAuthorization: Ticket y\r\n\r\n",
]

OTHERS = [
    (b"GET / HTTP/1.1\r\n\r\n", 404, "not-found"),
    (b"GET /session/ HTTP/1.1\r\n\r\n", 404, "not-found"),
    (b"GET /Session HTTP/1.1\r\n\r\n", 404, "not-found"),
    (b"GET /%73ession HTTP/1.1\r\n\r\n", 404, "not-found"),
    (b"OPTIONS * HTTP/1.1\r\n\r\n", 400, "bad-request"),
    (b"POST /session HTTP/1.1\r\n\r\n", 405, "method-not-allowed"),
    (b"get /session HTTP/1.1\r\n\r\n", 405, "method-not-allowed"),
    (b"DELETE /session HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 405, "method-not-allowed"),
    (b"PATCH /session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4001\r\n", 401, "bad-ticket"),
    (b"PATCH /session HTTP/1.1\r\nContent-Length: 16385\r\n\r\n", 401, "bad-ticket"),
    (b"GET /session HTTP/1.1\r\nX: " + 8192 * b"x", 431, "headers-too-large"),
    (8193 * b"\r\n", 431, "headers-too-large"),
]


def test_what_is_no_request_is_refused_and_the_connection_closed(api):
    seen = [(data, raw(api.path, data)) for data in BAD_REQUEST]
    assert seen == [(data, (400, "bad-request", True)) for data in BAD_REQUEST]
    seen = [(data, raw(api.path, data)) for data, _, _ in OTHERS]
    assert seen == [(data, (status, slug, True)) for data, status, slug in OTHERS]
    assert api.patch(update={"a": 2}).status == 204, "nobody else notices"


@pytest.mark.parametrize("ticket, status, slug", [(True, 413, "body-too-large"), (False, 401, "bad-ticket")])
def test_who_is_refused_while_it_sends_reads_the_answer(api, ticket, status, slug):
    """Clients that send a body to its end before they read: no EPIPE is all they get."""
    client = SessionApi(api.path, api.ticket if ticket else "x" * 43)
    try:
        answer = client.ask("PATCH", "x" * (5 << 20))
        assert (answer.status, answer.slug) == (status, slug)
        assert answer.headers["connection"] == "close" and client.closed()
    finally:
        client.close()


def test_who_is_refused_and_goes_on_sending_is_left(api):
    client = SessionApi(api.path, api.ticket)
    client.raw(b"PATCH /session HTTP/1.1\r\nContent-Length: x\r\n\r\n")
    assert client.answer().status == 400 and client.closed()
    begun = time.monotonic()
    with pytest.raises(OSError):
        while time.monotonic() - begun < PATIENCE_S:
            client.raw(b"x")
            time.sleep(0.01)
    client.close()


def test_what_is_allowed_in_a_405_is_told(api):
    assert api.ask("POST").headers["allow"] == "GET, PATCH"


@pytest.mark.parametrize(
    "head",
    [
        "PATCH /session HTTP/1.1\nauthorization: tIcKeT   {}  \nContent-Length: 2\n\n",
        "\r\n\r\nPATCH /session?x=/y HTTP/1.1\r\nAuthorization: Ticket {}\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n",
        "PATCH http://gateway/session HTTP/1.1\r\nHost: gateway\r\nAuthorization: Ticket {}\r\nContent-Length:2\r\n\r\n",
        "PATCH /session HTTP/1.1\r\nAuthorization: Ticket {}\r\nContent-Length: 2\r\nX-Unknown: \r\nConnection: keep-alive\r\n\r\n",
    ],
)
def test_what_a_request_may_look_like(api, head):
    for _ in range(2):
        api.raw(head.format(api.ticket).encode() + b"{}")
        assert api.answer().status == 204


def test_a_byte_at_a_time_is_a_request_too(api):
    body = b'{"update":{"a":"' + 300 * b"x" + b'"}}'
    whole = f"PATCH /session HTTP/1.1\r\nAuthorization: Ticket {api.ticket}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    api.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    for at in range(len(whole)):
        api.raw(whole[at : at + 1])
    assert api.answer().status == 204


@pytest.mark.parametrize("version, fields", [("1.0", ""), ("1.1", "Connection: close\r\n"), ("1.1", "Connection: x, CLOSE\r\n")])
def test_a_connection_ends_that_is_to_end(api, version, fields):
    api.raw(f"PATCH /session HTTP/{version}\r\nAuthorization: Ticket {api.ticket}\r\n{fields}Content-Length: 2\r\n\r\n{{}}".encode())
    answer = api.answer()
    assert answer.status == 204 and answer.headers["connection"] == "close" and api.closed()


def test_a_body_is_invited(api):
    api.raw(f"PATCH /session HTTP/1.1\r\nAuthorization: Ticket {api.ticket}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode())
    assert api.answer().status == 100
    api.raw(b"{}")
    assert api.answer().status == 204


def chunked(api, *chunks, fields=""):
    """A PATCH as Go and Node send one whose length they were not told."""
    head = f"PATCH /session HTTP/1.1\r\nAuthorization: Ticket {api.ticket}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n"
    return head.encode() + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def test_a_body_may_come_in_chunks(visit, api):
    for at in ("one piece", "bytes"):
        whole = chunked(api, b'{"update":', b'{"%s":1}}' % at.replace(" ", "_").encode())
        for piece in [whole] if at == "one piece" else [whole[i : i + 1] for i in range(len(whole))]:
            api.raw(piece)
        assert api.answer().status == 204
    assert json.loads(visit().seen["SESSION_ATTRIBUTES"]) == {"a": "1", "one_piece": 1, "bytes": 1}


def test_requests_in_chunks_one_behind_the_other(visit, api):
    api.raw(b"".join(chunked(api, b'{"update":{"n":%d}}' % n) for n in range(5)))
    assert [api.answer().status for _ in range(5)] == [204] * 5
    assert json.loads(visit().seen["SESSION_ATTRIBUTES"])["n"] == 4


def test_chunks_are_invited(api):
    head, body = chunked(api, b"{}", fields="Expect: 100-continue\r\n").split(b"\r\n\r\n", 1)
    api.raw(head + b"\r\n\r\n")
    assert api.answer().status == 100
    api.raw(body)
    assert api.answer().status == 204


def test_chunks_are_a_body_with_the_same_limits(api):
    client = SessionApi(api.path, api.ticket)
    client.raw(chunked(api, *[(1 << 16) * b"x"] * 80))
    answer = client.answer()
    assert (answer.status, answer.slug) == (413, "body-too-large") and client.closed()
    client.close()
    assert raw(api.path, chunked(SessionApi(api.path, "x" * 43), b"{}")) == (401, "bad-ticket", False)


def test_answers_that_nobody_takes_keep_nobody_waiting(visit, program, api):
    """Large ones, asked for in one piece: what comes behind waits in the socket, and so does whoever sends it."""
    visit(before=lambda own: own.patch(update={"big": 400_000 * "x"}))

    def calls(own):
        greedy = SessionApi(own.path, own.ticket)
        greedy.socket.settimeout(0.2)
        try:
            for _ in range(900):
                greedy.send()
        except OSError:
            pass
        memory = visit.gateway.memory_kib()
        answers = own.get().status
        greedy.close()
        return answers, memory

    visit(before=calls)
    status, memory = program.last
    assert status == 200 and memory < 200_000


def test_connections_that_are_idle_keep_nothing(visit, program):
    """Each had a large answer, and a large request."""
    update = {str(i): 400_000 * "x" for i in range(2)}

    def calls(own):
        own.patch(update=update)
        own.get()
        before = visit.gateway.memory_kib()
        # with a sanitizer, which has its own memory, there is nothing to be seen of a hundred but that it is slow
        others = [SessionApi(own.path, own.ticket) for _ in range(10 if sanitized() else 100)]
        for other in others:
            assert (other.get().status, other.patch(update=update).status) == (200, 204)
        wait_until(lambda: visit.gateway.memory_kib() < before + 60_000, what="the memory to be given back")
        for other in others:
            other.close()

    visit(before=calls)


def test_who_says_nothing_makes_room_for_others(visit, program, api):
    """A thousand silent ones and more; whoever asks is served, and a caller of before is told so by the end of his connection."""
    silent = []
    try:
        for _ in range(1100):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(PATIENCE_S)
            s.connect(api.path)
            silent.append(s)
        fresh = SessionApi(api.path, api.ticket)
        assert fresh.patch(update={"a": 2}).status == 204
        fresh.close()
        assert silent[0].recv(1) == b"", "the one that was silent longest has gone"
    finally:
        for s in silent:
            s.close()


HALF = {
    "a head": b"GET",
    "a body": b"PATCH /session HTTP/1.1\r\nContent-Length: 100\r\n\r\nx",
    "another's ticket": b"PATCH /session HTTP/1.1\r\nContent-Length: 9\r\nAuthorization: Ticket " + 43 * b"x" + b"\r\n\r\n{}",
}


@pytest.fixture
def crowd(visit, api):
    """crowd(data): more callers than there is room for, each of whom has sent this; so many have been taken."""
    callers = []

    def crowd(data=b"", until=1024):
        for _ in range(1100):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(PATIENCE_S)
            callers.append(s)
            s.connect(api.path)
            try:
                s.sendall(data)
            except BrokenPipeError:
                pass  # it made room already
        wait_until(lambda: visit.gateway.descriptors() > until, what="the callers to be taken")

    yield crowd
    for s in callers:
        s.close()


@pytest.mark.parametrize("data", HALF.values(), ids=HALF)
def test_who_shows_no_ticket_keeps_nobody_out(visit, program, api, crowd, data):
    """Whatever they have begun: who has a ticket need not wait until they are given up."""
    api.patch()
    crowd(data)
    crowd(data)  # those that may still be on their way go by then
    begun = time.monotonic()
    fresh = SessionApi(api.path, api.ticket)
    assert fresh.patch(update={"a": 2}).status == 204
    fresh.close()
    assert time.monotonic() - begun < 20, "half a minute is how long they may take"
    assert api.patch().status == 204, "nor does anybody go for them who has shown his"


def test_who_has_shown_a_ticket_is_not_sent_away_for_strangers(visit, program, api, crowd):
    api.raw(f"PATCH /session HTTP/1.1\r\nContent-Length: 18\r\nAuthorization: Ticket {api.ticket}\r\n\r\n".encode() + b'{"update"')
    crowd()
    api.raw(b':{"a":2}}')
    assert api.answer().status == 204


def test_strangers_leave_descriptors_to_who_has_a_ticket(visit, program, api, crowd):
    api.patch()
    few = visit.gateway.descriptors() + 64
    resource.prlimit(visit.gateway.process.pid, resource.RLIMIT_NOFILE, (few, few))
    crowd(b"GET", until=64)
    begun = time.monotonic()
    fresh = SessionApi(api.path, api.ticket)
    assert fresh.patch(update={"a": 2}).status == 204
    fresh.close()
    assert time.monotonic() - begun < 20


def test_what_is_left_when_all_have_gone(visit, program, api):
    before = visit.gateway.descriptors()
    for _ in range(50):
        for data in (b"", b"GET", b"PATCH /session HTTP/1.1\r\nContent-Length: 100\r\n\r\nx"):
            client = SessionApi(api.path)
            client.raw(data)
            client.close()
    wait_until(lambda: visit.gateway.descriptors() <= before, what="the connections to be closed")
    assert api.patch(update={"a": 2}).status == 204


def test_no_ticket_stands_in_the_log(visit, program, api):
    api.patch("nonsense")
    api.ask("POST")
    visit.gateway.stop()
    assert api.ticket not in visit.gateway.log


def test_strangers_do_not_fill_the_log(visit, program, api):
    """Every local user may be one; of those in one second ten are told, and that there are more."""
    stranger = SessionApi(api.path)
    begun = time.monotonic()
    assert {stranger.get().status for _ in range(300)} == {401}
    seconds = int(time.monotonic() - begun) + 2
    stranger.close()
    wait_until(lambda: "session API: whoever else is refused in this second" in visit.gateway.log, what="the log to say so")
    assert 10 <= visit.gateway.log.count("session API: refused") <= min(10 * seconds, 299)

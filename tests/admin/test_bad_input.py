"""What is malformed gets its problem, in time, whatever else is going on (admin-api.md sections 1, 7, 8; rest/daemon.h)."""

import io
import json
import re
import socket
from contextlib import contextmanager
from http.client import HTTPResponse
from threading import Event, Thread

import pytest

from harness.address import connect
from harness.admin import Connection, Reply, speak, token_of
from harness.process import PATIENCE_S, wait_until
from harness.watch import MIB

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
ALLOWED = f"Authorization: Bearer {token_of('ops')}\r\n".encode()
REVOKE = b"POST /api/v1/sessions/revoke HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + ALLOWED
ALL = b'{"all":true}'
ID = "AAAAAAAAAAAAAAAAAAAA"


class Heard:
    """What was answered, for http.client to take apart."""

    def __init__(self, bytes_):
        self.bytes_ = bytes_

    def makefile(self, *_):
        return io.BytesIO(self.bytes_)


def reply(heard, asked):
    """What was answered to these bytes."""
    method, target = asked.split(maxsplit=2)[:2]
    response = HTTPResponse(Heard(heard))
    response.begin()
    return Reply(response, method.decode(), target.decode())


@contextmanager
def served(gateway):
    """While others misbehave /livez is answered, on a kept connection and on new ones."""
    over, statuses, late, kept = Event(), [], [], Connection(gateway.admin.address)

    def ask(connection):
        try:
            while True:  # once at least
                statuses.append(gateway.nobody.call("GET", "/livez", connection=connection).status)
                if over.wait(0.02):
                    return
        except OSError as error:
            late.append(repr(error))

    threads = [Thread(target=ask, args=(connection,)) for connection in [None, kept]]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        kept.close()
    assert set(statuses) == {200} and not late


# --- heads ---

FAULTS = [
    b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /livez?" + b"a=b&" * 10000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /livez?" + b"a&" * 4000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    GET + b"Host: b\r\n\r\n",
    GET + b"Accept: */*\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
    REVOKE + b"Content-Length: 12\r\nContent-Length: 13\r\n\r\n" + ALL,
    REVOKE + b"Content-Length: 12\r\nContent-Length: 12\r\n\r\n" + ALL,
    REVOKE + b"Transfer-Encoding: chunked\r\nContent-Length: 12\r\n\r\n" + ALL,
    REVOKE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + ALL,
    REVOKE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + ALL,
    REVOKE + b"Transfer-Encoding: xchunked\r\n\r\n" + ALL,
    REVOKE + b"Transfer-Encoding: identity\r\nContent-Length: 12\r\n\r\n" + ALL,
]


@pytest.mark.parametrize("head", FAULTS, ids=range(len(FAULTS)))
def test_what_two_readers_may_take_for_two_requests(gateway, head):
    """It is refused at once, and what follows it is not taken for another one."""
    heard = speak(gateway.admin.address, head + GET + b"\r\n")
    assert reply(heard, head).problem == (400, "invalid-parameter")
    assert heard.count(b"HTTP/1.1 ") == 1 + (head == FAULTS[2])  # which is whole: only its parameters are too many
    assert token_of("ops").encode() not in heard


def test_as_many_parameters_as_a_target_has_room_for(admin):
    for query in ["&" * 8000, "&=" * 1000]:
        assert admin.get(f"/livez?{query}").status == 200


def test_heads_that_are_none(gateway):
    """libmicrohttpd's own words, or a hang-up; nothing is done, and nobody else notices."""
    with served(gateway):
        for bytes_ in [
            b"GET \r\nHost: a\r\n\r\n",
            b"GET\t/livez\tHTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /livez HTTP/1.1 x\r\nHost: a\r\n\r\n",
            b"\0" * 70000,
            b"A" * 200000,
            GET + b"X: " + b"y" * 200000 + b"\r\n\r\n",
            GET + b"X: y\r\n" * 30000 + b"\r\n",
            GET + b"nonsense\r\n\r\n",
            REVOKE + b"Content-Length: 1e3\r\n\r\n" + ALL,
            REVOKE + b"Content-Length: 18446744073709551616\r\n\r\n" + ALL,
            REVOKE + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + ALL,
            REVOKE + b"Transfer-Encoding: chunked\r\n\r\nc\r\n" + ALL + b"xx0\r\n\r\n",
            REVOKE + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + ALL,
            REVOKE + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" + ALL,
            REVOKE + b"Content-Length: 100\r\n\r\n" + ALL,
            bytes(range(256)) * 400,
        ]:
            heard = speak(gateway.admin.address, bytes_)
            assert b"HTTP/1.1 2" not in heard.replace(b"HTTP/1.1 100", b""), bytes_[:60]
    assert gateway.admin.get("/api/v1/audit").json["data"] == []


def test_what_is_odd_and_all_right(gateway):
    body = b"Content-Length: 12\r\n\r\n" + ALL
    for bytes_, status in [
        (b"GET /livez HTTP/1.0\r\n\r\n", 200),
        (b"\r\n\r\n" + GET + b"\r\n", 200),
        (b"GET /livez? HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        (GET + b"Content-Length: 3\r\n\r\nabc", 200),
        (GET + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200),
        (REVOKE + b"Expect: 100-continue\r\n" + body, 200),
        (REVOKE + b"Expect: nonsense\r\n" + body, 200),
        (REVOKE + b"Transfer-Encoding: Chunked\r\n\r\n5;a=b\r\n" + ALL[:5] + b"\r\n07\r\n" + ALL[5:] + b"\r\n0\r\nX: y\r\n\r\n", 200),
        (REVOKE + b"\r\n" + ALL, 400),  # without a length there is no body
    ]:
        heard = speak(gateway.admin.address, bytes_).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert reply(heard, bytes_).status == status, bytes_


# --- bodies ---

NO_JSON = [
    b"",
    b" ",
    b"null",
    b"[]",
    b"1",
    b'"all"',
    b"{",
    b"{]",
    b'{"all":true',
    b'{"all":true}}',
    b'{"all":true}\0',
    b'{"all":true,}',
    b'{"all":True}',
    b"{'all':true}",
    b"{all:true}",
    b'\xef\xbb\xbf{"all":true}',
    b'{"all":true}{"all":true}',
    b'{"all":true,"all":true}',
    b'{"dry_run":true,"all":true,"dry_\\u0072un":false}',
    b'{"reason":"\xff","all":true}',
    b'{"reason":"\xed\xa0\x80","all":true}',
    b'{"reason":"\xc0\xaf","all":true}',
    b'{"reason":"\xf4\x90\x80\x80","all":true}',
    b'{"reason":"\\ud800","all":true}',
    b'{"reason":"\\udc00\\ud800","all":true}',
    b'{"reason":"\\u0000","all":true}',
    b'{"reason":"\\x41","all":true}',
    b'{"reason":"a\nb","all":true}',
    b'{"reason":01}',
    b'{"reason":.5}',
    b'{"reason":1.}',
    b'{"reason":+1}',
    b'{"reason":1e}',
    b'{"reason":NaN}',
    b'{"reason":-Infinity}',
    b'{"a":' * 10000 + b"1" + b"}" * 10000,
    b'{"a":' + b"[" * 10000 + b"]" * 10000 + b"}",
    b'{"a":' + b"[" * 100000,
    '{"all":true}'.encode("utf-16"),
    json.dumps({f"m{n}": n for n in range(70)}).encode()[:-1] + b',"m69":1}',
]
READS_BODIES = [
    ("POST", "/api/v1/sessions/revoke"),
    ("PATCH", f"/api/v1/sessions/{ID}"),
    ("PATCH", f"/api/v1/sessions/{ID}/attributes"),
    ("PUT", "/api/v1/users/alice/block"),
]


@pytest.mark.parametrize("method, path", READS_BODIES)
def test_bodies_that_are_no_json(admin, method, path):
    connection = Connection(admin.address)
    for body in NO_JSON:
        if body or method != "PUT":  # a block needs none
            bad = admin.call(method, path, body, {"Content-Type": "application/json", "If-Match": "*"}, connection)
            assert bad.problem == (400, "invalid-json"), body[:60]
    connection.close()


@pytest.mark.parametrize("method, path", READS_BODIES)
def test_bodies_of_other_types_and_sizes(admin, method, path):
    for type_ in [None, "", "text/plain", "application/jsonx", "application/json-patch+json", "a" * 5000, "application/x-www-form-urlencoded"]:
        headers = {"Content-Type": type_} if type_ is not None else {}
        assert admin.call(method, path, b"{}", headers).problem == (415, "unsupported-media-type"), type_
    large = b'{"reason":"' + b"x" * 1048576 + b'"}'
    assert admin.call(method, path, large, {"Content-Type": "application/json"}).problem == (413, "body-too-large")
    for type_ in ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;"]:
        assert admin.call(method, path, b"{", {"Content-Type": type_}).problem == (400, "invalid-json"), type_


def test_members_that_are_something_else(admin):
    def wrong(method, path, *bodies):
        for body in bodies:
            bad = admin.call(method, path, body, {"Content-Type": "application/json", "If-Match": "*"})
            assert bad.wrong, body
            assert all(error["detail"] for error in json.loads(bad.body)["errors"])

    things = [b"1e400", b"-1e400", b"-0", b"0", b"-1", b"1.5", b"99999999999999999999", b"1e-400", b'"1h"', b"{}", b"[]", b"[null]", b"true", b"null"]
    wrong("PATCH", f"/api/v1/sessions/{ID}", *[b'{"idle_timeout_s":' + thing + b"}" for thing in things])
    wrong("PATCH", f"/api/v1/sessions/{ID}", *[b'{"expires_at":' + thing + b"}" for thing in things])
    wrong("PATCH", f"/api/v1/sessions/{ID}", b'{"id":1}', b'{"":1}', b'{"idle_timeout_s\\n":1}')
    wrong("PUT", "/api/v1/users/alice/block", *[b'{"until":' + thing + b"}" for thing in things[:-1]])
    wrong("PUT", "/api/v1/users/alice/block", b'{"reason":1e400}', b'{"reason":[]}', b'{"reason":true}', b'{"reason":"\\u001b[31m"}')
    revoke = [f'"{name}":{value}' for name in ["ids", "except"] for value in ["1", "{}", '"a"', "[1]", '["a"]', f'[["{ID}"]]', "null"]]
    revoke += [f'"{name}":{value}' for name in ["all", "dry_run"] for value in ["1", "null", '"true"', "[]"]]
    revoke += [f'"filter":{value}' for value in ["1", "[]", '"a"', "null", '{"x":1}', '{"user":[]}', '{"user":""}', '{"user":null}']]
    revoke += ['"selection":1', '"reason":[]', f'"reason":"{"x" * 201}"', f'"ids":{json.dumps([ID] * 501)}']
    revoke += [f'"filter":{{"idle_gt_s":{value}}}' for value in ["1e400", "-0", "1.5", "-1", "1e300", "true", '"1e2"']]
    revoke += ['"filter":{"user":"a","us\\u0065r":"b"}', '"filter":{"ip":"1.2.3"}', '"filter":{"created_after":"9999-99-99T00:00:00Z"}']
    wrong("POST", "/api/v1/sessions/revoke", *[f"{{{member}}}".encode() for member in revoke])
    assert admin.post("/api/v1/sessions/revoke", {"all": True, "selection": ""}).problem == (400, "filter-required")


def test_cursors_and_selections(admin, gateway, visitor):
    visitor(gateway), visitor(gateway)
    good = admin.sessions(limit=1).json["page"]["next"]
    flipped = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in [0, 10, len(good) // 2, len(good) - 3]]
    bad = [*flipped, good[:-1], good + "A", good * 2, "A", "=" * 40, "A" * 4096, "A" * 5000, "null", "%00", "../..", "\u00e4"]
    for cursor in bad:
        reply = admin.sessions(limit=1, cursor=cursor)
        assert reply.problem in [(400, "invalid-cursor"), (400, "invalid-parameter")], cursor
        assert admin.post("/api/v1/sessions/revoke", {"selection": cursor}).problem == (400, "invalid-selection"), cursor
    for path in ["/api/v1/users", "/api/v1/audit", "/api/v1/users/alice/sessions"]:
        assert admin.get(path, cursor=good).problem == (400, "invalid-cursor"), path
    assert admin.sessions(limit=1, cursor=good).status == 200


# --- crowds ---


def held(address, bytes_):
    """Somebody who has said that much, and stays."""
    s = connect(address, PATIENCE_S)
    try:
        s.sendall(bytes_)
    except OSError:
        pass  # hung up on already: there are too many
    return s


def test_three_hundred_who_say_half_of_it(gateway):
    """Slow heads, slow bodies, chunks that do not come, and no more memory than they may have."""
    address = gateway.admin.address
    filler = b"x" * 60000
    half = [
        b"GET /liv",
        GET,
        GET + b"X: " + filler,
        GET + b"Content-Length: 1000\r\n\r\n" + b"x",
        REVOKE + b"Content-Length: 1048576\r\n\r\n" + filler,
        REVOKE + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + filler,
        REVOKE + b"Expect: 100-continue\r\nContent-Length: 12\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ]
    assert gateway.admin.get("/api/v1").status == 200  # the API's thread is there: it begins after the sockets
    before, descriptors = gateway.memory_kib(), gateway.descriptors()
    people = []
    try:
        with served(gateway):
            people = [held(address, half[number % len(half)]) for number in range(300)]
            for s in people[::3]:
                try:
                    s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # was hung up on
            assert gateway.admin.get("/api/v1").status == 200
            assert gateway.memory_kib() < before + 128 * MIB
    finally:
        for s in people:
            s.close()
    wait_until(lambda: gateway.descriptors() <= descriptors, what="them to be let go")


def test_requests_behind_each_other_of_every_kind(gateway):
    """Pipelined: each gets its own answer, in order."""
    chunked = REVOKE + b"Transfer-Encoding: chunked\r\n\r\nc\r\n" + ALL + b"\r\n0\r\n\r\n"
    bad = REVOKE + b"Content-Length: 1\r\n\r\n{"
    heard = speak(gateway.admin.address, (GET + b"\r\n" + chunked + bad) * 20)
    assert re.findall(rb"HTTP/1.1 (\d+)", heard) == [b"200", b"200", b"400"] * 20

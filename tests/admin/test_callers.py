"""Who is slow, says half, or says nonsense, keeps nobody else from being served (rest/daemon.h)."""

import json
import os
import socket
import time

import pytest

from harness.address import connect
from harness.admin import Connection, speak
from harness.process import PATIENCE_S, wait_until
from harness.witness import look

HEAD = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
CALLERS = 256  # DAEMON_CALLERS

NONSENSE = [
    b"\r\n\r\n",
    b"\0" * 100,
    b"GET\r\n\r\n",
    b"GET /livez\r\n\r\n",
    b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n",
    b"GET /livez HTTP/1.1\r\n\r\n",
    b"GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /li\0vez HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\xff%ff HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET " + b"/a" * 40000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /livez?" + b"a=b&" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("bytes_", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense(gateway, bytes_):
    for address in [gateway.admin.address, gateway.local.address]:
        try:
            speak(address, bytes_)
        except (ConnectionError, BrokenPipeError):
            pass
    assert gateway.admin.get("/api/v1").status == 200


def test_a_request_byte_by_byte(gateway):
    with connect(gateway.admin.address, PATIENCE_S) as s:
        for byte in HEAD:
            s.sendall(bytes([byte]))
        s.shutdown(socket.SHUT_WR)
        assert look(HEAD, b"".join(iter(lambda: s.recv(4096), b""))) == [("GET", "/livez", 200)]


def test_kept_connections_and_requests_behind_each_other(gateway):
    connection = Connection(gateway.admin.address)
    for _ in range(5):
        assert gateway.admin.call("GET", "/api/v1/sessions", connection=connection).status == 200
        assert gateway.admin.call("DELETE", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAA", connection=connection).status == 404
    connection.close()
    assert look(HEAD * 20, speak(gateway.admin.address, HEAD * 20)) == [("GET", "/livez", 200)] * 20


@pytest.mark.against_the_clock(0.5)
def test_who_goes_while_the_store_works(moody):
    gateway = moody(store={"timeout": "500ms"})
    gateway.store.tell("hang", "find")
    assert gateway.nobody.get("/livez").status == 200  # the API's thread is there: it begins after the sockets
    before = gateway.descriptors()
    request = f"GET /api/v1/sessions/{'A' * 20} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {gateway.admin.token}\r\n\r\n"
    for _ in range(20):
        with connect(gateway.admin.address, PATIENCE_S) as s:
            s.sendall(request.encode())
    assert gateway.nobody.get("/livez").status == 200
    wait_until(lambda: gateway.descriptors() <= before, what="those who went to be let go")


def test_the_end_while_the_store_works(moody):
    gateway = moody(store={"timeout": "20s"})
    gateway.store.tell("hang", "find")
    request = f"GET /api/v1/sessions/{'A' * 20} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {gateway.admin.token}\r\n\r\n"
    waiting = [connect(gateway.admin.address, PATIENCE_S) for _ in range(5)]
    for s in waiting:
        s.sendall(request.encode())
    wait_until(lambda: gateway.store.asked()["find"] >= 5, what="the store to be asked")
    gateway.stop()  # it ends well, and soon
    for s in waiting:
        assert s.recv(100) == b""
        s.close()


def hold(address, bytes_, count):
    held = []
    for _ in range(count):
        s = connect(address, PATIENCE_S)
        s.sendall(bytes_)
        held.append(s)
    return held


@pytest.mark.parametrize(
    "half",
    [b"", b"GET /liv", b"GET /livez HTTP/1.1\r\nHost: a\r\n", b"POST /api/v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_a_house_full_of_those_who_say_half(gateway, half):
    kept = hold(gateway.admin.address, half, CALLERS + 40)
    began = time.monotonic()
    for _ in range(5):
        assert gateway.admin.get("/api/v1").status == 200
        assert gateway.local.get("/api/v1").status == 200
    assert time.monotonic() - began < PATIENCE_S
    for s in kept:
        s.close()
    wait_until(lambda: gateway.descriptors() < 100, what="all of them to be let go")


def test_who_takes_no_answer(gateway, visitor):
    for _ in range(30):
        visitor(gateway, "alice", "X-Session-Set: a=" + "x" * 100)
    request = f"GET /api/v1/sessions?limit=500 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {gateway.admin.token}\r\n\r\n".encode()
    kept = []
    for _ in range(20):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        host, _, port = gateway.admin.address.rpartition(":")
        s.connect((host, int(port)))
        s.setblocking(False)
        try:
            for _ in range(50):
                s.send(request)
        except BlockingIOError:
            pass
        kept.append(s)
    for _ in range(5):
        assert len(gateway.admin.sessions(limit=500).json["data"]) == 30
    for s in kept:
        s.close()


def test_bodies(gateway):
    for path, body in [("/livez", b"x" * 10), ("/api/v1", b"{" * 2_000_000)]:
        assert gateway.admin.call("GET", path, body).status == 200  # nobody looks at it
    assert gateway.nobody.call("POST", "/api/v1", b"x" * 3_000_000).status == 405


def test_the_socket_goes_with_the_gateway(serve, directory):
    path = f"{directory}/own.sock"
    gateway = serve(admin={"listen": [{"address": f"unix:{path}", "mode": "0600"}]})
    assert os.stat(path).st_mode & 0o777 == 0o600
    gateway.stop()
    assert not os.path.exists(path)


def test_what_it_says_where_it_is(gateway):
    for address in [gateway.admin.address, gateway.local.address]:
        wait_until(lambda address=address: f"admin API on {address}" in gateway.log, what="the log to say so")
    assert json.dumps(gateway.admin.token)[1:-1] not in gateway.log

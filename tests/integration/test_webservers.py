"""F23: what a browser gets through each web server, run with the configuration that the gateway prints for it."""

import http.client
import itertools
import json
import os
import socket
import time
from dataclasses import dataclass
from threading import Thread

import pytest

from harness.chain import BROWSER_PATIENCE_S, digest, temporary_chain, together
from harness.problem import URN
from harness.process import SOON_S, wait_until
from harness.scenes import Scenes, large_body
from harness.webserver import WebServer, apache, caddy, haproxy, lighttpd, nginx

UPLOAD = os.urandom(20 << 20)
LARGE = 13_000_000


@dataclass(frozen=True)
class Manner:
    """How a web server goes about it: what can be expected of the chain, and what only later or not at all."""

    server: WebServer
    keeps: bool = True  # its connections to the gateway
    multiplexes: bool = False
    gathers_body: bool = False  # contacts nobody before a request is whole
    gathers_answer: bool = False  # takes an answer whole, however slow its client
    shows_no_part: bool = False  # ... and its client sees nothing of it before
    sees_silence: bool = False  # notices a client that leaves while nothing is sent to it
    chunks_most: int = None  # bytes of the longest chunked upload that it takes; what it answers to a longer one
    chunks_refusal: int = None
    hides_cuts: bool = False  # of answers whose length nobody announced


# None but nginx looks at a client to whom it has nothing to say.
# HAProxy waits for a chunked body to fit its buffer of 16 KiB, so that it has a CONTENT_LENGTH to tell; a longer one
# it refuses by itself, and so does lighttpd any, when it may not gather bodies.
# HAProxy 2.6 reads no more of a connection while one of those who share it has a client that reads nothing: another request
# that it puts there waits as long, and is 502 after its timeout (what the gateway sends is whole, as a relay between them saw).
# lighttpd finds that an answer was cut, but when it has gathered that first, it sends what it has with the length of it.
# Caddy 2.6 logs "aborting with incomplete response" when an error cuts one, and ends it as a whole one all the same.
MANNERS = {
    f"nginx-keep-{keep_conn}-buffering-{buffering}-body-{body}": Manner(
        nginx(keep_conn, buffering, body),
        keeps=keep_conn == "on",
        gathers_body=body == "on",
        gathers_answer=buffering == "on",
        sees_silence=True,
    )
    for keep_conn, buffering, body in itertools.product(("on", "off"), repeat=3)
} | {
    "apache": Manner(apache()),
    "apache-no-reuse": Manner(apache(reuse=False), keeps=False),
    "lighttpd": Manner(lighttpd(), keeps=False, gathers_body=True, gathers_answer=True, shows_no_part=True, hides_cuts=True),
    "lighttpd-streaming": Manner(lighttpd(stream=True), keeps=False, chunks_most=-1, chunks_refusal=411),
    "caddy": Manner(caddy(), keeps=False, hides_cuts=True),
    "haproxy": Manner(haproxy(), chunks_most=12_000, chunks_refusal=400),
    "haproxy-no-keep": Manner(haproxy(keep_conn=False), keeps=False, chunks_most=12_000, chunks_refusal=400),
    "haproxy-multiplexing": Manner(haproxy(multiplex=16), multiplexes=True, chunks_most=12_000, chunks_refusal=400),
}


class Served:
    """A chain with one web server, for all the tests of it."""

    def __init__(self, manner, chain):
        self.manner, self.chain = manner, chain
        self.visitor = chain.start(
            {"app": chain.scripted(Scenes(), idle_timeout="1s"), "gone": {"servers": [f"unix:{chain.path('gone.sock')}"]}},
            manner.server,
            routes=[{"path": "/", "application": "app"}, {"path": "/gone/", "application": "gone"}],
        )
        self._numbers = itertools.count()

    def unique(self, path):
        """A URI that no other request has."""
        return f"{path}?{next(self._numbers)}"

    def find(self, uri):
        exchanges = self.chain.application.exchanges
        return next((e for e in exchanges if e.params["REQUEST_URI"] == uri and hasattr(e, "over")), None)

    def exchange(self, uri):
        """The application's side of that request, as soon as it is there."""
        return wait_until(lambda: self.find(uri), what=uri)

    def connect(self, receive_buffer=None):
        s = socket.socket()
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.settimeout(BROWSER_PATIENCE_S)
        s.connect(("127.0.0.1", self.chain.port))
        return s

    def begin(self, uri, method="GET", lines=(), **how):
        """A request on its way; its socket."""
        s = self.connect(**how)
        s.sendall("\r\n".join([f"{method} {uri} HTTP/1.1", "Host: example.test", *lines, "", ""]).encode())
        return s

    def ask(self, uri="/", method="GET", body=None, say=(), **how):
        headers = {**how.pop("headers", {}), "X-Test-Say": "|".join([say] if isinstance(say, str) else say)}
        return self.visitor.ask(uri, method, body, headers=headers, **how)

    def seen(self, uri="/", method="GET", body=None, **how):
        """What the application saw of it."""
        reply = self.ask(uri, method, body, **how)
        assert reply.status == 200, f"{reply.status} {reply.body[:300]!r}"
        return json.loads(reply.body)

    def front_connections(self):
        """Between web server and gateway, at this moment."""
        return self.chain.connections("front.sock")

    def assert_alive(self):
        assert self.seen("/alive")["bytes"] == 0


@pytest.fixture(scope="module", params=[together(name) for name in MANNERS])
def served(request):
    """Ends with nothing left open in the gateway, however many clients went away."""
    with temporary_chain() as chain:
        served = Served(MANNERS[request.param], chain)
        before = _descriptors_when_idle(chain)
        yield served
        chain.webserver.stop()
        wait_until(lambda: chain.gateway.descriptors() <= before, what="the gateway to close its connections")
        chain.application.assert_framing()


def _descriptors_when_idle(chain):
    """Of the gateway: once the connection with which it was seen to listen is gone, none is open."""
    return chain.gateway.descriptors()


@pytest.fixture(autouse=True)
def without_cookie(served):
    served.visitor.cookie = None


def test_F23_get(served):
    params = served.seen("/a%20b/c?x=1&y=%2F")["params"]
    assert params["REQUEST_URI"] == "/a%20b/c?x=1&y=%2F"
    assert params["QUERY_STRING"] == "x=1&y=%2F"
    assert params["SCRIPT_NAME"] + params.get("PATH_INFO", "") == "/a b/c"
    assert (params["REQUEST_METHOD"], params["SERVER_PROTOCOL"]) == ("GET", "HTTP/1.1")
    assert (params["REMOTE_ADDR"], params["SESSION_STATE"]) == ("127.0.0.1", "none")


def test_F23_a_short_answer_arrives_at_once(served):
    """nginx without keep-conn shows nothing of it before we close."""
    began = time.monotonic()
    served.assert_alive()
    assert time.monotonic() - began < SOON_S


@pytest.mark.parametrize("size", [0, 1, 300_000, len(UPLOAD)])
def test_F23_post(served, size):
    seen = served.seen("/", "POST", UPLOAD[:size])
    assert (seen["bytes"], seen["sha256"]) == digest(UPLOAD[:size])
    assert seen["params"]["CONTENT_LENGTH"] == str(size)
    served.assert_alive()


@pytest.mark.parametrize("size", [0, 10_000, 700_000])
def test_F23_chunked_upload(served, size):
    """The application gets its length."""
    body = UPLOAD[:size]
    if served.manner.chunks_most is not None and size > served.manner.chunks_most:
        assert _refusal(served, body) == served.manner.chunks_refusal
    else:
        pieces = [body[at : at + 7_000] for at in range(0, size, 7_000)]
        seen = served.seen("/", "POST", iter(pieces), headers={"Transfer-Encoding": "chunked"}, chunked=True)
        assert (seen["bytes"], seen["sha256"]) == digest(body)
        assert seen["params"]["CONTENT_LENGTH"] == str(size)
        assert "HTTP_TRANSFER_ENCODING" not in seen["params"]
    served.assert_alive()


def _refusal(served, body):
    """The status that a web server gives a chunked upload by itself, long before its end."""
    uri = served.unique("/")
    with served.begin(uri, "POST", ["Transfer-Encoding: chunked"]) as s:
        s.sendall(b"%x\r\n" % len(body) + body[:20_000])
        response = http.client.HTTPResponse(s)
        response.begin()
    assert served.find(uri) is None
    return response.status


def test_F23_head(served):
    reply = served.ask("/", "HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.all("Content-Type") == ["application/json"]


@pytest.mark.parametrize("status", [204, 304])
def test_F23_no_content(served, status):
    """The body that the application gives them all the same is dropped."""
    reply = served.ask("/", say=f"Status: {status}")
    assert (reply.status, reply.body) == (status, b"")


@pytest.mark.parametrize(
    ("say", "status"),
    [
        (["Status: 301 Moved Permanently", "Location: /there"], 301),
        (["Location: /there"], 302),
        (["Status: 404 Not Found"], 404),
        (["Status: 500 Oops"], 500),
    ],
)
def test_F23_status(served, say, status):
    reply = served.ask("/", say=say)
    assert reply.status == status
    if status < 400:
        assert [where.removeprefix("http://127.0.0.1") for where in reply.all("Location")] == ["/there"]


def test_F23_several_requests_on_one_connection_of_the_client(served):
    """What ends an answer ends it exactly: the next one begins behind it."""
    connection = http.client.HTTPConnection("127.0.0.1", served.chain.port, timeout=BROWSER_PATIENCE_S)
    try:
        for method, say, body, status in [
            ("GET", "", None, 200),
            ("HEAD", "", None, 200),
            ("POST", "", UPLOAD[:300_000], 200),
            ("GET", "Status: 204", None, 204),
            ("GET", "Status: 304", None, 304),
            ("GET", "", None, 200),
        ]:
            connection.request(method, "/", body, {"X-Test-Say": say})
            response = connection.getresponse()
            got = response.read()
            assert response.status == status
            assert bool(got) == (status == 200 and method != "HEAD")
    finally:
        connection.close()


def test_F23_long_headers(served):
    """As all of them take: lighttpd 8 KiB of a request, Apache 8 KiB in a line of an answer, HAProxy 100 in an answer."""
    cookie = "other=" + "c" * 7000
    assert served.seen("/", headers={"Cookie": cookie})["params"]["HTTP_COOKIE"] == cookie
    assert served.ask("/", say="X-Long: " + "l" * 6000).all("X-Long") == ["l" * 6000]
    reply = served.ask("/", say=[f"X-{n}: {n}" for n in range(80)])
    assert [reply.all(f"X-{n}") for n in range(80)] == [[str(n)] for n in range(80)]


def test_F23_an_application_that_is_down(served):
    reply = served.ask("/gone/")
    assert (reply.status, len(reply.all("Retry-After"))) == (503, 1)
    assert json.loads(reply.body)["type"] == URN + "application-unavailable"


@pytest.mark.parametrize("path", ["/cut", "/short"])
def test_F23_an_answer_that_ends_short_is_seen_to_be_cut(served, path):
    """The application dies in its body: the browser must not take half for the whole."""
    assert _is_whole(served, served.unique(path)) == (served.manner.hides_cuts and path == "/cut")
    served.assert_alive()


def _is_whole(served, uri):
    """Does a browser take the answer for a whole one?"""
    with served.begin(uri) as s:
        exchange = served.exchange(uri)
        if not served.manner.shows_no_part:
            s.recv(1, socket.MSG_PEEK)
        exchange.go.set()
        try:
            response = http.client.HTTPResponse(s)
            response.begin()
            response.read()
        except (http.client.HTTPException, ConnectionResetError):
            return False
    return response.status < 500


def test_F23_a_session(served):
    served.ask("/", say=["X-Session-Login: alice", "X-Session-Set: color=red"])
    params = served.seen("/")["params"]
    assert (params["SESSION_USER"], params["SESSION_ATTR_color"]) == ("alice", "red")
    assert "HTTP_COOKIE" not in params, "the token is the gateway's"
    assert served.ask("/", say="X-Session-Logout: self").status == 200
    assert served.visitor.cookie is None
    assert served.seen("/")["params"]["SESSION_STATE"] == "none"


def test_F23_parallel_requests_of_a_session(served):
    served.ask("/", say="X-Session-Login: alice")
    twins = [served.visitor.twin() for _ in range(12)]

    def post(n, twin):
        twin.ask("/", "POST", UPLOAD[:100_000], headers={"X-Test-Say": f"X-Session-Set: a{n}={n}"})

    threads = [Thread(target=post, args=each) for each in enumerate(twins)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    params = served.seen("/")["params"]
    assert [params.get(f"SESSION_ATTR_a{n}") for n in range(12)] == [str(n) for n in range(12)]


def test_F23_two_cookie_headers(served):
    """Joined by a semicolon, by a comma, or not at all: ours is found."""
    served.ask("/", say="X-Session-Login: alice")
    uri = served.unique("/cookies")
    with served.begin(uri, lines=["Cookie: first=1", f"Cookie: {served.visitor.cookie}"]):
        params = served.exchange(uri).params
    assert params["SESSION_USER"] == "alice"
    assert params["HTTP_COOKIE"] == "first=1"


def test_F23_the_client_cannot_pose_as_somebody(served):
    posing = {"X-Session-User": "root", "Proxy": "http://evil.test/", "Authorization": "Basic cm9vdDp4"}
    params = served.seen("/", headers=posing)["params"]
    assert "REMOTE_USER" not in params and "HTTP_PROXY" not in params
    assert not [name for name, value in params.items() if value == "root"]


def test_F23_slow_reader_of_a_large_answer(served):
    """The application waits for it, or the web server takes all of it; the gateway holds next to nothing."""
    uri = f"/large?{LARGE}"
    memory = served.chain.gateway.memory_kib()
    with served.begin(uri, receive_buffer=1 << 16, lines=["Connection: close"]) as s:
        exchange = served.exchange(uri)
        if served.manner.gathers_answer:
            wait_until(exchange.over.is_set, what="the web server to take it all")
        else:
            _wait_until_it_stalls(exchange)
            assert not exchange.over.is_set()
        assert served.chain.gateway.memory_kib() - memory < 4096
        if not served.manner.multiplexes:
            served.assert_alive()
        response = http.client.HTTPResponse(s)
        response.begin()
        assert response.read() == large_body(LARGE)


def _wait_until_it_stalls(exchange):
    sent, since = -1, 0

    def stalls():
        nonlocal sent, since
        if exchange.sent != sent:
            sent, since = exchange.sent, time.monotonic()
        return exchange.over.is_set() or time.monotonic() - since > 0.4

    wait_until(stalls, what="the application to be held up")


def test_F23_client_leaves_while_the_application_works(served):
    uri = served.unique("/work")
    with served.begin(uri):
        exchange = served.exchange(uri)
    if not served.manner.sees_silence:
        exchange.go.set()
    if served.manner.shows_no_part:
        exchange.enough.set()
    wait_until(exchange.over.is_set, what="the application to be let go")
    served.assert_alive()


def test_F23_client_leaves_in_its_upload(served):
    """An application that has begun with it is let go; behind a server that gathers bodies none hears of it."""
    uri = served.unique("/")
    half = UPLOAD[:150_000]
    with served.begin(uri, "POST", ["Content-Length: 300000"]) as s:
        s.sendall(half)
        if not served.manner.gathers_body:
            exchange = served.exchange(uri)
    if served.manner.gathers_body:
        served.assert_alive()
        assert served.find(uri) is None
    else:
        wait_until(exchange.over.is_set, what="the application to be let go")
        assert len(exchange.body) < 300_000
        served.assert_alive()


def test_F23_client_leaves_in_its_answer(served):
    uri = served.unique("/endless")
    with served.begin(uri) as s:
        exchange = served.exchange(uri)
        if served.manner.shows_no_part:
            wait_until(lambda: exchange.sent > 100_000)
        else:
            assert s.recv(1)
    if served.manner.shows_no_part:
        exchange.enough.set()
    wait_until(exchange.over.is_set, what="the application to be let go")
    served.assert_alive()


def test_F23_connections_to_the_gateway(served):
    """Kept or not, shared or not, as the configuration says."""
    served.assert_alive()
    if not served.manner.keeps:
        wait_until(lambda: served.front_connections() == 0)
    else:
        assert served.front_connections() > 0
    uris = [served.unique("/work") for _ in range(4)]
    sockets = [served.begin(uri) for uri in uris]
    try:
        exchanges = [served.exchange(uri) for uri in uris]
        if served.manner.multiplexes:
            assert served.front_connections() < 4
        else:
            assert served.front_connections() >= 4
        for exchange in exchanges:
            exchange.go.set()
            exchange.enough.set()
        for s in sockets:
            assert s.recv(12) == b"HTTP/1.1 200"
    finally:
        for s in sockets:
            s.close()

"""F23: what a browser gets through nginx from each kind of application."""

import os
from threading import Thread

import pytest

from harness.chain import digest, temporary_chain, together

APPLICATIONS = {
    "c": lambda chain: chain.c(),
    "c-kept": lambda chain: chain.c(idle_connections="auto"),
    "php": lambda chain: chain.php(),
    # as few as a child may live for: every sixth request on a kept connection meets one that has just ended
    "php-recycled": lambda chain: chain.php(children=3, max_requests=5, idle_connections=2),
    "perl": lambda chain: chain.perl(),
    "ruby": lambda chain: chain.ruby(),
    "cgi": lambda chain: chain.cgi(),
}

LARGE = os.urandom(20 << 20)


@pytest.fixture(scope="module", params=[together(name) for name in APPLICATIONS])
def visitor(request):
    """Of one application; it and its servers stay for all tests of this file."""
    with temporary_chain() as chain:
        visitor = chain.start({"app": APPLICATIONS[request.param](chain)}, routes=[{"path": "/", "application": "app"}])
        # so many that a kept connection has been seen to end where they do: a POST does not find that out
        for _ in range(20):
            visitor.session("/")
        yield visitor


@pytest.fixture(autouse=True)
def without_cookie(visitor):
    visitor.cookie = None


def test_F23_get(visitor):
    assert visitor.session("/")["STATE"] == "none"


@pytest.mark.parametrize("size", [0, 1, 300_000, len(LARGE)])
def test_F23_post(visitor, size):
    body = LARGE[:size]
    assert visitor.ask("/", "POST", body).digest == digest(body)
    assert visitor.session("/")["STATE"] == "none", "the next request is none the worse for it"


def test_F23_chunked_upload(visitor):
    pieces = [LARGE[at : at + 70_000] for at in range(0, 700_000, 70_000)]
    reply = visitor.ask("/", "POST", iter(pieces), headers={"Transfer-Encoding": "chunked"}, chunked=True)
    assert reply.digest == digest(b"".join(pieces))


def test_F23_head(visitor):
    for _ in range(2):
        reply = visitor.ask("/", "HEAD")
        assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("status", [204, 304, 404, 500])
def test_F23_status(visitor, status):
    """204 and 304 lose the body that these pages give them all the same."""
    reply = visitor.ask("/", status=status)
    assert reply.status == status
    assert (reply.body == b"") == (status in (204, 304))


def test_F23_large_answer(visitor):
    reply = visitor.ask("/", headers={"X-Test-Bytes": str(len(LARGE))})
    assert (reply.status, len(reply.body), reply.body.strip(b"x")) == (200, len(LARGE), b"")


def test_F23_a_session(visitor):
    visitor.ask("/", say=["Login: alice", "Set: color=red"])
    session = visitor.session("/")
    assert (session["STATE"], session["USER"], session["ATTR_color"]) == ("authenticated", "alice", "red")
    assert visitor.ask("/", say="Logout: self").status == 200
    assert visitor.cookie is None
    assert visitor.session("/")["STATE"] == "none"


def test_F23_parallel_requests(visitor):
    """Of one session, more than any of these has processes."""
    visitor.ask("/", say="Login: alice")
    twins = [visitor.twin() for _ in range(8)]
    threads = [Thread(target=twin.ask, args=("/",), kwargs={"say": f"Set: a{n}={n}"}) for n, twin in enumerate(twins)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session = visitor.session("/")
    assert [session.get(f"ATTR_a{n}") for n in range(8)] == [str(n) for n in range(8)]

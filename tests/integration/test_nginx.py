"""F23: what a browser gets through nginx from each kind of application."""

import os
import re
import time

import pytest

APPLICATIONS = ["c", "php", "perl", "cgi"]


@pytest.fixture(params=APPLICATIONS)
def one(request, chain):
    """A visitor of one application, and its path."""
    return chain.start({request.param: getattr(chain, request.param)()}), f"/{request.param}/"


def test_F23_get(one):
    visitor, path = one
    assert visitor.session(path)["STATE"] == "none"


def test_F23_post_300_kb(one):
    visitor, path = one
    body = os.urandom(300_000)
    assert visitor.ask(path, "POST", body).body == body


def test_F23_head_204_304(one):
    visitor, path = one
    assert (visitor.ask(path, "HEAD").status, visitor.ask(path, "HEAD").body) == (200, b"")
    for status in (204, 304):
        reply = visitor.ask(path, status=status)
        assert (reply.status, reply.body) == (status, b"")
    assert visitor.ask(path, status=404).status == 404


def test_F23_a_session(one):
    visitor, path = one
    visitor.ask(path, say=["Login: alice", "Set: color=red"])
    session = visitor.session(path)
    assert (session["STATE"], session["USER"], session["ATTR_color"]) == ("authenticated", "alice", "red")
    assert visitor.ask(path, say="Logout: self").status == 200
    assert visitor.cookie is None
    assert visitor.session(path)["STATE"] == "none"


@pytest.mark.parametrize("keep_conn", ["on", "off"])
@pytest.mark.parametrize("request_buffering", ["on", "off"])
def test_F23_uploads(chain, keep_conn, request_buffering):
    visitor = chain.start(
        {"c": chain.c(), "php": chain.php()}, keep_conn=keep_conn, request_buffering=request_buffering
    )
    large = os.urandom(3 << 20)
    for path in ("/c/", "/php/"):
        assert visitor.ask(path, "POST", large).body == large, path
        assert visitor.ask(path, "POST", b"").body == b"", path
        pieces = [large[at : at + 70_000] for at in range(0, 700_000, 70_000)]
        reply = visitor.ask(path, "POST", iter(pieces), headers={"Transfer-Encoding": "chunked"}, chunked=True)
        assert reply.body == b"".join(pieces), path
        assert visitor.session(path)["STATE"] == "none"


def test_without_keep_conn_a_short_answer_arrives_at_once(chain):
    """nginx shows nothing until we close."""
    visitor = chain.start({"c": chain.c()}, keep_conn="off")
    began = time.monotonic()
    visitor.ask("/c/")
    assert time.monotonic() - began < 2


def test_an_application_that_is_down_is_a_503_page(chain):
    visitor = chain.start({"gone": {"servers": [f"unix:{chain.path('gone.sock')}"]}})
    reply = visitor.ask("/gone/", headers={"Accept": "text/html"})
    assert (reply.status, reply.all("Retry-After") != []) == (503, True)
    assert b"<html" in reply.body.lower()


def test_the_client_cannot_pose_as_somebody(chain):
    visitor = chain.start({"php": chain.php()})
    session = visitor.ask("/php/", headers={"X-Session-User": "root", "Proxy": "http://evil.test/"}).session
    assert "root" not in session.values()


def test_a_body_that_ends_short_is_seen_to_be_cut(chain):
    """The application dies in the middle: the browser must not take half for the whole."""
    visitor = chain.start({"c": chain.c(read_timeout="1s"), "cgi": chain.cgi()})
    assert visitor.session("/c/")["STATE"] == "none"
    chain.write("page.cgi", "#!/bin/sh\nprintf 'Content-Length: 1000\\r\\n\\r\\nshort'\n")
    raw = chain.raw(b"GET /cgi/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert re.search(rb"Content-Length: 1000", head)
    assert body == b"short"

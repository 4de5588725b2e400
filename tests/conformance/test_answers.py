"""Responses on their way back, and the answers that the gateway makes itself: application.md sections 8 and 10."""

import json
import re

import pytest

from harness.fastcgi import get
from harness.problem import problem
from harness.process import wait_until


@pytest.mark.parametrize(
    "name, limits, bad",
    [("a bad param", {}, {"A=B": "x"}), ("too many bytes", {"params_size": "1k"}, {"HTTP_X": "x" * 30000})],
    ids=["400", "431"],
)
def test_an_early_refusal_knows_the_request_id_and_the_taste(start, name, limits, bad):
    gateway = start(limits=limits)
    answer = gateway.ask({"HTTP_X_REQUEST_ID": "front-7", "HTTP_ACCEPT": "text/html", **get("/"), **bad})
    assert answer.status in (400, 431)
    assert answer.header("X-Request-Id") == "front-7"
    assert answer.header("Content-Type").startswith("text/html")
    wait_until(lambda: "front-7" in gateway.log)


def say(app, data):
    """Let the application answer with exactly these bytes."""

    def play(exchange):
        exchange.read_body()
        exchange.out(data)
        exchange.end()

    app.play = play


def plain(answer):
    return [(name, value) for name, value in answer.headers if name != "x-request-id"]


GOOD = [
    ("CRLF", b"X-A: b\r\n\r\nbody", 200, [("x-a", "b")]),
    ("LF", b"X-A: b\n\nbody", 200, [("x-a", "b")]),
    ("mixed", b"X-A: b\r\nX-C: d\n\r\nbody", 200, [("x-a", "b"), ("x-c", "d")]),
    ("an empty block", b"\r\nbody", 200, []),
    ("a status", b"Status: 404 Not Found\r\nX-A: b\r\n\r\nbody", 404, [("x-a", "b")]),
    ("a status without text", b"Status: 418\r\n\r\nbody", 418, []),
    ("NPH", b"HTTP/1.1 202 Accepted\r\nX-A: b\r\n\r\nbody", 202, [("x-a", "b")]),
    ("a location alone", b"Location: /there\r\n\r\n", 302, [("location", "/there")]),
    ("a location with a status", b"Status: 301 Moved\r\nLocation: /there\r\n\r\n", 301, [("location", "/there")]),
    ("hop by hop", b"Connection: close\r\nKeep-Alive: x\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\nX-A: b\r\n\r\nbody", 200, [("x-a", "b")]),
    ("equal lengths", b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody", 200, [("content-length", "4")]),
    ("1xx before it", b"Status: 103 Early Hints\r\nLink: </x>\r\n\r\nX-A: b\r\n\r\nbody", 200, [("x-a", "b")]),
    ("white space around a value", b"X-A:   b  \r\n\r\nbody", 200, [("x-a", "b")]),
    ("repeated fields", b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nbody", 200, [("set-cookie", "a=1"), ("set-cookie", "b=2")]),
]


@pytest.mark.parametrize("name, data, status, headers", GOOD, ids=[row[0] for row in GOOD])
def test_a_header_block_is_written_canonically(front, app, name, data, status, headers):
    say(app, data)
    answer = front.ask()
    assert (answer.status, plain(answer)) == (status, headers)
    if status != 302 and status != 301:
        assert answer.body == b"body"
    assert b"\n" not in answer.head.replace(b"\r\n", b"")


BAD = [
    ("no colon", b"X-A b\r\n\r\n"),
    ("space in a name", b"X A: b\r\n\r\n"),
    ("space before the colon", b"X-A : b\r\n\r\n"),
    ("empty name", b": b\r\n\r\n"),
    ("NUL", b"X-A: a\0b\r\n\r\n"),
    ("NUL in a name", b"X\0A: b\r\n\r\n"),
    ("bare CR", b"X-A: a\rb\r\n\r\n"),
    ("CR CR LF", b"X-A: a\r\r\n\r\n"),
    ("a folded line", b"X-A: a\r\n b\r\n\r\n"),
    ("a line folded with a tab", b"X-A: a\n\tb\n\n"),
    ("a fold as first line", b" X-A: b\r\n\r\n"),
    ("two statuses", b"Status: 200 OK\r\nStatus: 404 Not Found\r\n\r\n"),
    ("NPH of another protocol", b"HTTP/2 200 OK\r\n\r\n"),
    ("a status with letters behind", b"Status: 200OK\r\n\r\n"),
    ("status of two digits", b"Status: 99\r\n\r\n"),
    ("status of four digits", b"Status: 1000\r\n\r\n"),
    ("status of letters", b"Status: abc\r\n\r\n"),
    ("conflicting lengths", b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nbody"),
    ("a length that is none", b"Content-Length: many\r\n\r\n"),
    ("no header at all", b"just text"),
]


@pytest.mark.parametrize("name, data", BAD, ids=[row[0] for row in BAD])
def test_a_header_block_that_cannot_be_read_is_one_clean_502(front, app, name, data):
    say(app, data)
    answer = front.ask()
    assert problem(answer) == (502, "bad-response")
    assert not answer.cut


def test_R0_10_every_answer_says_its_status_and_one_blank_line_ends_its_head(front, app):
    say(app, b"X-A: b\n\n\r\nbody")
    answer = front.ask()
    assert answer.head.count(b"Status: 200") == 1
    assert answer.body == b"\r\nbody"


def test_R3_20_chunks_are_not_decoded_and_not_announced(front, app):
    """The web servers disagree on what they would be: they are the body."""
    say(app, b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")
    answer = front.ask()
    assert (answer.status, plain(answer), answer.body) == (202, [], b"4\r\nbody\r\n0\r\n\r\n")


def test_R0_10_an_answer_of_our_own_fits_the_smallest_buffer(start):
    """nginx takes 4 KiB of header by default, and makes a 502 of more: then rather the login page alone."""
    front = start(route={"require": "login", "login_url": "/login"}).front()
    uri = "/in?" + "%C3%A4" * 1000
    answer = front.ask(get(uri, HTTP_ACCEPT="text/html"))
    assert (answer.status, answer.header("Location").partition("?")[0]) == (302, "/login")
    assert len(answer.head) < 4000


def test_R1_18_an_answer_of_the_application_grows_little(front, app):
    """What fitted the web server's buffer still does: 4,000 bytes are fine for nginx, 4,096 are its limit."""
    head = b"Status: 200 OK\r\nX-Fill: " + b"f" * 3900 + b"\r\n"
    say(app, head + b"\r\n")
    assert len(front.ask().head) <= len(head) + 64


def test_location_is_written_before_status(front, app):
    """HAProxy makes a 302 of the other order."""
    say(app, b"Status: 301 Moved Permanently\r\nLocation: /there\r\n\r\n")
    head = front.ask().head.lower()
    assert head.index(b"location:") < head.index(b"status:")


def test_the_reason_phrase_stays(front, app):
    say(app, b"Status: 404 Nobody Home\r\n\r\n")
    assert b"Status: 404 Nobody Home" in front.ask().head


# Answers of the gateway's own.

HTML = [
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
    ("text/html", True),
    ("application/json", False),
    ("application/problem+json", False),
    ("*/*", False),
    (None, False),
    ("application/json, text/html;q=0.5", False),
]


@pytest.mark.parametrize("accept, html", HTML, ids=[str(accept) for accept, _ in HTML])
def test_a_problem_as_json_or_as_a_page(start, accept, html):
    front = start(routes=[{"path": "/only/", "application": "app"}]).front()
    answer = front.ask(get("/<script>", HTTP_ACCEPT=accept))
    assert answer.status == 404
    if html:
        assert answer.header("Content-Type").startswith("text/html")
        assert b"<html" in answer.body.lower()
        assert b"<script>" not in answer.body
        assert answer.header("X-Request-Id").encode() in answer.body
    else:
        assert problem(answer) == (404, "no-route")
    assert int(answer.header("Content-Length") or len(answer.body)) == len(answer.body)


def test_a_problem_for_head_has_no_body(start):
    front = start(routes=[{"path": "/only/", "application": "app"}]).front()
    answer = front.ask(get("/x", REQUEST_METHOD="HEAD"))
    assert (answer.status, answer.body, answer.cut) == (404, b"", False)


# X-Request-Id.

MADE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 64])
def test_a_request_id_of_the_web_server_is_kept(gateway, given):
    answer = gateway.ask(get(HTTP_X_REQUEST_ID=given))
    assert answer.all("X-Request-Id") == [given]
    assert json.loads(answer.body)["params"]["HTTP_X_REQUEST_ID"] == given
    gateway.stop()
    assert given in gateway.log


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "ä", "a/b", "a,b"])
def test_another_one_is_replaced(front, given):
    answer = front.ask(get(HTTP_X_REQUEST_ID=given))
    (made,) = answer.all("X-Request-Id")
    assert MADE.fullmatch(made) and made != given
    assert json.loads(answer.body)["params"]["HTTP_X_REQUEST_ID"] == made


def test_the_applications_own_is_replaced(front):
    answer = front.ask(get(HTTP_X_REQUEST_ID="mine", TEST_SAY="X-Request-Id: theirs"))
    assert answer.all("X-Request-Id") == ["mine"]


def test_made_ids_differ(front):
    assert len({front.ask().header("X-Request-Id") for _ in range(50)}) == 50


def test_an_access_line_for_each_request(gateway):
    gateway.ask(get("/some/path?secret=query"))
    gateway.stop()
    lines = [line for line in gateway.log.splitlines() if "/some/path" in line and "200" in line]
    assert lines, gateway.log

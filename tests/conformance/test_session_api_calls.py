"""What an application may ask of its session by the session API, and when (application.md section 9, docs/session-api.md)."""

import json

import pytest

from harness.browser import Browser
from harness.session_api import SessionApi


class Program:
    """An application that does what the test says with each request, and notes what came of it. before: until its header
    goes out; after: then, before it ends."""

    def __init__(self, app):
        self.before = self.after = None
        self.apis, self.seen = [], []
        app.play = self._play

    def _play(self, exchange):
        exchange.read_body()
        api = SessionApi.of(exchange.params)
        self.apis.append(api)
        before, after = self.before, self.after
        if before:
            self.seen.append(before(api))
        say = [line for line in exchange.params.get("TEST_SAY", "").split("\n") if line]
        exchange.out("".join(f"{line}\r\n" for line in ["Content-Type: application/json", *say]) + "\r\n")
        if after:
            exchange.out(json.dumps({"params": exchange.params})[:1])
            self.seen.append(after(api))
            exchange.out(json.dumps({"params": exchange.params})[1:])
        else:
            exchange.out(json.dumps({"params": exchange.params}))
        exchange.end()

    def does(self, before=None, after=None):
        self.before, self.after = before, after

    @property
    def last(self):
        return self.seen[-1]

    def close(self):
        for api in self.apis:
            api.close()


@pytest.fixture
def program(app):
    program = Program(app)
    yield program
    program.close()


@pytest.fixture
def visit(start, program, directory):
    """visit(before=…, after=…, say=…): a page of the browser, and what the calls were answered is program.seen."""
    browser = Browser(start(application={"session_api": True}, route={"expose": ["object"]}, listen_session_api=f"unix:{directory}/api.sock"))

    def visit(before=None, after=None, say=()):
        program.does(before, after)
        return browser.visit(say=say)

    visit.browser = browser
    return visit


def attributes(page):
    return json.loads(page.seen["SESSION_ATTRIBUTES"])


# --- reading ---


def test_get_gives_the_whole_session(visit, program):
    visit(before=lambda api: api.patch(update={"a": 1, "big": "x" * 100_000, "ü": {"b": [None]}}, login="alice"))
    page = visit(before=lambda api: api.get())
    answer = program.last
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "id": page.seen["SESSION_ID"],
        "user": "alice",
        "attributes": {"a": 1, "big": "x" * 100_000, "ü": {"b": [None]}},
        "version": int(page.seen["SESSION_VERSION"]),
    }
    assert page.seen["SESSION_OMITTED"] == "*"


def test_get_of_an_anonymous_session_names_nobody(visit, program):
    visit(say="X-Session-Set: a=1")
    visit(before=lambda api: api.get())
    assert program.last.json["user"] is None


def test_get_without_a_session_finds_none(visit, program):
    visit(before=lambda api: api.get())
    assert program.last.status == 404 and program.last.slug == "session-not-found"


# --- changing ---


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_update_is_saved_before_its_answer(visit, program, when):
    visit(say="X-Session-Update: " + json.dumps({"a": 1, "b": 2}))
    visit(**{when: lambda api: (api.patch(update={"a": None, "c": [3]}), api.get())})
    patched, got = program.last
    assert patched.status == 204 and patched.body == b""
    assert got.json["attributes"] == {"b": 2, "c": [3]}
    assert attributes(visit()) == {"b": 2, "c": [3]}


def test_before_the_header_an_update_makes_a_session_whose_token_goes_out_with_it(visit, program):
    page = visit(before=lambda api: (api.patch(update={"a": 1}), api.get()))
    assert program.last[0].status == 204
    assert page.token()[:20] == page.seen["SESSION_NEXT_ID"] == program.last[1].json["id"]
    assert page.header("Cache-Control") == "no-store"
    assert attributes(visit()) == {"a": 1}


def test_after_the_header_no_session_can_be_made(visit, program):
    page = visit(after=lambda api: api.patch(update={"a": 1}))
    assert program.last.status == 409 and program.last.slug == "headers-sent"
    assert page.token() is None and visit().state == "none"

"""What an application says of its session and waits for no answer to (gateway/session_note.h): the adapter for PHP, of what a
script has changed when its header was out."""

import json
import os
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.process import wait_until
from harness.session_api import SessionApi

WORD = "X-Session-Adapter: notes"
NOT_SAVED = "what came for the session when the header was out is not saved"
HANG_MS = 500  # longer than anybody needs to do the next thing

pytestmark = pytest.mark.against_the_clock(0.5)


def attributes(page):
    return json.loads(page.seen["SESSION_ATTRIBUTES"])


@pytest.fixture
def noting(talk):
    """noting(…as talk…): a visit, as talk()'s, of somebody who has a session with a=1."""

    def noting(**settings):
        visit = talk(application={"adapter": "php"}, **settings)
        visit(say="X-Session-Set: a=1")
        return visit

    return noting


@pytest.fixture
def visit(noting):
    return noting()


@pytest.fixture
def troubled(noting, moody):
    """visit, before a store that can be told to fail; visit.store tells it."""
    visit = noting(by=moody, store={"timeout": "1s"})
    visit.store = visit.gateway.store
    return visit


def logged(visit, words):
    wait_until(lambda: visit.gateway.log.count(words), what=f"the log to say {words!r}")


# --- what is said is saved ---


def test_a_note_is_saved_before_its_request_ends(troubled):
    """However late the store is: nobody who has seen the end of the page finds the session as it was."""
    troubled.store.tell("fine", "save", after=HANG_MS)
    began = time.monotonic()
    page = troubled(say=WORD, after=lambda api: api.note(update={"b": 2}))
    assert page.status == 200 and time.monotonic() - began >= HANG_MS / 1000
    troubled.store.fine()
    assert attributes(troubled()) == {"a": "1", "b": 2}


def test_notes_are_done_in_their_order_and_behind_what_the_header_said(visit):
    def notes(api):
        for n in range(5):
            api.note(update={"a": n, f"n{n}": n})

    visit(say=[WORD, "X-Session-Set: a=header"], after=notes)
    assert attributes(visit()) == {"a": 4} | {f"n{n}": n for n in range(5)}


def test_a_note_that_comes_with_the_whole_answer_is_saved_before_it_ends(visit, program):
    """Header, page and end wait in one piece while the gateway has not looked: as on a machine that is busy."""

    def instead(exchange, api):
        api.note(update={"b": 2})
        exchange.out(f"{WORD}\r\n\r\npage")
        exchange.end()

    for n in range(20):
        program.does(instead=instead)
        visit.browser.visit()
        page = visit(say="X-Session-Update: " + json.dumps({"b": None}))
        assert attributes(page) == {"a": "1", "b": 2}, n


def test_without_a_word_of_them_a_note_is_saved_all_the_same(visit):
    """Some time."""
    visit(after=lambda api: api.note(update={"b": 2}))
    wait_until(lambda: attributes(visit()) == {"a": "1", "b": 2}, what="the note to be saved")


def test_a_note_after_the_requests_end_is_saved(visit, program):
    visit(say=WORD)
    program.apis[-1].note(update={"b": 2})
    program.does()
    wait_until(lambda: attributes(visit()) == {"a": "1", "b": 2}, what="the note to be saved")


def test_a_reload_takes_nothing_from_them(visit, program):
    def after(api):
        visit.gateway.reload()
        api.note(update={"b": 2})

    visit(say=WORD, after=after)
    assert attributes(visit()) == {"a": "1", "b": 2}


# --- what is not ---


def test_without_a_good_ticket_nothing_is_changed(visit, program):
    def notes(api):
        good = api.ticket
        for api.ticket in ("", "x" * 43, good[:-1], good + "x", good.swapcase(), "Ticket " + good):
            api.note(update={"b": 2})

    visit(say=WORD, after=notes)
    logged(visit, "session API: refused: bad-ticket")
    assert attributes(visit()) == {"a": "1"}


REFUSED = {
    "no JSON": ["{"],
    "no object": ["[]"],
    "nothing": [""],
    "unknown": ['{"say":1}'],
    "a name too long": [json.dumps({"update": {"x" * 129: 1}})],
    "over the limits of the realm": [json.dumps({"update": {"b": "x" * 2000}})],
    "a token to be sent": [json.dumps({"login": "alice"})],
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_logged_and_the_page_is_whole(noting, body):
    visit = noting(session={"max_value": "1k"})
    page = visit(say=WORD, after=lambda api: api.note(*body))
    assert page.status == 200 and page.seen["SESSION_STATE"] == "anonymous"
    logged(visit, NOT_SAVED)
    page = visit()
    assert attributes(page) == {"a": "1"} and "SESSION_USER" not in page.seen


def test_one_that_is_too_large_is_left_unread(visit):
    visit(say=WORD, after=lambda api: api.note(update={"b": "x" * 20_000}))
    logged(visit, "session API: refused: body-too-large")
    assert attributes(visit()) == {"a": "1"}


@pytest.mark.parametrize("mood", ["fail", "refuse", "stall", "drop"])
def test_what_cannot_be_saved_is_logged_and_the_page_ends(troubled, mood):
    troubled.store.tell(mood, "save")
    page = troubled(say=WORD, after=lambda api: api.note(update={"b": 2}))
    assert page.status == 200
    logged(troubled, f"{NOT_SAVED}: store-unavailable")
    troubled.store.fine()
    assert attributes(troubled()) == {"a": "1"}


def test_a_session_that_ended_meanwhile_is_none_of_the_visitors_any_more(visit, program):
    """No fault that anybody has to look at."""
    twin = visit.browser.twin()

    def after(api):
        program.does()
        twin.visit(say="X-Session-Logout: 1")
        api.note(update={"b": 2})

    visit(say=WORD, after=after)
    assert visit().state == "none"
    logged(visit, "session-gone")
    assert visit.gateway.log.count(NOT_SAVED) == 0


# --- who does not wait for them ---


def test_a_web_server_that_goes_away_ends_no_note(troubled, program):
    troubled.store.tell("hang", "save")

    def instead(exchange, api):
        exchange.out(f"{WORD}\r\n\r\npage")
        api.note(update={"b": 2})
        exchange.end()

    program.does(instead=instead)
    front = troubled.gateway.front()
    front.send(fastcgi.request(troubled.browser.params()))
    wait_until(lambda: troubled.store.asked().get("save") == 1, what="the note to reach the store")
    front.close()
    troubled.store.fine()
    wait_until(lambda: attributes(troubled()) == {"a": "1", "b": 2}, what="the note to be saved")


def test_when_the_grace_is_over_nobody_waits_for_notes(noting, moody):
    visit = noting(by=moody, store={"timeout": "20s"}, shutdown_grace="300ms")
    store = visit.gateway.store
    store.tell("hang", "save")

    def after(api):
        api.note(update={"b": 2})
        wait_until(lambda: store.asked().get("save") == 1, what="the note to reach the store")
        visit.gateway.process.signal(15)

    page = visit(say=WORD, after=after)
    assert page.status == 200
    visit.gateway.process.wait()
    assert visit.gateway.log.count(f"{NOT_SAVED}: draining") == 1


def test_strangers_who_write_without_a_pause_keep_nobody_from_it(visit):
    """Each of theirs is looked at, and that is all."""
    over = Event()
    written = []

    def write(path):
        while not over.is_set():
            SessionApi(path, "x" * 43).note("{}")
            written.append(1)

    def after(api):
        thread = Thread(target=write, args=(api.path,))
        thread.start()
        try:
            wait_until(lambda: len(written) > 100, what="the stranger to write")
            api.note(update={"b": 2})
        finally:
            over.set()
            thread.join()

    page = visit(say=WORD, after=after)
    assert page.status == 200 and attributes(visit()) == {"a": "1", "b": 2}


# --- the socket ---


def test_where_its_path_would_be_too_long_there_is_none_and_calls_are_as_ever(start, app, directory):
    """107 bytes with the number, which a socket may have."""
    path = os.path.join(directory, "p" * (104 - len(directory)))
    gateway = start(application={"session_api": True}, listen_session_api=f"unix:{path}")
    assert os.path.exists(f"{path}.0") and not os.path.exists(f"{path}.0.notes")
    api = SessionApi(f"{path}.0", "x")
    assert api.get().status == 401
    api.close()
    gateway.stop()

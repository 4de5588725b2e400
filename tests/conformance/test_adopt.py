"""A session that is made of one that lived elsewhere, once: PATCH {"adopt":…} (docs/session-api.md)."""

import hashlib
import json
import threading

import pytest

from harness.browser import Browser
from harness.process import wait_until
from harness.session_api import SessionApi

ADOPTS = {"adapter": {"php": {"adopt": "files", "until": "2099-12-31"}}}


def old(name):
    return hashlib.sha256(name.encode()).hexdigest()


class Program:
    """Takes over what the request names, and says what came of it."""

    def __init__(self, app):
        app.play = self._play
        self.after = False  # when its header has gone out

    def _play(self, exchange):
        exchange.read_body()
        exchange.params.setdefault("TEST_PATCH", "")
        head = "".join(f"{line}\r\n" for line in exchange.params.get("TEST_SAY", "").split("\n") if line)
        if self.after:
            exchange.out(head + "\r\n")
        answers = self._patch(exchange.params)
        if not self.after:
            exchange.out(head + "\r\n")
        exchange.out(json.dumps({"params": exchange.params, "answers": answers}))
        exchange.end()

    @staticmethod
    def _patch(params):
        answers = []
        for body in filter(None, params["TEST_PATCH"].split("\n")):
            api = SessionApi.of(params)
            answer = api.patch(body)
            answers.append(answer.slug if answer.status != 204 else 204)
            api.close()
        return answers


@pytest.fixture
def program(app):
    return Program(app)


@pytest.fixture
def site(start, program, directory):
    """site(…settings of the application…): the gateway."""

    def begin(start=start, application=ADOPTS, **more):
        return start(application=application, listen_session_api=f"unix:{directory}/api.sock", **more)

    return begin


def take(browser, *ids, update=None, say=(), **more):
    """The page of a request that takes these over one after another; page.answers: what it was told."""
    update = {"user": "alice"} if update is None else update
    bodies = [json.dumps({"adopt": old(name), "update": update, **more}) for name in ids]
    return patch(browser, *bodies, say=say)


def patch(browser, *bodies, say=()):
    page = browser.visit(say=say, TEST_PATCH="\n".join(bodies))
    page.answers = json.loads(page.body)["answers"] if page.status == 200 else None
    return page


def totals(gateway):
    line = [line for line in gateway.log.splitlines() if " totals sessions_created=" in line][-1]
    return {key: int(value) for key, _, value in (word.partition("=") for word in line.split(" totals ")[1].split())}


def test_an_old_session_becomes_a_new_one(site):
    gateway = site(log={"level": "debug"})
    browser = Browser(gateway)
    page = take(browser, "old", update={"user": "alice", "cart": [1]})
    assert page.answers == [204]
    assert page.token()[:20] == page.seen["SESSION_NEXT_ID"]
    page = browser.visit()
    assert json.loads(page.seen["SESSION_ATTRIBUTES"]) == {"user": "alice", "cart": [1]}
    wait_until(lambda: f"session.created session={browser.token[:20]} " in gateway.log, what="the event")
    line = next(line for line in gateway.log.splitlines() if "session.created" in line)
    assert line.endswith(" cause=adopted")
    gateway.process.stop()
    counts = totals(gateway)
    assert (counts["sessions_created"], counts["sessions_adopted"]) == (1, 1)


def test_what_the_request_says_besides_is_saved_too(site):
    browser = Browser(site())
    take(browser, "old", say="X-Session-Set: color=red")
    assert json.loads(browser.visit().seen["SESSION_ATTRIBUTES"]) == {"user": "alice", "color": "red"}


@pytest.mark.parametrize("say", [(), "X-Session-Set: a=1", "X-Session-Rotate: 1", "X-Session-Logout: self"])
def test_a_second_one_is_told_so_and_sends_no_token(site, say):
    gateway = site()
    first, second = Browser(gateway), Browser(gateway)
    take(first, "old")
    page = take(second, "old", say=say)
    assert page.answers == ["already-adopted"]
    assert not page.set_cookies, "the first one's may be on its way to the same browser"
    assert first.visit().state == "anonymous"
    assert take(second, "another").answers == [204]


def test_the_mark_stands_when_its_session_has_ended(site):
    gateway = site()
    browser = Browser(gateway)
    take(browser, "old")
    browser.visit(say="X-Session-Logout: self")
    assert take(Browser(gateway), "old").answers == ["already-adopted"]


def test_after_its_time_nothing_is_taken_over(site):
    gateway = site(application={"adapter": {"php": {"adopt": "files", "until": "2020-01-01"}}})
    browser = Browser(gateway)
    page = take(browser, "old", say="X-Session-Set: a=1")
    assert page.answers == ["already-adopted"]
    assert json.loads(browser.visit().seen["SESSION_ATTRIBUTES"]) == {"a": "1"}, "it starts one like any other"


def test_of_many_at_once_one_takes_it_over(site):
    gateway = site(workers=2)
    barrier, answers = threading.Barrier(20), []

    def run():
        browser = Browser(gateway)
        barrier.wait()
        page = take(browser, "old")
        answers.append((page.answers[0], page.token() is not None))

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count((204, True)) == 1 and answers.count(("already-adopted", False)) == 19


@pytest.mark.parametrize(
    "bodies",
    [
        ['{"adopt":"xyz","update":{"a":1}}'],
        ['{"adopt":17,"update":{"a":1}}'],
        ['{"adopt":"%s0","update":{"a":1}}' % old("old")],
    ],
)
def test_what_cannot_be_taken_over_is_refused_and_leaves_no_mark(site, bodies):
    browser = Browser(site())
    page = patch(browser, *bodies)
    assert page.answers == ["bad-directive"] and page.token() is None
    assert take(browser, "old").answers == [204]


NOTHING = ['{"adopt":"%s"}', '{"adopt":"%s","update":{"a":null}}', '{"adopt":"%s","update":{"a":1,"a":null}}']


@pytest.mark.parametrize("body", NOTHING)
def test_of_nothing_no_session_is_made_and_no_mark(site, body):
    browser = Browser(site())
    page = patch(browser, body % old("old"))
    assert page.answers == [204] and page.token() is None
    assert patch(browser, body % old("old")).answers == [204]
    assert take(browser, "old").answers == [204]


@pytest.mark.parametrize("body", NOTHING)
def test_who_finds_nothing_is_told_that_another_was_quicker(site, body):
    """A parallel request of the same browser: its old session is gone by now, and no token may overwrite the other's."""
    gateway = site()
    take(Browser(gateway), "old")
    page = patch(Browser(gateway), body % old("old"), say="X-Session-Set: a=1")
    assert page.answers == ["already-adopted"] and not page.set_cookies


def test_of_nothing_too_it_is_too_late_after_the_header(site, program):
    browser = Browser(site())
    program.after = True
    assert patch(browser, NOTHING[0] % old("old")).answers == ["headers-sent"]


def test_who_has_a_session_takes_over_none(site):
    browser = Browser(site())
    browser.visit(say="X-Session-Set: a=1")
    assert take(browser, "old").answers == ["bad-directive"]
    assert json.loads(browser.visit().seen["SESSION_ATTRIBUTES"]) == {"a": "1"}
    assert take(Browser(browser.gateway), "old").answers == [204]


def test_after_the_header_it_is_too_late(site, program):
    browser = Browser(site())
    program.after = True
    assert take(browser, "old").answers == ["headers-sent"]
    program.after = False
    assert take(browser, "old").answers == [204]


@pytest.mark.parametrize("application", [{"session_api": True}, {"adapter": "php"}])
def test_others_may_not(site, application):
    page = take(Browser(site(application=application)), "old")
    assert page.answers == ["bad-directive"] and page.token() is None


def test_what_is_too_large_leaves_no_mark(site):
    browser = Browser(site(session={"max_size": "2k", "max_value": "2k"}))
    assert take(browser, "old", update={"a": "x" * 1500, "b": "x" * 1500}).answers == ["over-limit"]
    assert take(browser, "old").answers == [204]


def test_an_answer_of_the_store_that_is_lost_costs_nothing(site, moody):
    gateway = site(start=moody)
    gateway.store.tell("lose", "create", next=1)
    browser = Browser(gateway)
    page = take(browser, "old")
    assert page.answers == [204] and page.token()
    assert take(Browser(gateway), "old").answers == ["already-adopted"]


def test_while_the_store_is_away_nothing_is_marked(site, moody):
    gateway = site(start=moody)
    gateway.store.tell("fail", "create")
    browser = Browser(gateway)
    assert take(browser, "old").answers == ["store-unavailable"]
    gateway.store.fine()
    assert take(browser, "old").answers == [204]

"""The session API where several want to save: calls side by side, the answer's header, other requests and their locks, and a
store that fails."""

import json
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.application import Application
from harness.process import wait_until
from harness.session_api import SessionApi

pytestmark = pytest.mark.against_the_clock(0.3)  # of the shortest time-out

PATIENT = {"lock": "exclusive", "lock_wait": "2m", "lock_lease": "2m"}
HANG_MS = 500  # longer than anybody needs to do the next thing


def attributes(page):
    return json.loads(page.seen["SESSION_ATTRIBUTES"])


@pytest.fixture
def visit(talk):
    return talk()


@pytest.fixture
def troubled(talk, moody):
    """visit, before a store that can be told to fail; visit.store tells it."""

    def troubled(**settings):
        visit = talk(by=moody, store={"timeout": "1s"}, **settings)
        visit.store = visit.gateway.store
        return visit

    return troubled


def under_way(visit, api, kind, **asked):
    """A call that has reached the store, which takes its time."""
    before = visit.store.asked()[kind]
    api.send("PATCH", json.dumps(asked))
    wait_until(lambda: visit.store.asked()[kind] > before, what="the call to reach the store")


# --- one after the other ---


def test_calls_side_by_side_on_one_ticket_are_all_saved(visit, program):
    visit(say="X-Session-Set: a=1")

    def calls(api):
        answers = []

        def one(number):
            own = SessionApi(api.path, api.ticket)
            answers.extend(own.patch(update={f"n{number}": i}).status for i in range(10))
            own.close()

        threads = [Thread(target=one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers, api.get()

    visit(before=calls)
    answers, got = program.last
    assert answers == 80 * [204]
    assert got.json["attributes"] == {"a": "1"} | {f"n{number}": 9 for number in range(8)}
    assert got.json["version"] == 81 or got.json["version"] == 82  # the first one may have been a visit


def test_calls_in_one_piece_are_answered_in_their_order(visit, program):
    visit(say="X-Session-Set: a=1")

    def calls(api):
        head = f"Authorization: Ticket {api.ticket}\r\n"
        pieces = [f'PATCH /session HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}' for body in (f'{{"update":{{"a":{i}}}}}' for i in range(50))]
        api.raw("".join([*pieces, f"GET /session HTTP/1.1\r\n{head}\r\n"]).encode())
        return [api.answer() for _ in range(51)]

    visit(before=calls)
    *patched, got = program.last
    assert [answer.status for answer in patched] == 50 * [204] and got.json["attributes"] == {"a": 49}


def test_a_call_waits_for_the_one_before_it(troubled, program):
    """Else the second one would be of a session that the first one has taken to another epoch."""
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("fine", "save", after=HANG_MS)

    def calls(api):
        under_way(visit, api, "save", login="alice")
        other = SessionApi(api.path, api.ticket)
        answers = other.patch(update={"b": 2}), api.answer()
        other.close()
        return answers

    visit(before=calls)
    assert [answer.status for answer in program.last] == [204, 204]
    visit.store.fine()
    page = visit()
    assert page.seen["SESSION_USER"] == "alice" and attributes(page) == {"a": "1", "b": 2}


def test_the_header_waits_for_a_call_that_came_before_it(troubled, program):
    visit = troubled()
    visit.store.tell("fine", "create", after=HANG_MS)
    page = visit(before=lambda api: under_way(visit, api, "create", update={"a": 1}), after=lambda api: (api.answer(), api.patch(update={"b": 2})))
    assert [answer.status for answer in program.last] == [204, 204]
    assert page.token()[:20] == page.seen["SESSION_NEXT_ID"]
    assert attributes(visit()) == {"a": 1, "b": 2}


def test_what_the_header_says_is_saved_after_a_call_that_came_before_it(troubled, program):
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("fine", "save", after=HANG_MS)
    visit(before=lambda api: under_way(visit, api, "save", login="alice", update={"a": 2}), say=["X-Session-Set: a=3", "X-Session-Rotate: grace"])
    visit.store.fine()
    page = visit()
    assert page.seen["SESSION_USER"] == "alice" and attributes(page) == {"a": "3"}


def test_a_call_that_comes_after_the_header_is_done_after_it(troubled, program):
    """Also when both wait for a call that came before."""
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("fine", "save", after=HANG_MS)

    def instead(exchange, api):
        under_way(visit, api, "save", update={"b": 2})
        exchange.out("X-Session-Set: a=header\r\n\r\n")
        wait_until(lambda: visit.gateway.log.count("forward -> save") == 2, what="the header to be read")
        other = SessionApi(api.path, api.ticket)
        program.seen.append((other.patch(update={"a": "call"}), api.answer()))
        other.close()
        exchange.end()

    program.does(instead=instead)
    visit.browser.visit()
    assert [answer.status for answer in program.last] == [204, 204]
    visit.store.fine()
    assert attributes(visit()) == {"a": "call", "b": 2}


def test_a_call_that_comes_while_the_header_is_saved_waits_for_that(troubled, program):
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("fine", "save", after=HANG_MS)

    def instead(exchange, api):
        exchange.out("X-Session-Login: alice\r\n\r\n")
        program.seen.append(api.patch(update={"b": 2}))
        exchange.end()

    program.does(instead=instead)
    page = visit.browser.visit()
    assert page.token() and program.last.status == 204
    visit.store.fine()
    page = visit()
    assert page.seen["SESSION_USER"] == "alice" and attributes(page) == {"a": "1", "b": 2}


@pytest.mark.parametrize("how, status", [(lambda exchange: exchange.close(), 502), (lambda exchange: exchange.connection.record(), 504)], ids=["dies", "takes too long"])
def test_an_answer_of_our_own_waits_for_a_call_that_came_before_it(troubled, program, how, status):
    visit = troubled(application={"read_timeout": "300ms"})
    visit.store.tell("fine", "create", after=HANG_MS)

    def instead(exchange, api):
        under_way(visit, api, "create", login="alice")
        how(exchange)

    program.does(instead=instead)
    page = visit.browser.visit()
    assert page.status == status and len(page.token()) == 52
    assert visit().seen["SESSION_USER"] == "alice"


def test_who_does_not_wait_for_the_answer_has_asked_all_the_same(troubled, program):
    visit = troubled()
    visit.store.tell("fine", "create", after=HANG_MS)

    def calls(api):
        under_way(visit, api, "create", login="alice", update={"a": 1})
        api.close()

    page = visit(before=calls)
    assert len(page.token()) == 52
    page = visit()
    assert page.seen["SESSION_USER"] == "alice" and attributes(page) == {"a": 1}


@pytest.fixture
def plain(directory):
    """An application without the session API."""
    application = Application(f"unix:{directory}/plain.sock")
    yield application
    application.close()


def test_a_request_that_is_given_once_more_is_as_it_was(talk, program, app, plain):
    """Its application changed the session, and closed a kept connection without a word."""
    applications = {"app": {"servers": [app.address], "session_api": True, "idle_connections": 2}, "plain": {"servers": [plain.address]}}
    routes = [{"path": "/", "application": "app", "expose": ["object"]}, {"path": "/plain", "application": "plain"}]
    visit = talk(applications=applications, routes=routes)
    visit()
    visit.browser.visit("/plain", say="X-Session-Login: alice")
    attempts = []

    def instead(exchange, api):
        attempts.append(exchange.params)
        if len(attempts) == 1:
            assert api.patch(update={"a": 1}).status == 204
            exchange.close()
        else:
            program.answer(exchange)

    program.does(instead=instead)
    page = visit.browser.visit()
    assert len(attempts) == 2 and attempts[0] == attempts[1]
    assert page.seen["REMOTE_USER"] == "alice" and attributes(visit()) == {"a": 1}


def test_a_web_server_that_goes_away_ends_no_call(troubled, program):
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("hang", "save")
    done = Event()

    def instead(exchange, api):
        api.send("PATCH", '{"update":{"b":2}}')
        wait_until(exchange.connection.hung_up, what="the gateway to give the request up")
        visit.store.fine()
        program.seen.append((api.answer(), api.patch(update={"c": 3})))
        done.set()

    program.does(instead=instead)
    front = visit.gateway.front()
    front.send(fastcgi.request(visit.browser.params()))
    wait_until(lambda: visit.store.asked().get("save") == 1, what="the call to reach the store")
    front.close()
    assert done.wait(20)
    assert [answer.status for answer in program.last] == [204, 204]
    assert attributes(visit()) == {"a": "1", "b": 2, "c": 3}


def test_when_the_grace_is_over_nobody_waits_for_calls(troubled, program):
    visit = troubled(shutdown_grace="300ms")
    visit(say="X-Session-Set: a=1")
    visit.store.tell("hang", "save")

    def instead(exchange, api):
        under_way(visit, api, "save", update={"b": 2})
        visit.gateway.process.signal(15)
        program.seen.append(api.answer())

    program.does(instead=instead)
    page = visit.browser.visit()
    assert page.status == 503
    wait_until(lambda: program.seen, what="the call to be answered")
    assert program.last.slug == "draining"


# --- the lock ---


@pytest.fixture
def locked(talk):
    return talk(route={"expose": ["object"], **PATIENT})


class Second:
    """Another request of the same visitor, on its way."""

    def __init__(self, visit, program):
        self.visit, self.came = visit, False
        program.does(before=self._came)
        self.come_back = visit.browser.begin("/second")

    def _came(self, api):
        self.came = True

    def page(self):
        return self.come_back()


def in_line(gateway, count):
    wait_until(lambda: gateway.log.count("read-params -> load") >= count, what=f"{count} requests to be looked up")


def test_the_lock_lasts_as_long_as_something_may_be_saved(locked, program):
    locked(say="X-Session-Set: a=1")
    seconds = []

    def calls(api):
        seconds.append(Second(locked, program))
        in_line(locked.gateway, 3)
        answer = api.patch(update={"a": 2})
        return answer, seconds[0].came

    locked(after=calls)
    answer, came = program.seen[0]
    assert answer.status == 204 and not came
    assert attributes(seconds[0].page()) == {"a": 2}


@pytest.mark.parametrize("alone", [False, True])
def test_release_lets_the_next_one_in(locked, program, alone):
    locked(say="X-Session-Set: a=1")
    pages = []

    def calls(api):
        second = Second(locked, program)
        in_line(locked.gateway, 3)
        answers = [api.patch(update={"a": 2}).status] if alone else []
        answers.append(api.patch(release=True, **({} if alone else {"update": {"a": 2}})).status)
        pages.append(second.page())
        answers.append(api.patch(update={"a": 3}))
        return answers

    locked(before=calls)
    *good, late = next(seen for seen in program.seen if seen)
    assert set(good) == {204} and attributes(pages[0]) == {"a": 2}
    assert (late.status, late.slug) == (409, "session-gone"), "another was given the lock meanwhile"
    assert attributes(locked()) == {"a": 2}


def test_who_released_may_save_until_somebody_else_is_let_in(locked, program):
    locked(say="X-Session-Set: a=1")
    locked(before=lambda api: (api.patch(release=True), api.patch(update={"a": 2}), api.patch(update={"a": 3}, release=True)), say="X-Session-Set: b=2")
    assert [answer.status for answer in program.last] == 3 * [204]
    api = program.apis[-1]
    assert api.patch(update={"c": 3}).status == 204
    assert attributes(locked()) == {"a": 3, "b": "2", "c": 3}
    late = api.patch(update={"c": 4})
    assert (late.status, late.slug) == (409, "session-gone")


def test_a_lease_that_ran_out_fences_calls(talk, program):
    visit = talk(route={"expose": ["object"], "lock": "exclusive", "lock_wait": "2m", "lock_lease": "100ms"})
    visit(say="X-Session-Set: a=1")
    pages = []

    def calls(api):
        second = Second(visit, program)
        pages.append(second.page())
        return api.patch(update={"a": 2})

    visit(before=calls)
    late = next(seen for seen in program.seen if seen)
    assert (late.status, late.slug) == (409, "session-gone")
    assert attributes(visit()) == {"a": "1"}


# --- the store fails ---


@pytest.mark.parametrize("mood", ["fail", "refuse", "stall", "drop"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_cannot_be_saved_is_503_and_may_be_asked_again(troubled, program, mood, when):
    visit = troubled()
    visit(say="X-Session-Set: a=1")

    def calls(api):
        visit.store.tell(mood, "save")
        failed = api.patch(update={"b": 2})
        visit.store.fine()
        return failed, api.get(), api.patch(update={"b": 3})

    page = visit(**{when: calls})
    failed, got, saved = program.last
    assert page.status == 200
    assert (failed.status, failed.slug, failed.headers["retry-after"]) == (503, "store-unavailable", "1")
    assert got.json["attributes"] == {"a": "1"} and saved.status == 204
    assert attributes(visit()) == {"a": "1", "b": 3}


@pytest.mark.parametrize("asked", [{"update": {"b": 2}}, {"login": "alice"}, {"rotate": "grace"}, {"rotate": True}])
def test_a_save_whose_answer_was_lost_is_done_once(troubled, program, asked):
    visit = troubled()
    visit(say="X-Session-Set: a=1")
    visit.store.tell("lose", "save", next=1)
    page = visit(before=lambda api: (api.patch(**asked), api.get()))
    patched, got = program.last
    assert patched.status == 204 and got.json["version"] == 2
    assert visit().state == ("authenticated" if "login" in asked else "anonymous")
    assert (page.token() is None) == ("update" in asked)


def test_a_session_whose_making_was_lost_is_made_once(troubled, program):
    visit = troubled()
    visit.store.tell("lose", "create", next=1)
    page = visit(before=lambda api: api.patch(update={"a": 1}))
    assert program.last.status == 204 and len(page.token()) == 52
    assert attributes(visit()) == {"a": 1}


@pytest.mark.parametrize("mood", ["fail", "refuse", "stall", "hang"])
def test_what_cannot_be_read_is_503(troubled, program, mood):
    visit = troubled()
    visit(say="X-Session-Set: a=1")

    def calls(api):
        visit.store.tell(mood, "find")
        failed = api.get()
        visit.store.fine()
        return failed, api.get()

    visit(before=calls)
    failed, got = program.last
    assert (failed.status, failed.slug) == (503, "store-unavailable") and got.status == 200


def test_a_request_that_goes_on_without_its_session_changes_none(troubled, program):
    visit = troubled(route={"on_store_failure": "anonymous"})
    visit(say="X-Session-Set: a=1")
    visit.store.tell("fail", "find", next=1)
    page = visit(before=lambda api: (api.patch(update={"a": 2}), api.get()))
    assert page.seen["SESSION_REASON"] == "unavailable"
    assert [(answer.status, answer.slug) for answer in program.last] == 2 * [(503, "store-unavailable")]


def test_a_blocked_user_cannot_log_in(troubled, program):
    visit = troubled()
    visit.store.block("alice")
    page = visit(before=lambda api: api.patch(login="alice"))
    assert (program.last.status, program.last.slug) == (403, "user-blocked") and page.token() is None


def test_what_calls_cost_the_store(troubled, program):
    visit = troubled()
    visit(say="X-Session-Set: a=1")

    def counted(api, call):
        with visit.store.counting() as cost:
            assert call().status in (200, 204)
        return cost

    visit(
        before=lambda api: [
            counted(api, api.get),
            counted(api, lambda: api.patch(update={"a": 2})),
            counted(api, lambda: api.patch(login="alice", update={"b": 1})),
            counted(api, lambda: api.patch(update={})),
            counted(api, lambda: api.patch(release=True)),
        ]
    )
    assert program.last == [{"find": 1}, {"save": 1}, {"save": 1}, {}, {}]

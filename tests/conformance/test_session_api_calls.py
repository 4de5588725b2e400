"""What an application may ask of its session by the session API, and when (application.md section 9, docs/session-api.md)."""

import json
import time
from threading import Event

import pytest

from harness import fastcgi
from harness.browser import Browser
from harness.process import wait_until


@pytest.fixture
def visit(talk):
    return talk()


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


def test_login_before_the_header(visit, program):
    visit(say="X-Session-Set: a=1")
    page = visit(before=lambda api: (api.patch(login="alice"), api.patch(update={"b": 2}), api.get()))
    assert [answer.status for answer in program.last] == [204, 204, 200]
    assert program.last[2].json["user"] == "alice" and program.last[2].json["attributes"] == {"a": "1", "b": 2}
    old, new = page.seen["SESSION_ID"], page.token()
    assert new[:20] == old and "max-age" not in page.set_cookies["sg_session"][1]
    seen = visit().seen
    assert seen["SESSION_USER"] == "alice" and seen["SESSION_STATE"] == "authenticated"


def test_a_login_may_be_remembered(visit, program):
    page = visit(before=lambda api: api.patch(login="alice", remember=True))
    assert program.last.status == 204
    assert int(page.set_cookies["sg_session"][1]["max-age"]) > 89 * 86400


def test_the_old_secret_is_dead_after_a_login(visit, program):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()
    visit(before=lambda api: api.patch(login="alice"))
    assert visit(browser=twin).state == "none"


@pytest.mark.parametrize("rotate", [True, "grace"])
def test_rotation_before_the_header(visit, program, rotate):
    visit(say="X-Session-Set: a=1")
    twin, before = visit.browser.twin(), visit.browser.token
    page = visit(before=lambda api: (api.patch(rotate=rotate), api.patch(update={"b": 2})), say="X-Session-Set: c=3")
    assert [answer.status for answer in program.last] == [204, 204]
    assert page.token() not in (None, "", before) and page.token()[:20] == before[:20]
    assert visit(browser=twin).state == ("none" if rotate is True else "anonymous")
    assert attributes(visit()) == {"a": "1", "b": 2, "c": "3"}


@pytest.mark.parametrize("first", [True, "grace"])
@pytest.mark.parametrize("second", [True, "grace"])
def test_rotating_twice_sends_the_last_token(visit, program, first, second):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()
    page = visit(before=lambda api: (api.patch(rotate=first), api.patch(rotate=second)))
    assert [answer.status for answer in program.last] == [204, 204] and len(page.all("Set-Cookie")) == 1
    assert visit(browser=twin).state == ("anonymous" if first == second == "grace" else "none")
    assert visit().state == "anonymous"


def test_what_the_header_says_goes_on_from_the_calls(visit, program):
    """A save of the answer's own neither fails because of the calls before it, nor does it send what they sent."""
    page = visit(before=lambda api: api.patch(update={"a": 1}), say=["X-Session-Login: alice", "X-Session-Set: b=2"])
    assert page.token()[:20] == page.seen["SESSION_NEXT_ID"] and len(page.all("Set-Cookie")) == 1
    seen = visit()
    assert seen.seen["SESSION_USER"] == "alice" and attributes(seen) == {"a": 1, "b": "2"}


def test_calls_go_on_from_what_the_header_said(visit, program):
    visit(say="X-Session-Set: a=1")
    visit(say="X-Session-Login: alice", after=lambda api: (api.patch(update={"b": 2}), api.get()))
    assert program.last[0].status == 204 and program.last[1].json["user"] == "alice"
    assert attributes(visit()) == {"a": "1", "b": 2}


def test_a_session_that_the_header_made_can_be_changed_after_it(visit, program):
    visit(say="X-Session-Set: a=1", after=lambda api: api.patch(update={"b": 2}))
    assert program.last.status == 204 and attributes(visit()) == {"a": "1", "b": 2}


def test_logout_before_the_header_clears_the_cookie(visit, program):
    visit(say="X-Session-Set: a=1")
    page = visit(before=lambda api: (api.patch(logout="self"), api.patch(update={"b": 1}), api.get()))
    assert [answer.status for answer in program.last] == [204, 409, 409]
    assert program.last[1].slug == program.last[2].slug == "session-gone"
    assert page.token() == "" and visit().state == "none"


def test_logout_after_the_header_ends_the_session(visit, program):
    visit(say="X-Session-Set: a=1")
    page = visit(after=lambda api: api.patch(logout="self"))
    assert program.last.status == 204 and page.token() is None
    assert visit().state == "none"


def test_a_login_after_a_logout_begins_a_new_session(visit, program):
    visit(say="X-Session-Set: a=1")
    page = visit(before=lambda api: (api.patch(logout="self"), api.patch(login="bob", update={"b": 2})))
    assert [answer.status for answer in program.last] == [204, 204]
    assert len(page.token()) == 52 and page.token()[:20] != page.seen["SESSION_ID"]
    assert attributes(visit()) == {"b": 2}


@pytest.mark.parametrize("whose", ["others", "all"])
def test_logout_of_other_sessions(visit, program, whose):
    visit(say="X-Session-Login: alice")
    other = Browser(visit.gateway)
    visit(browser=other, say="X-Session-Login: alice")
    visit(after=lambda api: api.patch(logout=whose))
    assert program.last.status == 204
    assert visit(browser=other).state == "none"
    assert visit().state == ("authenticated" if whose == "others" else "none")


def test_idle_timeout(visit, program):
    visit(say="X-Session-Set: a=1")
    visit(after=lambda api: api.patch(idle_timeout_s=77))
    assert program.last.status == 204 and visit().seen["SESSION_IDLE_TIMEOUT"] == "77"


def test_nothing_asked_for_is_done_at_once(visit, program):
    page = visit(before=lambda api: [api.patch(**asked) for asked in ({}, {"update": {}}, {"update": {"a": None}}, {"rotate": False})])
    assert [answer.status for answer in program.last] == 4 * [204] and page.token() is None
    visit(after=lambda api: [api.patch(**asked) for asked in ({}, {"update": {}}, {"update": {"a": None}}, {"release": True})])
    assert [answer.status for answer in program.last] == 4 * [204]


@pytest.mark.parametrize("asked", [{"login": "alice"}, {"rotate": True}, {"rotate": "grace"}, {"update": {"a": 2}, "login": "bob"}])
def test_after_the_header_no_token_can_be_sent(visit, program, asked):
    visit(say="X-Session-Set: a=1")
    visit(after=lambda api: api.patch(**asked))
    assert program.last.status == 409 and program.last.slug == "headers-sent"
    assert attributes(visit()) == {"a": "1"}


MALFORMED = [
    "",
    "[]",
    "null",
    "{",
    '{"update":{"a":1}',
    '{"update":{"a":1}} x',
    '{"update":[]}',
    '{"update":null}',
    '{"update":{"a":01}}',
    '{"update":{"":1}}',
    '{"update":{"a":"\\ud800"}}',
    '{"update":{"a":"\\u0000"}}',
    b'{"update":{"a":"\xff"}}',
    '{"login":""}',
    '{"login":1}',
    '{"login":" alice"}',
    '{"login":"a\\nb"}',
    '{"login":null}',
    json.dumps({"login": 256 * "x"}),
    '{"login":"a","login":"b"}',
    '{"remember":true}',
    '{"rotate":1}',
    '{"rotate":"now"}',
    '{"logout":"everybody"}',
    '{"logout":true}',
    '{"idle_timeout_s":0}',
    '{"idle_timeout_s":-1}',
    '{"idle_timeout_s":1.5}',
    '{"idle_timeout_s":"600"}',
    '{"idle_timeout_s":99999999}',
    '{"release":1}',
    '{"Update":{}}',
    '{"unknown":true}',
]


def test_what_is_malformed_is_422_and_changes_nothing(visit, program):
    visit(say="X-Session-Set: a=1")
    visit(before=lambda api: [api.patch(body) for body in MALFORMED] + [api.get()])
    *answers, got = program.last
    assert [(body, answer.status) for body, answer in zip(MALFORMED, answers)] == [(body, 422) for body in MALFORMED]
    assert {answer.slug for answer in answers} == {"bad-directive"}
    assert got.json["attributes"] == {"a": "1"} and got.json["user"] is None


def test_what_is_over_a_limit_is_413_and_changes_nothing(talk, program):
    visit = talk(session={"max_size": "1000", "max_value": "100", "max_attributes": 9})
    visit(say="X-Session-Set: a=1")
    too_large = [
        {"update": {129 * "n": 1}},
        {"update": {"v": 99 * "v"}},
        {"update": {f"n{i}": 1 for i in range(9)}},
        {"update": {f"n{i}": 98 * "v" for i in range(8)} | {"a": None} | {128 * "x": 98 * "x"}},
    ]
    visit(before=lambda api: [api.patch(**asked) for asked in too_large] + [api.get()])
    *answers, got = program.last
    assert [answer.status for answer in answers] == 4 * [413]
    assert [answer.slug for answer in answers] == 4 * ["over-limit"]
    assert got.json["attributes"] == {"a": "1"}


def test_a_body_over_four_times_the_session_is_not_read(talk, program):
    visit = talk(session={"max_size": "10k"})
    visit(before=lambda api: (api.patch(json.dumps({"update": {"a": 1}}) + 40_900 * " "), api.ask("PATCH", 41_000 * "x"), api.closed()))
    fits, larger, closed = program.last
    assert fits.status == 204
    assert larger.status == 413 and larger.slug == "body-too-large" and larger.headers["connection"] == "close" and closed


def test_directives_bind_calls_too(talk, program):
    visit = talk(application={"directives": ["update"]})
    visit(before=lambda api: (api.patch(update={"a": 1}, login="alice", rotate=True, logout="self", idle_timeout_s=5), api.get()))
    assert program.last[0].status == 204
    assert program.last[1].json["user"] is None and program.last[1].json["attributes"] == {"a": 1}
    wait_until(lambda: "login dropped" in visit.gateway.log, what="the line of the log")
    assert "alice" not in visit.gateway.log


def test_on_a_peek_route_the_session_can_be_read_and_not_changed(talk, program):
    visit = talk(routes=[{"path": path, "application": "app", "session": mode} for path, mode in (("/", "on"), ("/peek", "peek"))])
    visit(say="X-Session-Set: a=1")
    visit(uri="/peek", before=lambda api: (api.get(), api.patch(update={"a": 2}), api.get()))
    first, refused, second = program.last
    assert refused.status == 403 and refused.slug == "read-only"
    assert first.json == second.json and first.json["attributes"] == {"a": "1"}


def test_login_from_holds_for_calls(talk, program):
    visit = talk(application={"login_from": "auth.id"})
    page = visit(before=lambda api: api.patch(update={"auth": {"id": 7}}))
    assert program.last.status == 204 and page.token()
    assert visit().seen["SESSION_USER"] == "7"
    visit(after=lambda api: (api.patch(update={"auth": {"id": 7}, "x": 1}), api.patch(update={"auth": {"id": 8}})))
    assert program.last[0].status == 204
    assert program.last[1].status == 409 and program.last[1].slug == "headers-sent"
    visit(before=lambda api: api.patch(update={"auth": {"id": []}}))
    assert visit().seen["SESSION_STATE"] == "anonymous"


def test_a_login_beyond_the_limit_is_403(talk, program):
    visit = talk(session={"per_user_limit": 1, "on_limit": "deny"})
    visit(say="X-Session-Login: alice")
    page = visit(browser=Browser(visit.gateway), before=lambda api: api.patch(login="alice"))
    assert program.last.status == 403 and program.last.slug == "session-limit" and page.token() is None


@pytest.mark.parametrize("call", [lambda api: api.get(), lambda api: api.patch(), lambda api: api.patch(release=True)], ids=["get", "nothing", "release"])
def test_calls_that_ask_for_no_change_cost_the_answer_nothing(visit, program, call):
    visit(say="X-Session-Set: a=1")
    page = visit(before=call)
    assert program.last.status in (200, 204) and page.header("Cache-Control") is None and page.token() is None


def test_an_answer_to_a_request_whose_calls_changed_something_is_not_kept(visit):
    visit(say="X-Session-Set: a=1")
    page = visit(before=lambda api: api.patch(update={"a": 2}))
    assert page.header("Cache-Control") == "no-store" and page.header("Vary") == "Cookie"


# --- somebody else changes the session ---


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_ended_meanwhile_is_gone(visit, program, when):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()

    def calls(api):
        program.does()
        twin.visit(say="X-Session-Logout: 1")
        return api.get(), api.patch(update={"b": 1})

    page = visit(**{when: calls})
    assert [(answer.status, answer.slug) for answer in program.last] == 2 * [(409, "session-gone")]
    assert page.token() == ("" if when == "before" else None)
    assert visit().state == "none"


def test_a_session_that_somebody_logged_in_to_meanwhile_is_gone(visit, program):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()

    def calls(api):
        program.does()
        twin.visit(say="X-Session-Login: bob")
        return api.get(), api.patch(update={"b": 1}), api.patch(rotate=True)

    page = visit(before=calls)
    assert [(answer.status, answer.slug) for answer in program.last] == 3 * [(409, "session-gone")]
    assert page.token() is None
    assert attributes(visit(browser=twin)) == {"a": "1"}


def test_other_requests_changes_of_other_attributes_stay(visit, program):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()

    def calls(api):
        program.does()
        twin.visit(say="X-Session-Set: b=2")
        return api.patch(update={"c": 3}), api.get()

    visit(after=calls)
    assert program.last[1].json["attributes"] == {"a": "1", "b": "2", "c": 3}


def test_a_token_that_was_replaced_a_moment_ago_changes_nothing_but_a_login(visit, program):
    visit(say="X-Session-Set: a=1")
    twin = visit.browser.twin()
    visit(say="X-Session-Login: alice")
    page = visit(browser=twin, before=lambda api: api.patch(update={"b": 1}))
    assert (program.last.status, program.last.slug) == (409, "session-gone") and page.token() is None


# --- answers of the gateway's own ---


@pytest.fixture
def failing(talk, program):
    """failing(how): the page of a request whose application logs alice in and then fails so."""
    visit = talk(application={"read_timeout": "300ms"})

    def failing(how):
        def instead(exchange, api):
            program.seen.append(api.patch(login="alice", update={"a": 1}))
            how(exchange)

        program.does(instead=instead)
        page = visit.browser.visit()
        program.does()
        return page, visit

    return failing


@pytest.mark.parametrize(
    "how, status",
    [
        (lambda exchange: exchange.close(), 502),
        (lambda exchange: exchange.end(), 502),
        (lambda exchange: exchange.reply("no header"), 502),
        (lambda exchange: exchange.reply("X-Session-Update: no json"), 502),
        (lambda exchange: exchange.connection.record(), 504),
    ],
    ids=["dies", "says nothing", "says nonsense", "says a bad directive", "takes too long"],
)
def test_a_token_goes_out_with_whatever_answer_there_is(failing, how, status):
    page, visit = failing(how)
    assert page.status == status and len(page.token()) == 52
    seen = visit.browser.visit().seen
    assert seen["SESSION_USER"] == "alice" and json.loads(seen["SESSION_ATTRIBUTES"]) == {"a": 1}


# --- who may call ---


def test_without_a_good_ticket_nothing_is_told(visit, program):
    def calls(api):
        answers = []
        good = api.ticket
        for ticket in (None, "", "x", good[:-1], good + "A", good[:-1] + chr(ord(good[-1]) ^ 1), good.swapcase(), 43 * "A", 43 * "é"):
            api.ticket = ticket
            answers.append(api.get())
            answers.append(api.patch(update={"a": 1}))
        api.ticket = None
        for field in ("Authorization: Bearer " + good, "Authorization: " + good, "Authorization: Ticket", "X-Ticket: " + good):
            answers.append(api.ask(fields=[field]))
        api.ticket = good
        return answers, api.get()

    visit(say="X-Session-Set: a=1")
    visit(before=calls)
    answers, good = program.last
    assert {(answer.status, answer.slug, answer.headers["www-authenticate"]) for answer in answers} == {(401, "bad-ticket", "Ticket")}
    assert good.status == 200


def test_a_ticket_is_for_its_own_request_alone(visit, program):
    other = Browser(visit.gateway)
    visit(say="X-Session-Set: whose=mine")
    visit(browser=other, say="X-Session-Set: whose=other")
    visit(before=lambda api: api.get())
    mine = program.last.json
    visit(browser=other, before=lambda api: api.get())
    assert (mine["attributes"], program.last.json["attributes"]) == ({"whose": "mine"}, {"whose": "other"})


def test_a_ticket_of_another_worker_is_none(talk, program):
    visit = talk(workers=2)
    visit(say="X-Session-Set: a=1")
    path = {}

    def calls(api):
        other = api.path[:-1] + "10"[int(api.path[-1])]
        path[api.path] = True
        stranger = type(api)(other, api.ticket)
        answer = stranger.get()
        stranger.close()
        return answer, api.get()

    for _ in range(6):
        visit(before=calls)
        wrong, right = program.last
        assert (wrong.status, wrong.slug) == (401, "bad-ticket") and right.status == 200


def test_a_ticket_is_good_for_a_thousand_calls(visit, program):
    visit(say="X-Session-Set: a=1")
    visit(before=lambda api: [api.get().status for _ in range(999)] + [api.patch(update={"a": 2}), api.patch(update={"a": 3}), api.get()])
    *counted, last, one_more, and_more = program.last
    assert set(counted) == {200} and last.status == 204
    assert (one_more.status, one_more.slug, and_more.status) == (401, "bad-ticket", 401)
    assert attributes(visit()) == {"a": 2}


# --- after the request's end ---


@pytest.fixture
def late(visit, program):
    """The API of a request that has ended, of a session with a=1."""
    visit(say="X-Session-Set: a=1")
    visit()
    program.does()
    return program.apis[-1]


def test_after_the_requests_end_attributes_can_be_changed(visit, late):
    assert late.patch(update={"a": None, "b": 2}).status == 204
    assert late.patch(update={"c": 3}).status == 204
    assert attributes(visit()) == {"b": 2, "c": 3}


def test_after_the_requests_end_there_is_nothing_but_updates(visit, late):
    refused = [late.get(), late.patch(logout="self"), late.patch(idle_timeout_s=5), late.patch(update={"b": 1}, logout="self")]
    assert [(answer.status, answer.slug) for answer in refused] == 4 * [(401, "bad-ticket")]
    refused = [late.patch(login="bob"), late.patch(rotate=True), late.patch(rotate="grace")]
    assert [(answer.status, answer.slug) for answer in refused] == 3 * [(409, "headers-sent")]
    assert late.patch(release=True).status == 204
    assert attributes(visit()) == {"a": "1"}


@pytest.mark.against_the_clock(1)
def test_an_update_after_the_requests_end_is_no_visit(visit, late):
    before = visit().seen["SESSION_LAST_SEEN"]
    time.sleep(1.1)
    assert late.patch(update={"b": 2}).status == 204
    assert visit().seen["SESSION_LAST_SEEN"] == before


def test_a_request_without_a_session_makes_none_after_its_end(visit, program):
    visit()
    answer = program.apis[-1].patch(update={"a": 1})
    assert (answer.status, answer.slug) == (409, "headers-sent")


def test_a_session_that_ended_after_the_request_is_gone(visit, late):
    visit(say="X-Session-Logout: 1")
    answer = late.patch(update={"a": 2})
    assert (answer.status, answer.slug) == (409, "session-gone")


def test_what_others_saved_since_the_end_is_what_an_update_goes_on_from(talk, program):
    """login_from compares with the session as it is, not as the ended request had it."""
    visit = talk(application={"login_from": "user"})
    visit(say="X-Session-Set: user=alice")
    visit()
    late = program.apis[-1]
    assert late.patch(update={"user": "alice", "b": 1}).status == 204, "the same again is no login"
    answer = late.patch(update={"user": "bob"})
    assert (answer.status, answer.slug) == (409, "headers-sent")
    visit(say="X-Session-Set: user=carol")
    answer = late.patch(update={"user": "carol"})
    assert (answer.status, answer.slug) == (409, "session-gone"), "another's"
    assert attributes(visit()) == {"user": "carol"}


@pytest.mark.against_the_clock(0.3)
def test_while_the_store_is_away_an_ended_request_is_told_so(moody, talk, program):
    visit = talk(by=moody, store={"timeout": "300ms"})
    visit(say="X-Session-Set: a=1")
    visit()
    late = program.apis[-1]
    for mood in ("fail", "hang"):
        visit.gateway.store.tell(mood, "find")
        answer = late.patch(update={"a": 2})
        assert (answer.status, answer.slug) == (503, "store-unavailable"), mood
        visit.gateway.store.fine()
    assert late.patch(update={"a": 3}).status == 204
    assert attributes(visit()) == {"a": 3}


def test_an_ended_request_keeps_nothing_of_its_session(visit, program):
    """Each of them has saved it, and so has had a record of its own."""

    def save(number):
        visit(after=lambda api: api.patch(update={"v": f"{number}" + 500000 * "x"}))
        assert program.last.status == 204

    visit(say="X-Session-Set: v=1")
    for number in range(8):
        save(number)
    before = visit.gateway.memory_kib()
    for number in range(60):
        save(number)
    wait_until(lambda: visit.gateway.memory_kib() < before + 8 * 1024, seconds=15, what="the records to go")


def test_a_visitor_who_goes_away_leaves_an_ended_request(visit, program):
    """The application goes on without him, and may say what it has to."""
    gone, said = Event(), Event()

    def instead(exchange, api):
        gone.wait(20)
        wait_until(exchange.connection.hung_up, what="the gateway to give the request up")
        program.seen.append((api.get(), api.patch(update={"b": 2})))
        said.set()

    visit(say="X-Session-Set: a=1")
    program.does(instead=instead)
    front = visit.gateway.front()
    front.send(fastcgi.request(visit.browser.params()))
    wait_until(lambda: len(program.apis) == 2, what="the request to reach the application")
    front.close()
    gone.set()
    assert said.wait(20)
    program.does()
    assert [answer.status for answer in program.last] == [401, 204]
    assert attributes(visit()) == {"a": "1", "b": 2}


@pytest.mark.against_the_clock(5)
@pytest.mark.minute
def test_half_a_minute_after_the_requests_end_a_ticket_is_none(visit, late):
    for _ in range(5):
        time.sleep(5)
        assert late.patch(update={"b": 2}).status == 204
    time.sleep(6)
    answer = late.patch(update={"b": 3})
    assert (answer.status, answer.slug) == (401, "bad-ticket")
    assert attributes(visit()) == {"a": "1", "b": 2}


def test_after_a_reload_a_ticket_is_as_good_as_before(visit, program):
    visit(say="X-Session-Set: a=1")

    def calls(api):
        gateway = visit.gateway
        gateway.config["applications"]["app"]["directives"] = ["set"]
        gateway.reload(gateway.config)
        wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
        return api.patch(update={"b": 2}), api.get()

    visit(after=calls)
    assert program.last[0].status == 204 and program.last[1].json["attributes"] == {"a": "1", "b": 2}
    visit(after=lambda api: (api.patch(update={"c": 3}), api.get()))
    assert program.last[1].json["attributes"] == {"a": "1", "b": 2}


def test_calls_are_answered_while_the_gateway_drains(visit, program):
    visit(say="X-Session-Set: a=1")

    def calls(api):
        visit.gateway.process.signal(15)
        wait_until(lambda: "draining" in visit.gateway.log, what="the drain to begin")
        return api.patch(update={"b": 2}), api.get()

    page = visit(before=calls)
    assert page.status == 200
    assert program.last[0].status == 204 and program.last[1].json["attributes"] == {"a": "1", "b": 2}

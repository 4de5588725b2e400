"""lock: exclusive: the requests of one session run one after the other (application.md section 3).

PATIENT waits and leases are longer than any test has patience for: what such a test gets, it gets at once."""

import hashlib
import json
import signal
import time
from collections import defaultdict
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.application import echo
from harness.browser import COOKIE, Browser
from harness.problem import problem
from harness.process import wait_until

PATIENT = {"lock": "exclusive", "lock_wait": "2m", "lock_lease": "2m"}
REQUESTS = 20


class Room:
    """The application: who asks for /stay… stays until he is let go."""

    def __init__(self, app):
        self.came, self.doors = [], defaultdict(Event)
        app.play = self._play

    def _play(self, exchange):
        uri = exchange.params["REQUEST_URI"]
        door = self.doors[uri]  # before anybody knows that it came: a defaultdict asked by two at once makes two
        self.came.append(uri)
        if uri.startswith("/stay"):
            exchange.wait(door)
        echo(exchange)

    def until(self, uri):
        wait_until(lambda: uri in self.came, what=f"{uri} to reach the application")

    def let_go(self, uri):
        self.doors[uri].set()

    def close(self):
        for door in self.doors.values():
            door.set()


@pytest.fixture
def room(app):
    room = Room(app)
    yield room
    room.close()


def in_line(gateway, count):
    """So many requests in all, since the program began, have asked the store."""
    wait_until(lambda: gateway.log.count("read-params -> load") >= count, what=f"{count} requests to be looked up")


def lined_up(gateway, count):
    """So many have come into line since the program began, in the store itself: be it reached by another way from each worker."""
    wait_until(lambda: gateway.log.count("waits in line") >= count, what=f"{count} requests in line")


def visitor(gateway):
    """One who has a session: two requests so far."""
    browser = Browser(gateway)
    browser.visit(say="X-Session-Set: n=0")
    return browser


def count_up(exchange):
    """One more than was there when the request came."""
    exchange.read_body()
    n = int(exchange.params.get("SESSION_ATTR_n", "0"))
    time.sleep(0.002)
    exchange.reply("Content-Type: text/plain", f"X-Session-Update: {json.dumps({'n': n + 1})}", body="ok")


def all_at_once(count, ask):
    failures = []

    def run(i):
        try:
            ask(i)
        except BaseException as failure:
            failures.append(failure)

    threads = [Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


# --- one after the other ---


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_counter_counts_every_request(start, app, workers):
    gateway = start(route=PATIENT, workers=workers)
    browser = visitor(gateway)
    app.play = count_up
    all_at_once(REQUESTS, lambda i: browser.twin().visit())
    app.play = echo
    assert browser.visit().seen["SESSION_ATTR_n"] == str(REQUESTS)


@pytest.mark.parametrize("workers", [1, 2])
def test_first_come_first_served(start, room, workers):
    gateway = start(route=PATIENT, workers=workers)
    browser = visitor(gateway)
    pages = [browser.begin("/stay")]
    room.until("/stay")
    names = [f"/{i}" for i in range(8)]
    for count, name in enumerate(names, 1):
        pages.append(browser.begin(name))
        lined_up(gateway, count)
    assert room.came == ["/", "/stay"]
    room.let_go("/stay")
    assert [page().status for page in pages] == [200] * len(pages)
    assert room.came == ["/", "/stay", *names]


def test_each_sees_what_the_one_before_it_saved(start, room):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.begin("/stay", say="X-Session-Set: a=1")
    room.until("/stay")
    second = browser.begin("/second")
    in_line(gateway, 3)
    room.let_go("/stay")
    first()
    assert second().seen["SESSION_ATTR_a"] == "1"


def test_without_the_lock_they_run_side_by_side(start, room):
    browser = visitor(start())
    first = browser.begin("/stay")
    room.until("/stay")
    assert browser.visit("/second").status == 200
    room.let_go("/stay")
    assert first().status == 200


def test_other_sessions_do_not_wait(start, room):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    assert visitor(gateway).visit().state == "anonymous"
    assert Browser(gateway).visit().state == "none"
    room.let_go("/stay")
    assert first().status == 200


@pytest.mark.parametrize("say, n", [("X-Session-Set: n=1", "1"), ("X-Nothing: to save", "0")])
def test_the_lock_ends_with_the_save_and_not_with_the_response(start, app, say, n):
    """Or where that would be, if there is nothing to save: the body may take its time."""
    sent = Event()

    def slow_body(exchange):
        exchange.read_body()
        exchange.out(f"Content-Type: text/plain\r\n{say}\r\n\r\nhalf")
        exchange.wait(sent)
        exchange.out("whole")
        exchange.end()

    browser = visitor(start(route=PATIENT))
    app.play = slow_body
    first = browser.begin()
    wait_until(lambda: len(app.exchanges) == 2, what="the first to reach the application")
    app.play = echo
    assert browser.visit().seen["SESSION_ATTR_n"] == n
    sent.set()
    assert first().body == b"halfwhole"


@pytest.mark.parametrize("say", ["", "X-Session-Set: a=1", "X-Session-Rotate: 1", "X-Session-Login: alice"])
@pytest.mark.parametrize("touch", ["1h", 0])
def test_whatever_was_asked_for_the_next_request_is_let_in(start, say, touch):
    browser = visitor(start(route=PATIENT, session={"touch_interval": touch}))
    for _ in range(3):
        assert browser.visit(say=say).status == 200


# --- waiting ---


@pytest.mark.against_the_clock(0.1)
def test_who_waits_too_long_is_told_so(start, room):
    gateway = start(route={**PATIENT, "lock_wait": "300ms"})
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    began = time.monotonic()
    page = browser.twin().visit("/second")
    assert problem(page.answer) == (503, "session-busy")
    assert time.monotonic() - began > 0.25
    assert page.set_cookies == {}
    room.let_go("/stay")
    assert first().status == 200
    assert "/second" not in room.came
    assert browser.visit().state == "anonymous"


def test_nobody_waits_with_lock_wait_0(start, room):
    gateway = start(route={**PATIENT, "lock_wait": 0})
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    assert problem(browser.visit("/second").answer) == (503, "session-busy")
    room.let_go("/stay")
    assert first().status == 200


@pytest.mark.against_the_clock(0.1)
def test_waiting_is_no_failure_of_the_store(start, room):
    """However long it lasts."""
    gateway = start(route=PATIENT, store={"url": "memory:", "timeout": "100ms"})
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    second = browser.begin("/second")
    in_line(gateway, 3)
    time.sleep(0.5)
    room.let_go("/stay")
    assert first().status == 200
    assert second().state == "anonymous"


@pytest.mark.against_the_clock(0.1)
def test_a_route_that_goes_on_without_the_store_does_not_so_without_the_lock(start, room):
    route = {**PATIENT, "lock_wait": "300ms", "on_store_failure": "anonymous"}
    browser = visitor(start(route=route, store={"url": "memory:", "timeout": "100ms"}))
    first = browser.begin("/stay")
    room.until("/stay")
    assert problem(browser.visit("/second").answer) == (503, "session-busy")
    room.let_go("/stay")
    assert first().status == 200


def test_who_waits_holds_no_connection_to_the_application(start, room):
    gateway = start(application={"max_connections": 2}, route=PATIENT)
    browser = visitor(gateway)
    pages = [browser.begin("/stay")]
    room.until("/stay")
    for i in range(5):
        pages.append(browser.begin(f"/{i}"))
        in_line(gateway, 3 + i)
    assert visitor(gateway).visit().state == "anonymous"
    room.let_go("/stay")
    assert [page().status for page in pages] == [200] * 6


@pytest.mark.parametrize("goes", ["closes", "aborts"])
def test_who_goes_away_leaves_the_line(start, room, goes):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    front = gateway.front()
    front.send(fastcgi.request(browser.params("/gone")))
    in_line(gateway, 3)
    last = browser.begin("/last")
    in_line(gateway, 4)
    if goes == "closes":
        front.close()
        wait_until(lambda: "gave the request up" in gateway.log, what="the gateway to notice")
    else:
        front.send(fastcgi.record(fastcgi.ABORT, 1))
        assert front.answer().protocol_status == fastcgi.REQUEST_COMPLETE
    room.let_go("/stay")
    assert (first().status, last().status) == (200, 200)
    assert room.came == ["/", "/stay", "/last"]


def test_on_one_connection(start, room):
    """Who waits keeps no one on the same connection of the web server waiting."""
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    front = gateway.front()
    front.send(fastcgi.request(browser.params("/stay"), id=1))
    room.until("/stay")
    front.send(fastcgi.request(browser.params("/second"), id=2))
    in_line(gateway, 3)
    assert front.ask(Browser(gateway).params("/third"), id=3).status == 200
    room.let_go("/stay")
    assert (front.answer(1).status, front.answer(2).status) == (200, 200)


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_a_body_waits_as_well(start, room, shared):
    """More of it than is kept in memory, on a connection of its own or of others too."""
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    front, body = gateway.front(), b"0123456789" * 50000
    if shared:
        front.send(fastcgi.request(Browser(gateway).params("/stay/other"), id=2))
        room.until("/stay/other")
    sender = Thread(target=lambda: front.send(fastcgi.request(browser.params("/body", REQUEST_METHOD="POST", CONTENT_LENGTH=len(body)), body)), daemon=True)
    sender.start()
    in_line(gateway, 4 if shared else 3)
    room.let_go("/stay")
    room.let_go("/stay/other")
    answer = front.answer()
    sender.join()
    assert json.loads(answer.body)["sha256"] == hashlib.sha256(body).hexdigest()
    assert first().status == 200
    assert not shared or front.answer(2).status == 200


def test_a_thousand_in_line(start, room):
    """All of them on a few connections; each is answered, and none is forgotten."""
    gateway = start(route={**PATIENT, "lock_wait": "1s"}, limits={"requests_per_connection": 250})
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    fronts = [gateway.front() for _ in range(4)]
    for front in fronts:
        front.send(b"".join(fastcgi.request(browser.params("/late"), id=id) for id in range(1, 251)))
    for front in fronts:
        assert {front.answer(id).status for id in range(1, 251)} == {503}
    room.let_go("/stay")
    assert first().status == 200
    assert browser.visit().state == "anonymous"


# --- who holds it is no more ---


def dies(exchange):
    exchange.close()


def dies_in_its_head(exchange):
    exchange.out("X-Session-Set: a=1\r\n")
    exchange.close()


def says_nonsense(exchange):
    exchange.reply("X-Session-Login: ", body="no user")


def says_too_much(exchange):
    exchange.reply(f"X-Session-Set: a={'x' * 4000}", body="over max_size")


def says_nothing(exchange):
    wait_until(exchange.connection.hung_up, what="the gateway to hang up")


@pytest.mark.against_the_clock(0.1)
@pytest.mark.parametrize(
    "script, status", [(dies, 502), (dies_in_its_head, 502), (says_nonsense, 502), (says_too_much, 502), (says_nothing, 504)]
)
def test_a_request_that_fails_frees_the_lock_at_once(start, app, script, status):
    gateway = start(application={"read_timeout": "300ms"}, route=PATIENT, session={"max_size": "1k"})
    browser = visitor(gateway)
    app.play = script
    # a POST is not asked for again
    first = browser.begin(REQUEST_METHOD="POST", CONTENT_LENGTH="0")
    wait_until(lambda: len(app.exchanges) == 2, what="the first to reach the application")
    app.play = echo
    assert browser.visit("/second").state == "anonymous"
    assert first().status == status


@pytest.mark.parametrize("goes", ["closes", "aborts"])
def test_a_visitor_who_goes_away_frees_it(start, room, goes):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    front = gateway.front()
    front.send(fastcgi.request(browser.params("/stay")))
    room.until("/stay")
    second = browser.begin("/second")
    in_line(gateway, 3)
    if goes == "closes":
        front.close()
    else:
        front.send(fastcgi.record(fastcgi.ABORT, 1))
    assert second().state == "anonymous"


@pytest.mark.parametrize("route", [{"require": "login"}, {"allow_users": ["alice"]}, {"csrf": "check"}])
def test_who_is_refused_holds_nothing(start, route):
    gateway = start(routes=[{"path": "/free", "application": "app"}, {"path": "/", "application": "app", **PATIENT, **route}])
    browser = Browser(gateway)
    browser.visit("/free", say="X-Session-Set: a=1")
    for _ in range(3):
        assert browser.visit(REQUEST_METHOD="POST").status in (401, 403)


def test_no_application_to_be_had_frees_it(start, app):
    browser = visitor(start(application={"idle_connections": 0}, route=PATIENT))
    app.stop_listening()
    for _ in range(3):
        assert problem(browser.visit().answer) == (503, "application-unavailable")


def test_the_lease_runs_out(start, room):
    """The next one is let in, and what the late one saves is dropped, and counted; its response goes out."""
    gateway = start(route={**PATIENT, "lock_lease": "300ms"})
    browser = visitor(gateway)
    late = browser.begin("/stay", say=["X-Session-Set: a=late", "X-Session-Set: b=late"])
    room.until("/stay")
    assert browser.visit(say="X-Session-Set: a=second").status == 200
    room.let_go("/stay")
    page = late()
    assert (page.status, page.set_cookies) == (200, {})
    wait_until(lambda: "late save blocked" in gateway.log, what="the log to say so")
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: "late_saves_blocked=1" in gateway.log, what="the totals")
    seen = browser.visit().seen
    assert (seen["SESSION_ATTR_a"], seen.get("SESSION_ATTR_b")) == ("second", None)


def test_a_lease_that_nobody_else_took_is_still_good(start, room):
    gateway = start(route={**PATIENT, "lock_lease": "50ms"})
    browser = visitor(gateway)
    late = browser.begin("/stay", say="X-Session-Set: a=late")
    room.until("/stay")
    time.sleep(0.3)
    room.let_go("/stay")
    assert late().status == 200
    assert browser.visit().seen["SESSION_ATTR_a"] == "late"


@pytest.fixture
def overtaken(start, room):
    """overtaken(say): the page of one who said that when his lease had run out and another had come and gone."""

    def overtake(say):
        gateway = start(route={**PATIENT, "lock_lease": "300ms"})
        browser = visitor(gateway)
        late = browser.twin().begin("/stay", say=say)
        room.until("/stay")
        assert browser.visit(say="X-Session-Set: a=second").status == 200
        room.let_go("/stay")
        return browser, late()

    return overtake


def test_late_rotation(overtaken):
    browser, page = overtaken("X-Session-Rotate: 1")
    assert (page.status, page.set_cookies) == (200, {})
    assert browser.visit().state == "anonymous"


def test_late_login(overtaken):
    """A session of its own: with this request's attributes, and none of the other's."""
    browser, page = overtaken(["X-Session-Login: alice", "X-Session-Set: b=late"])
    assert page.token() not in (None, browser.token)
    mine = Browser(browser.gateway, {COOKIE: page.token()}).visit().seen
    assert (mine["SESSION_USER"], mine["SESSION_ATTR_b"], mine.get("SESSION_ATTR_a")) == ("alice", "late", None)
    assert browser.visit().state == "anonymous"


def test_late_logout(overtaken):
    """An end needs no lock."""
    browser, page = overtaken("X-Session-Logout: self")
    assert page.token() == ""
    assert browser.visit().state == "none"


# --- who does not wait ---


FREE = [{"path": "/", "application": "app", **PATIENT}, {"path": "/free", "application": "app"}]


def test_elsewhere_nobody_waits(start, room):
    """Reads and saves on other routes go on, and of different attributes all stay."""
    gateway = start(routes=FREE)
    browser = visitor(gateway)
    first = browser.begin("/stay", say="X-Session-Set: a=1")
    room.until("/stay")
    assert browser.visit("/free").state == "anonymous"
    assert browser.visit("/free", say="X-Session-Set: b=2").status == 200
    room.let_go("/stay")
    first()
    seen = browser.visit().seen
    assert (seen["SESSION_ATTR_a"], seen["SESSION_ATTR_b"]) == ("1", "2")


@pytest.mark.parametrize("session", ["peek", "observe", "off"])
def test_where_nothing_is_saved_nothing_is_locked(start, room, session):
    gateway = start(routes=[FREE[0], {**FREE[1], **PATIENT, "session": session}])
    wait_until(lambda: "nothing is saved on this route, so nothing is locked" in gateway.log, what="the log to say so")
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    assert browser.visit("/free").status == 200
    room.let_go("/stay")
    assert first().status == 200
    second = browser.begin("/free/stay")
    assert browser.visit().status == 200
    room.let_go("/free/stay")
    assert second().status == 200


def test_an_authorizer_does_not_wait(start, room):
    """In neither way: the role on a route that is locked, and a route of that mode."""
    gateway = start(routes=[{**PATIENT, "path": "/", "application": "app"}, {**PATIENT, "path": "/auth", "mode": "authorize", "require": "session"}])
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    assert gateway.ask(browser.params("/auth")).status == 200
    assert gateway.ask(browser.params("/"), role=fastcgi.AUTHORIZER).status == 401  # where a login is required
    room.let_go("/stay")
    assert first().status == 200


def test_self_service_does_not_wait(start, room):
    gateway = start(route={**PATIENT, "self_service": "/.session"})
    browser = visitor(gateway)
    first = browser.begin("/stay")
    room.until("/stay")
    assert browser.twin().visit("/.session/me").status == 200
    room.let_go("/stay")
    assert first().status == 200


def test_the_id_alone_locks_nobody_out(start, room):
    """Nor does it wait for who holds the lock."""
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    forged = browser.token[:20] + "B" * 32
    stranger = Browser(gateway, {COOKIE: forged})
    first = stranger.begin("/stay/stranger")
    room.until("/stay/stranger")
    second = browser.begin("/stay/owner")
    room.until("/stay/owner")
    page = stranger.visit("/again")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    room.let_go("/stay/owner")
    assert second().state == "anonymous"
    room.let_go("/stay/stranger")
    assert first().state == "none"


def test_another_realms_token_waits_for_nothing(start, room):
    gateway = start(
        realms={"other": {"cookie": {"name": COOKIE}}},
        routes=[{"host": "one.test", "path": "/", "application": "app", **PATIENT}, {"host": "two.test", "path": "/", "application": "app", "realm": "other", **PATIENT}],
    )
    browser = Browser(gateway)
    browser.visit(HTTP_HOST="one.test", say="X-Session-Set: a=1")
    first = browser.begin("/stay", HTTP_HOST="one.test")
    room.until("/stay")
    assert browser.twin().visit(HTTP_HOST="two.test").state == "none"
    room.let_go("/stay")
    assert first().status == 200


def test_of_several_cookies_only_the_live_one_is_locked(start, room):
    gateway = start(routes=FREE)
    ended, live, other = visitor(gateway), visitor(gateway), visitor(gateway)
    ended_token = ended.token
    ended.visit(say="X-Session-Logout: self")
    tokens = [other.token[:20] + "B" * 32, ended_token, live.token, other.token]
    first = Browser(gateway).begin("/stay", HTTP_COOKIE="; ".join(f"{COOKIE}={token}" for token in tokens))
    room.until("/stay")
    assert other.visit("/other").status == 200
    waiting = live.begin("/live")
    in_line(gateway, 7)
    room.let_go("/stay")
    assert first().seen["SESSION_ID"] == live.token[:20]
    assert waiting().status == 200
    assert room.came[-3:] == ["/stay", "/other", "/live"]


def test_who_has_no_session_yet_does_not_wait(start, room):
    gateway = start(route=PATIENT)
    first = Browser(gateway).begin("/stay", say="X-Session-Set: a=1")
    room.until("/stay")
    assert Browser(gateway).visit(say="X-Session-Set: a=1").token()
    room.let_go("/stay")
    assert first().token()


# --- what happens to the session meanwhile ---


def test_an_end_frees_all_who_wait(start, room):
    gateway = start(routes=FREE)
    browser = visitor(gateway)
    first = browser.begin("/stay", say="X-Session-Set: a=1")
    room.until("/stay")
    waiting = [browser.twin().begin(f"/{i}") for i in range(3)]
    in_line(gateway, 5)
    assert browser.twin().visit("/free", say="X-Session-Logout: self").token() == ""
    for page in [page() for page in waiting]:
        assert (page.state, page.token()) == ("none", "")
    room.let_go("/stay")
    assert first().token() == ""
    assert Browser(gateway).visit(say="X-Session-Set: a=1").token()


def test_a_logout_under_the_lock(start, room):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.twin().begin("/stay", say="X-Session-Logout: self")
    room.until("/stay")
    second = browser.begin("/second")
    in_line(gateway, 3)
    room.let_go("/stay")
    assert first().token() == ""
    assert second().state == "none"


def test_a_login_under_the_lock(start, room):
    """Who waited with the old secret is nobody then, and gets no token; with the new one the lock is to be had."""
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    first = browser.begin("/stay", say="X-Session-Login: alice")
    room.until("/stay")
    waiting = [browser.twin().begin(f"/{i}", say="X-Session-Set: evil=1") for i in range(3)]
    in_line(gateway, 5)
    room.let_go("/stay")
    assert first().token()
    for page in [page() for page in waiting]:
        assert (page.state, page.seen["SESSION_REASON"], page.set_cookies) == ("none", "unknown", {})
    seen = browser.visit().seen
    assert (seen["SESSION_USER"], seen.get("SESSION_ATTR_evil")) == ("alice", None)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_graceful_rotation_under_the_lock(start, room, workers):
    """Who waited with the old secret has his turn: it is good until the new one is seen, and for a while after that."""
    gateway = start(route=PATIENT, workers=workers)
    browser = visitor(gateway)
    first = browser.twin().begin("/stay", say="X-Session-Rotate: grace")
    room.until("/stay")
    waiting = [browser.twin().begin(f"/{i}", say=f"X-Session-Set: a{i}=1") for i in range(3)]
    in_line(gateway, 5)
    room.let_go("/stay")
    assert first().token()
    for page in [page() for page in waiting]:
        assert (page.state, page.set_cookies) == ("anonymous", {})
    assert {"SESSION_ATTR_a0", "SESSION_ATTR_a1", "SESSION_ATTR_a2"} <= set(browser.visit().seen)


# --- the process ---


def test_draining_lets_all_who_wait_have_their_turn(start, room):
    gateway = start(route=PATIENT, shutdown_grace="1m")
    browser = visitor(gateway)
    pages = [browser.begin("/stay")]
    room.until("/stay")
    for i in range(3):
        pages.append(browser.begin(f"/{i}"))
        in_line(gateway, 3 + i)
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: "draining" in gateway.log, what="the gateway to drain")
    room.let_go("/stay")
    assert [page().status for page in pages] == [200] * 4


def test_when_the_grace_is_over_nobody_waits_any_more(start, room):
    gateway = start(route=PATIENT, shutdown_grace="500ms")
    browser = visitor(gateway)
    pages = [browser.begin("/stay")]
    room.until("/stay")
    for i in range(3):
        pages.append(browser.begin(f"/{i}"))
        in_line(gateway, 3 + i)
    gateway.process.signal(signal.SIGTERM)
    for page in pages:
        assert problem(page().answer) == (503, "draining")


def test_a_reload_changes_nothing_for_who_waits(start, room):
    gateway = start(route=PATIENT)
    browser = visitor(gateway)
    pages = [browser.begin("/stay")]
    room.until("/stay")
    pages.append(browser.begin("/second"))
    in_line(gateway, 3)
    config = {**gateway.config, "routes": [{"path": "/", "application": "app"}]}
    gateway.reload(config)
    wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
    assert browser.visit("/free now").status == 200
    room.let_go("/stay")
    assert [page().status for page in pages] == [200, 200]


# --- what it costs, and when the store fails ---


def test_what_a_locked_request_costs_the_store(moody):
    """One step to get it and one to save; where nothing is saved the lock is handed back, and nothing is written."""
    gateway = moody(route=PATIENT)
    browser = Browser(gateway)
    for say, cost in [
        ("X-Session-Set: a=1", {"create": 1}),
        ((), {"lock": 1, "unlock": 1}),
        ("X-Session-Set: a=2", {"lock": 1, "save": 1}),
        ("X-Session-Login: alice", {"lock": 1, "save": 1}),
        ("X-Session-Logout: self", {"lock": 1, "remove": 1, "unlock": 1}),
    ]:
        with gateway.store.counting() as spent:
            assert browser.visit(say=say).status == 200
        assert spent == cost, say


@pytest.mark.against_the_clock(0.1)
@pytest.mark.parametrize("mood", ["hang", "lose", "refuse", "fail", "stall", "drop"])
def test_a_lock_that_cannot_be_had_is_a_failure_of_the_store(moody, mood):
    """What was given all the same, and nobody knows, ends with its lease."""
    gateway = moody(route={**PATIENT, "lock_wait": "100ms", "lock_lease": "500ms"}, store={"timeout": "300ms"})
    browser = visitor(gateway)
    gateway.store.tell(mood, "lock")
    assert problem(browser.visit().answer) == (503, "store-unavailable")
    gateway.store.fine()
    wait_until(lambda: browser.visit().status == 200, what="the lease to end")


def test_an_unlock_that_is_lost_ends_with_the_lease(moody):
    gateway = moody(route={**PATIENT, "lock_lease": "500ms"})
    browser = visitor(gateway)
    gateway.store.tell("drop", "unlock")
    assert [browser.visit().status for _ in range(3)] == [200] * 3


@pytest.mark.against_the_clock(0.1)
@pytest.mark.parametrize("mood", ["lose", "fail", "drop"])
def test_a_save_that_fails_frees_the_lock(moody, mood):
    gateway = moody(route=PATIENT, store={"timeout": "300ms"})
    browser = visitor(gateway)
    gateway.store.tell(mood, "save")
    assert problem(browser.visit(say="X-Session-Set: a=1").answer) == (503, "store-unavailable")
    gateway.store.fine()
    assert browser.visit().state == "anonymous"

"""The store fails, hangs, is slow or loses answers: nobody is logged out, and nobody becomes somebody else.

A test has one gateway for all that it asks under one mood of the store, and each of its visitors is new."""

import signal
import subprocess
import time
from threading import Event, Thread

import pytest

from harness import fastcgi
from harness.application import echo
from harness.browser import COOKIE, Browser
from harness.gateway import PROGRAM
from harness.moody import MOODS
from harness.problem import problem
from harness.process import PATIENCE_S, SOON_S, wait_until

pytestmark = pytest.mark.against_the_clock(0.2)  # TIMEOUT

BAD_MOODS = [mood for mood in MOODS if mood != "fine"]
TIMEOUT = {"timeout": "200ms"}

# What a visitor who has a session may ask for: what the application says, and the operation that takes. Those of the
# first kind change the session, the others whose it is, and with which secret.
CHANGES = {
    "set": ("X-Session-Set: a=2", "save"),
    "unset": ("X-Session-Unset: a", "save"),
    "update": ('X-Session-Update: {"a":"2"}', "save"),
    "idle timeout": ("X-Session-Idle-Timeout: 600", "save"),
}
MOVES = {
    "login": ("X-Session-Login: bob", "save"),
    "the same login": ("X-Session-Login: alice; remember", "save"),
    "login from an attribute": ("X-Session-Set: user=bob", "save"),
    "rotate": ("X-Session-Rotate: 1", "save"),
    "rotate with grace": ("X-Session-Rotate: grace", "save"),
    "logout": ("X-Session-Logout: self", "remove"),
    "logout of the others": ("X-Session-Logout: others", "remove_user"),
    "logout of all": ("X-Session-Logout: all", "remove_user"),
}
KEEPS_THE_SECRET = ("rotate with grace", "logout of the others", "logout of all")
# And one who has none.
BEGINNINGS = {"first set": "X-Session-Set: a=1", "first login": "X-Session-Login: alice"}
APPLICATION = {"login_from": "user"}


def alice(gateway):
    """A visitor who has logged in, with one attribute."""
    browser = Browser(gateway)
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    return browser


def assert_is_alice(browser, what):
    page = browser.visit()
    assert (page.state, page.seen.get("SESSION_USER"), page.set_cookies) == ("authenticated", "alice", {}), what


def assert_unavailable(page, what):
    """The only thing that is told, and nothing about the token."""
    assert problem(page.answer) == (503, "store-unavailable"), what
    assert page.set_cookies == {}, what


# --- what it costs ---


def test_what_a_request_costs_the_store(moody):
    """One read and one write at the most; no write when nothing changed and the last touch is recent."""
    gateway = moody()
    browser = Browser(gateway)
    for say, cost in [
        ((), {}),
        ("X-Session-Set: a=1", {"create": 1}),
        ((), {"find": 1}),
        ("X-Session-Set: a=2", {"find": 1, "save": 1}),
        ("X-Session-Login: alice", {"find": 1, "save": 1}),
        ("X-Session-Rotate: 1", {"find": 1, "save": 1}),
        ("X-Session-Logout: self", {"find": 1, "remove": 1}),
    ]:
        with gateway.store.counting() as spent:
            assert browser.visit(say=say).status == 200
        assert spent == cost, say


def test_a_touch_costs_one_write(moody):
    gateway = moody(session={"touch_interval": 0})
    browser = Browser(gateway)
    browser.visit(say="X-Session-Set: a=1")
    with gateway.store.counting() as spent:
        browser.visit()
    assert spent == {"find": 1, "touch": 1}


def test_a_session_that_an_administrator_ends_is_no_more(moody):
    gateway = moody()
    browser = alice(gateway)
    assert gateway.store.remove(browser.token[:20]) == "ok"
    assert browser.visit().state == "none"


def test_what_an_administrator_does_to_a_user(moody):
    """A block ends all that the user has, and nothing new begins; on any worker."""
    gateway = moody(workers=2)
    first, second = alice(gateway), alice(gateway)
    assert gateway.store.remove_user("alice") == "ok"
    assert (first.visit().state, second.visit().state) == ("none", "none")
    browser = alice(gateway)
    assert gateway.store.block("alice") == "ok"
    assert browser.visit().state == "none"
    assert Browser(gateway).visit(say="X-Session-Login: alice").set_cookies == {}
    assert gateway.store.unblock("alice") == "ok"
    assert_is_alice(alice(gateway), "unblocked")


def test_a_slow_store_is_waited_for(moody):
    gateway = moody(store={"timeout": "20s"})
    gateway.store.tell("fine", after=150)
    began = time.monotonic()
    browser = alice(gateway)
    assert_is_alice(browser, "slow")
    assert time.monotonic() - began >= 0.3


# --- loading ---


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_a_session_that_cannot_be_loaded(moody, mood):
    """503 whatever the route asks for: neither 401 nor the way to the login page, which would be a logout."""
    needs = [{"require": "session"}, {"require": "login", "login_url": "/login"}, {"session": "peek"}, {"allow_users": ["alice"]}]
    routes = [{"path": f"/{n}/", "application": "app", **need} for n, need in enumerate(needs)]
    off = [{"path": f"/{session}/", "application": "app", "session": session} for session in ("off", "observe")]
    gateway = moody(store=TIMEOUT, routes=[*routes, *off, {"path": "/", "application": "app"}])
    browser = alice(gateway)
    gateway.store.tell(mood, "find")
    for uri in ["/", *(route["path"] for route in routes)]:
        assert_unavailable(browser.visit(uri), uri)
        page = browser.visit(uri, HTTP_ACCEPT="text/html")
        assert (page.status, page.header("Location"), page.set_cookies) == (503, None, {}), uri
    for what, (say, _) in {**CHANGES, **MOVES}.items():
        assert_unavailable(browser.visit(say=say), what)
    assert [browser.visit(route["path"]).status for route in off] == [200, 200]
    assert Browser(gateway).visit().state == "none"  # who brings no token needs no store
    gateway.store.fine()
    assert_is_alice(browser, mood)


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_on_store_failure_anonymous(moody, mood):
    """The application is told, and may not say anything to a session that nobody could load."""
    gateway = moody(
        store=TIMEOUT,
        routes=[
            {"path": path, "application": "app", "on_store_failure": "anonymous", **more}
            for path, more in [("/", {}), ("/peek/", {"session": "peek"}), ("/some/", {"allow_users": ["alice"]})]
        ],
    )
    browser = alice(gateway)
    gateway.store.tell(mood, "find")
    for uri, headers in [("/", []), ("/peek/", []), ("/peek/", ["X-Session-Set: a=2"])]:
        page = browser.visit(uri, say=headers)
        assert (page.state, page.seen["SESSION_REASON"], page.set_cookies) == ("none", "unavailable", {})
        assert not [name for name in page.seen if name in ("SESSION_NEXT_ID", "SESSION_ID", "SESSION_USER", "REMOTE_USER")]
    for what, (say, _) in {**CHANGES, **MOVES}.items():
        assert_unavailable(browser.visit(say=say), what)
    assert_unavailable(browser.visit("/some/"), "who may be one of allow_users is not refused as another")
    wait_until(lambda: "goes on without one" in gateway.log, what="the log to tell")
    gateway.store.fine()
    assert_is_alice(browser, mood)


def test_on_store_failure_anonymous_is_not_for_who_brings_no_token(moody):
    """Nothing was asked, so nothing failed; what cannot be saved is another matter."""
    gateway = moody("fail", route={"on_store_failure": "anonymous"}, store=TIMEOUT)
    page = Browser(gateway).visit()
    assert (page.state, page.seen.get("SESSION_REASON")) == ("none", None)
    assert "SESSION_NEXT_ID" in page.seen
    assert_unavailable(Browser(gateway).visit(say="X-Session-Set: a=1"), "create")


# --- saving ---


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_what_cannot_be_saved(moody, mood):
    """The visitor keeps his cookie, and it is good for what the store knows."""
    gateway = moody(store=TIMEOUT, application=APPLICATION)
    for what, (say, kind) in {**CHANGES, **MOVES}.items():
        browser = alice(gateway)
        gateway.store.tell(mood, kind)
        assert_unavailable(browser.visit(say=say), what)
        gateway.store.fine()
        if not MOODS[mood]:
            assert_is_alice(browser, what)
        elif what in KEEPS_THE_SECRET:
            assert_is_alice(browser, what)
        elif what in MOVES:  # done, and nobody could tell him: his secret is dead
            assert browser.visit().state == "none", what


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_what_cannot_be_created(moody, mood):
    """No token is sent that the store may not know."""
    gateway = moody(store=TIMEOUT)
    for what, say in BEGINNINGS.items():
        browser = Browser(gateway)
        gateway.store.tell(mood, "create")
        assert_unavailable(browser.visit(say=say), what)
        gateway.store.fine()
        browser.visit(say=say)
        assert browser.visit().state in ("anonymous", "authenticated"), what


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("mood", ["lose", "drop"])
def test_a_write_whose_answer_is_lost_is_repeated(moody, mood, times):
    """And done once, whether it had been done before or not."""
    gateway = moody(store={"timeout": "60s"}, application=APPLICATION)
    for what, (say, kind) in {**CHANGES, **MOVES}.items():
        browser, other = alice(gateway), alice(gateway)
        before = int(browser.visit().seen["SESSION_VERSION"])
        gateway.store.tell(mood, kind, next=times)
        with gateway.store.counting() as spent:
            page = browser.visit(say=say)
        assert (page.status, spent.get(kind)) == (200, 1 + times), what
        after = browser.visit()
        assert other.visit().state == ("none" if kind == "remove_user" else "authenticated"), what
        if what in ("logout", "logout of all"):
            assert (page.token(), after.state) == ("", "none"), what
            continue
        moves = what in MOVES and kind == "save"
        assert (page.token() is not None) == moves, what
        assert int(after.seen["SESSION_VERSION"]) == before + (kind == "save"), what
        assert after.seen["SESSION_USER"] == ("bob" if "bob" in say else "alice"), what
    for what, say in BEGINNINGS.items():
        browser = Browser(gateway)
        gateway.store.tell(mood, "create", next=times)
        with gateway.store.counting() as spent:
            assert browser.visit(say=say).token(), what
        assert spent == {"create": 1 + times}, what
        assert browser.visit().seen["SESSION_VERSION"] == "1", what


@pytest.mark.parametrize("on_limit", ["deny", "evict-oldest"])
def test_a_login_whose_answer_is_lost_counts_once(moody, on_limit):
    gateway = moody(store={"timeout": "60s"}, session={"per_user_limit": 1, "on_limit": on_limit})
    for first in ((), "X-Session-Set: a=1"):
        browser = Browser(gateway)
        browser.visit(say=first)
        gateway.store.tell("lose", "create", "save", next=2)
        assert browser.visit(say="X-Session-Login: alice").status == 200, first
        gateway.store.fine()
        assert browser.visit().state == "authenticated", first
        browser.visit(say="X-Session-Logout: self")


def test_a_write_whose_answers_are_all_lost_is_repeated_until_the_timeout(moody):
    """With pauses that grow: no crowd meets a store that comes back."""
    gateway = moody(store={"timeout": "1s"})
    browser = alice(gateway)
    gateway.store.tell("drop", "save")
    began = time.monotonic()
    assert_unavailable(browser.visit(say="X-Session-Set: a=2"), "save")
    assert time.monotonic() - began > 0.9
    assert 3 <= gateway.store.asked()["save"] <= 20
    asked = gateway.store.asked()
    gateway.store.fine()
    assert_is_alice(browser, "nothing is sent any more")
    assert gateway.store.asked()["save"] == asked["save"]


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_on_save_failure_deliver(moody, mood):
    """The answer goes out without its changes, but not if it says that somebody came or went."""
    gateway = moody(store=TIMEOUT, application=APPLICATION, route={"on_save_failure": "deliver"})
    for what, (say, kind) in {**CHANGES, **MOVES}.items():
        browser = alice(gateway)
        gateway.store.tell(mood, kind)
        page = browser.visit(say=say)
        gateway.store.fine()
        if what in MOVES:
            assert_unavailable(page, what)
            continue
        assert (page.state, page.set_cookies, page.header("Cache-Control")) == ("authenticated", {}, "no-store"), what
        assert_is_alice(browser, what)
    wait_until(lambda: gateway.log.count("goes out without its changes") == len(CHANGES), what="the log to tell")
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: f"totals saves_left_out={len(CHANGES)} " in gateway.log, what="the count")


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_on_save_failure_deliver_without_a_session(moody, mood):
    """Not even a dead token is cleared: this answer says nothing of tokens."""
    brief = {"idle_timeout": "1ms", "anonymous_idle_timeout": "1ms"}  # the store has been whole for longer
    gateway = moody(store=TIMEOUT, route={"on_save_failure": "deliver"}, session=brief)
    gateway.store.tell(mood, "create")
    for cookies in ({}, {COOKIE: "x" * 52}):
        browser = Browser(gateway, cookies)
        page = browser.visit(say="X-Session-Set: a=1")
        assert (page.status, page.set_cookies) == (200, {})
        assert_unavailable(browser.visit(say="X-Session-Login: alice"), "login")


@pytest.mark.parametrize("mood", ["lose", "drop"])
def test_ending_another_session_of_ones_own_is_repeated(moody, mood):
    gateway = moody(route={"self_service": "/.session"}, store={"timeout": "60s"})
    browser, other = alice(gateway), alice(gateway)
    gateway.store.tell(mood, "remove", next=2)
    page = browser.visit(f"/.session/list/{other.token[:20]}", REQUEST_METHOD="DELETE", HTTP_SEC_FETCH_SITE="same-origin")
    assert (page.status, other.visit().state) == (204, "none")
    assert gateway.store.asked()["remove"] == 3
    assert_is_alice(browser, mood)


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_a_touch_never_fails_a_request(moody, mood):
    gateway = moody(store=TIMEOUT, session={"touch_interval": 0})
    browser = alice(gateway)
    gateway.store.tell(mood, "touch")
    assert_is_alice(browser, mood)
    if mood in ("fail", "lose", "drop"):
        wait_until(lambda: "a touch failed" in gateway.log, what="the log to tell")
    gateway.store.fine()
    assert_is_alice(browser, mood)


@pytest.mark.parametrize("mood", BAD_MOODS)
def test_a_rotation_that_nobody_asked_for_never_fails_a_request(moody, mood):
    """rotate_every: the old secret stays good, and the next request tries again."""
    gateway = moody(store=TIMEOUT, session={"rotate_every": "1ms"})
    browser = alice(gateway)
    gateway.store.tell(mood, "save")
    assert_is_alice(browser, mood)
    assert_unavailable(browser.visit(say="X-Session-Set: a=2"), "what was asked for fails all the same")
    gateway.store.fine()
    page = browser.visit()
    assert (page.state, page.seen["SESSION_USER"]) == ("authenticated", "alice")


def test_a_locked_save_whose_answer_is_lost_is_repeated(moody):
    """It has handed the lock back the first time, and counts all the same."""
    gateway = moody(store={"timeout": "60s"}, route={"lock": "exclusive"})
    browser = alice(gateway)
    gateway.store.tell("lose", "save", next=2)
    assert browser.visit(say="X-Session-Set: a=2").status == 200
    assert browser.visit().seen["SESSION_ATTR_a"] == "2"


@pytest.mark.parametrize("policy", ["fail", "anonymous"])
def test_the_second_of_two_cookies_cannot_be_looked_up(moody, policy):
    """The first is unknown, and would be cleared if the store had been whole for long: not now."""
    gateway = moody(route={"on_store_failure": policy}, session={"idle_timeout": "1ms", "anonymous_idle_timeout": "1ms"})
    browser = Browser(gateway)
    cookies = f"{COOKIE}={'x' * 52}; {COOKIE}={'y' * 52}"
    assert browser.visit(HTTP_COOKIE=cookies).token() == "", "they are cleared when both are unknown"
    gateway.store.tell("hang", "find")
    page = browser.begin(HTTP_COOKIE=cookies)
    wait_until(lambda: gateway.store.asked()["find"] == 3)
    gateway.store.tell("fail", "find")
    page = page()
    assert page.set_cookies == {}
    if policy == "fail":
        assert_unavailable(page, policy)
    else:
        assert page.seen["SESSION_REASON"] == "unavailable"


@pytest.mark.parametrize("mood", ["hang", "stall"])
def test_an_answer_does_not_wait_for_a_touch_that_hangs(moody, app, mood):
    """It goes out long before store.timeout; the touch goes on beside it, and what becomes of it is nothing to it."""
    released = Event()

    def play(exchange):
        if exchange.params["REQUEST_URI"] != "/slow":
            return echo(exchange)
        exchange.read_body()
        exchange.out("Content-Length: 8\r\n\r\nhalf")
        exchange.wait(released)
        exchange.out("half")
        exchange.end()

    app.play = play
    gateway = moody(store={"timeout": "60s"}, session={"touch_interval": 0})
    browser = alice(gateway)
    gateway.store.tell(mood, "touch")
    began = time.monotonic()
    assert_is_alice(browser, "over before the touch is")
    assert time.monotonic() - began < SOON_S
    front = gateway.front()
    front.send(fastcgi.request(browser.params("/slow")))
    assert b"Content-Length: 8" in front.record().body
    assert front.record().body == b"half"
    gateway.store.fine()
    with gateway.store.counting() as spent:
        assert_is_alice(browser, "the touch has been answered")
    assert spent == {"find": 1, "touch": 1}
    released.set()
    assert front.answer().protocol_status == fastcgi.REQUEST_COMPLETE


def test_an_answer_that_is_on_its_way_while_the_store_hangs(moody, app):
    """Its head waits, and most of its body with it; nothing of it is lost, and nothing goes out in vain."""
    body = bytes(range(256)) * 4096
    answers = []

    def play(exchange):
        exchange.read_body()
        said = [line for line in exchange.params.get("TEST_SAY", "").split("\n") if line]
        answers.append(exchange)
        exchange.reply("Content-Type: application/octet-stream", f"Content-Length: {len(body)}", *said, body=body)

    gateway = moody(store={"timeout": "3s"})
    browser = alice(gateway)
    app.play = play
    gateway.store.tell("hang", "save")
    page = browser.begin(say="X-Session-Set: a=2")
    wait_until(lambda: gateway.store.asked()["save"] == 1)
    gateway.store.fine()
    answer = page().answer
    assert (answer.status, answer.body == body, answer.cut) == (200, True, False)
    gateway.store.tell("hang", "save")
    assert_unavailable(browser.visit(say="X-Session-Set: a=3"), "in vain")
    wait_until(lambda: answers[-1].connection.hung_up(), what="the application to be hung up on")


# --- the process ---


@pytest.mark.parametrize("workers", [1, 2])
def test_recovery_under_load(moody, workers):
    """Each visitor writes one number after the other, whatever the store's mood: what he was told is saved stays so, he
    is never anybody else, and when the store is back he is logged in at once."""
    gateway = moody(store=TIMEOUT, workers=workers, session={"touch_interval": 0})
    visitors = [Writer(gateway, f"user{n}") for n in range(6)]
    for mood in BAD_MOODS:
        done = [visitor.count for visitor in visitors]
        gateway.store.tell(mood)
        time.sleep(0.25)
        gateway.store.fine()
        wait_until(lambda: all(v.count > n + 2 or v.error for v, n in zip(visitors, done)), what=f"all to go on after {mood}")
    for visitor in visitors:
        visitor.stop()
    assert sum(visitor.refused for visitor in visitors) > len(BAD_MOODS)


class Writer:
    """A visitor in a thread of his own: count is how often he was answered that his number is saved."""

    def __init__(self, gateway, user):
        self.browser, self.user = Browser(gateway), user
        self.browser.visit(say=f"X-Session-Login: {user}")
        self.count, self.refused, self.error, self.stopping = 0, 0, None, Event()
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        saved = tried = 0
        try:
            while not self.stopping.is_set():
                tried += 1
                page = self.browser.visit(say=f"X-Session-Set: n={tried}")
                assert page.set_cookies == {}
                if page.status == 503:
                    self.refused += 1
                    assert_unavailable(page, self.user)
                    continue
                assert (page.state, page.seen["SESSION_USER"]) == ("authenticated", self.user)
                assert saved <= int(page.seen.get("SESSION_ATTR_n", 0)) < tried
                saved = tried
                self.count += 1
        except Exception as error:
            self.error = error

    def stop(self):
        self.stopping.set()
        self.thread.join()
        if self.error:
            raise self.error


def test_an_outage_makes_nobody_a_stranger(moody):
    """limits.unknown_tokens counts what the store does not know, not what it cannot say."""
    gateway = moody("fail", limits={"unknown_tokens": 2})
    tokens = [f"{n:020}" + "s" * 32 for n in range(6)]
    for token in tokens:
        assert_unavailable(Browser(gateway, {COOKIE: token}).visit(), token)
    gateway.store.fine()
    assert Browser(gateway, {COOKIE: tokens[0]}).visit().state == "none"


def test_a_store_that_is_down_at_start(moody):
    gateway = moody("fail", workers=2)
    assert Browser(gateway).visit().state == "none"
    assert_unavailable(Browser(gateway).visit(say="X-Session-Login: alice"), "down")
    gateway.store.fine()
    assert_is_alice(alice(gateway), "back")


@pytest.mark.parametrize("mood, kind", [("hang", "find"), ("hang", "save"), ("drop", "save"), ("lose", "remove_user")])
def test_it_ends_while_somebody_waits_for_the_store(moody, mood, kind):
    """Who still waits when shutdown_grace is over is told so."""
    gateway = moody(store={"timeout": "60s"}, shutdown_grace="300ms")
    browser = alice(gateway)
    gateway.store.tell(mood, kind)
    page = browser.begin(say="X-Session-Logout: others" if kind == "remove_user" else "X-Session-Set: a=2")
    wait_until(lambda: gateway.store.asked()[kind] >= 1)
    assert gateway.process.stop() == 0
    assert problem(page().answer) == (503, "draining")


@pytest.mark.parametrize("mood", ["hang", "drop"])
def test_a_web_server_that_gives_up_while_the_store_is_waited_for(moody, mood):
    """The answer comes when nobody waits for it any more, or the question is not repeated any more."""
    gateway = moody(store={"timeout": "60s"}, session={"touch_interval": 0})
    browser = alice(gateway)
    for kind, say in [("find", ()), ("save", "X-Session-Set: a=1"), ("touch", ()), ("create", "X-Session-Set: a=1")]:
        visitor = Browser(gateway) if kind == "create" else browser
        gateway.store.tell(mood, kind)
        asked = gateway.store.asked()[kind]
        front = gateway.front()
        front.send(fastcgi.request(visitor.params(say=say)))
        wait_until(lambda: gateway.store.asked()[kind] > asked)
        front.close()
        gateway.store.fine()
        assert_is_alice(browser, kind)


def test_the_store_of_the_tests_is_not_in_the_shipped_program(directory):
    with open(f"{directory}/moody.yaml", "w") as file:
        file.write("{listen: unix:/f, store: {url: 'moody:/s'}, applications: {a: {servers: unix:/a}}, routes: [{path: /, application: a}]}")
    argv = [PROGRAM, "-t", "-c", file.name]
    checked = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S)
    assert (checked.returncode, "unknown kind of store" in checked.stdout) == (2, True), checked.stdout

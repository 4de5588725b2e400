"""How many sessions a user may have, blocks, and what the log says of both. application.md sections 3 and 5, docs/users.md."""

import re
import signal
import time
from threading import Barrier, Thread

import pytest

from harness.browser import Browser
from harness.problem import problem
from harness.process import wait_until

EVICTING = ["evict-oldest", "evict-idlest"]
LOGINS = 50
LIMIT = 3


def login(gateway, user="alice", *more):
    browser = Browser(gateway)
    browser.visit(say=[f"X-Session-Login: {user}", *more])
    return browser


def states(browsers):
    return [browser.visit().state for browser in browsers]


def events(gateway, name):
    """Of that name, as {field: value}, in order."""
    lines = re.findall(rf" {re.escape(name)}((?: \w+=\S+)*)$", gateway.log, re.M)
    return [dict(field.split("=", 1) for field in line.split()) for line in lines]


def totals(gateway):
    """As they were written last."""
    return {name: int(count) for line in re.findall(r" totals (.*)$", gateway.log, re.M) for name, count in re.findall(r"(\w+)=(\d+)", line)}


# --- the limit ---


def test_any_number_without_a_limit(start):
    gateway = start()
    assert states([login(gateway) for _ in range(10)]) == ["authenticated"] * 10


def test_the_oldest_goes_however_busy_it_is(start):
    gateway = start(session={"per_user_limit": 2, "touch_interval": 0})
    first, second = login(gateway), login(gateway)
    assert states([first]) == ["authenticated"]
    third = login(gateway)
    assert states([first, second, third]) == ["none", "authenticated", "authenticated"]


def test_the_idlest_goes_however_old_the_others_are(start):
    gateway = start(session={"per_user_limit": 2, "on_limit": "evict-idlest", "touch_interval": 0})
    first, second = login(gateway), login(gateway)
    time.sleep(0.05)
    assert states([first]) == ["authenticated"]
    third = login(gateway)
    assert states([second, first, third]) == ["none", "authenticated", "authenticated"]


@pytest.mark.parametrize("policy", EVICTING)
def test_an_evicted_session_is_unknown_and_its_cookie_is_cleared(start, policy):
    gateway = start(session={"per_user_limit": 1, "on_limit": policy})
    first = login(gateway)
    twin = first.twin()
    login(gateway)
    page = first.visit(say="X-Session-Set: late=1")
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert page.token() not in (None, "", twin.token), "what it stores now is another session's"
    assert twin.visit().token() == ""


def test_a_denied_login_saves_nothing(start):
    gateway = start(session={"per_user_limit": 1, "on_limit": "deny"})
    first = login(gateway)
    stranger = Browser(gateway)
    page = stranger.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    assert problem(page.answer) == (403, "session-limit")
    assert (page.all("Set-Cookie"), states([stranger])) == ([], ["none"])
    guest = Browser(gateway)
    guest.visit(say="X-Session-Set: cart=1")
    page = guest.visit(say=["X-Session-Login: alice", "X-Session-Set: cart=2"])
    assert problem(page.answer) == (403, "session-limit")
    assert page.all("Set-Cookie") == []
    seen = guest.visit().seen
    assert (seen["SESSION_STATE"], seen["SESSION_ATTR_cart"]) == ("anonymous", "1")
    assert states([first]) == ["authenticated"]
    first.visit(say="X-Session-Logout: self")
    assert guest.visit(say="X-Session-Login: alice").status == 200
    assert guest.visit().seen["SESSION_USER"] == "alice"


@pytest.mark.parametrize("policy", ["deny", *EVICTING])
def test_who_logs_in_again_counts_once(start, policy):
    gateway = start(session={"per_user_limit": 2, "on_limit": policy})
    browsers = [login(gateway), login(gateway)]
    for browser in browsers:
        assert browser.visit(say="X-Session-Login: alice").status == 200
    assert states(browsers) == ["authenticated"] * 2


def test_who_becomes_somebody_else_makes_room_and_needs_some(start):
    gateway = start(session={"per_user_limit": 1, "on_limit": "deny"})
    alice, bob = login(gateway, "alice"), login(gateway, "bob")
    assert problem(alice.visit(say="X-Session-Login: bob").answer) == (403, "session-limit")
    assert alice.visit(say="X-Session-Login: carol").status == 200
    assert states([login(gateway, "alice"), alice, bob]) == ["authenticated"] * 3


def test_a_user_in_the_attributes_counts_too(start):
    gateway = start(application={"login_from": "user"}, session={"per_user_limit": 1, "on_limit": "deny"})
    first, second = Browser(gateway), Browser(gateway)
    first.visit(say="X-Session-Set: user=alice")
    assert first.visit().seen["SESSION_USER"] == "alice"
    assert problem(second.visit(say="X-Session-Set: user=alice").answer) == (403, "session-limit")
    first.visit(say="X-Session-Unset: user")
    assert second.visit(say="X-Session-Set: user=alice").status == 200


def test_a_lowered_limit_holds_from_the_next_login_on(start):
    gateway = start()
    browsers = [login(gateway) for _ in range(5)]
    gateway.reload({**gateway.config, "session": {"per_user_limit": 2}})
    wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
    assert states(browsers) == ["authenticated"] * 5
    browsers.append(login(gateway))
    assert states(browsers) == ["none"] * 4 + ["authenticated"] * 2


def test_names_that_look_alike_are_not(start):
    gateway = start(session={"per_user_limit": 1, "on_limit": "deny"})
    names = ["a", "A", "a%2Fb", "a%3Ab", "a%3A", "%C3%A1", "a%CC%81", "a%25", "a%20b", "a" * 255, "a" * 254 + "b"]
    assert states([login(gateway, name) for name in names]) == ["authenticated"] * len(names)


# --- many at once ---


def at_once(browsers):
    """Each logs in as alice; the statuses."""
    begin, statuses = Barrier(len(browsers)), []

    def ask(browser):
        begin.wait()
        statuses.append(browser.visit(say="X-Session-Login: alice").status)

    threads = [Thread(target=ask, args=(browser,), daemon=True) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("policy", ["deny", *EVICTING])
def test_50_logins_at_once_leave_the_limit(start, policy, workers):
    """Half of them have a session already."""
    gateway = start(session={"per_user_limit": LIMIT, "on_limit": policy}, workers=workers)
    browsers = [Browser(gateway) for _ in range(LOGINS)]
    for browser in browsers[::2]:
        browser.visit(say="X-Session-Set: cart=1")
    statuses = at_once(browsers)
    assert statuses == ([200] * LIMIT + [403] * (LOGINS - LIMIT) if policy == "deny" else [200] * LOGINS)
    assert states(browsers).count("authenticated") == LIMIT
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: totals(gateway), what="the totals")
    counts = totals(gateway)
    assert counts["logins"] == (LIMIT if policy == "deny" else LOGINS)
    assert counts["ended_evicted" if policy != "deny" else "denied_session_limit"] == LOGINS - LIMIT


@pytest.mark.parametrize("policy", EVICTING)
def test_50_logins_of_one_session_at_once_leave_the_limit(start, policy):
    """One of them renews the session; to the others it has moved, and each of them begins another."""
    gateway = start(session={"per_user_limit": LIMIT, "on_limit": policy}, workers=2)
    first = Browser(gateway)
    first.visit(say="X-Session-Set: cart=1")
    browsers = [first.twin() for _ in range(LOGINS)]
    assert at_once(browsers) == [200] * LOGINS
    assert len({browser.token for browser in browsers}) == LOGINS
    assert states(browsers).count("authenticated") == LIMIT


# --- blocks ---


def test_a_blocked_user_has_no_session_on_any_worker(moody):
    gateway = moody(workers=2)
    browsers, bob = [login(gateway) for _ in range(4)], login(gateway, "bob")
    gateway.store.block("alice")
    # each on a connection of its own: whichever worker takes it
    assert states(browser.twin() for browser in browsers * 5) == ["none"] * 20
    assert states([bob]) == ["authenticated"]
    page = browsers[0].visit()
    assert (page.seen["SESSION_REASON"], page.token()) == ("unknown", "")


def test_a_blocked_user_cannot_log_in(moody):
    gateway = moody(workers=2)
    guest = Browser(gateway)
    guest.visit(say="X-Session-Set: cart=1")
    gateway.store.block("alice")
    for _ in range(5):
        page = guest.visit(say=["X-Session-Login: alice", "X-Session-Set: cart=2"])
        assert problem(page.answer) == (403, "user-blocked")
        assert problem(Browser(gateway).visit(say="X-Session-Login: alice").answer) == (403, "user-blocked")
    assert guest.visit().seen["SESSION_ATTR_cart"] == "1"
    gateway.store.unblock("alice")
    assert guest.visit(say="X-Session-Login: alice").status == 200
    assert guest.visit().seen["SESSION_USER"] == "alice"


def test_a_login_on_its_way_is_refused(moody, held):
    """The application has not answered yet when the block comes: neither from a guest nor from one of the user's sessions."""
    gateway = moody(workers=2)
    guest, known, new = Browser(gateway), login(gateway), Browser(gateway)
    guest.visit(say="X-Session-Set: cart=1")
    pages = [browser.begin("/slow", say="X-Session-Login: alice") for browser in (guest, known, new)]
    held.until(3)
    gateway.store.block("alice")
    held.release()
    assert [problem(page().answer) for page in pages] == [(403, "user-blocked")] * 3
    assert states([guest, known, new]) == ["anonymous", "none", "none"]


@pytest.mark.against_the_clock(1)
def test_a_block_lapses_by_itself(moody):
    gateway = moody()
    known = login(gateway)
    gateway.store.block("alice", until_ms=int((time.time() + 1.5) * 1000))
    assert states([known]) == ["none"]
    assert problem(known.visit(say="X-Session-Login: alice").answer) == (403, "user-blocked")
    wait_until(lambda: known.visit(say="X-Session-Login: alice").status == 200, what="the block to lapse")
    assert states([known]) == ["authenticated"]


def test_a_user_of_another_realm_is_not_blocked(moody):
    gateway = moody(realms={"intranet": {"cookie": {"name": "intranet"}}}, routes=[
        {"path": "/", "application": "app"},
        {"path": "/in/", "application": "app", "realm": "intranet"},
    ])
    here, there = login(gateway), Browser(gateway)
    there.visit("/in/", say="X-Session-Login: alice")
    gateway.store.block("alice", realm="intranet")
    assert there.visit("/in/").state == "none"
    assert states([here]) == ["authenticated"]
    assert Browser(gateway).visit(say="X-Session-Login: alice").status == 200


# --- the log ---


def test_the_log_tells_what_happens_to_users_sessions(start):
    gateway = start(session={"per_user_limit": 1}, log={"level": "info"})
    guest = Browser(gateway)
    guest.visit(say="X-Session-Set: a=1")
    first = login(gateway, "J%C3%B6rg%20x%3D1")
    id = first.token[:20]
    second = login(gateway, "J%C3%B6rg%20x%3D1")
    second.visit(say="X-Session-Rotate: 1")
    second.visit(say="X-Session-Logout: self")
    wait_until(lambda: events(gateway, "session.logged_out"), what="the events")
    user = {"user": "J%C3%B6rg%20x%3D1", "realm": "default", "application": "app"}
    other = {"session": events(gateway, "session.logged_out")[0]["session"], **user}
    assert events(gateway, "session.login") == [{"session": id, **user}, other]
    assert events(gateway, "session.evicted") == [{"session": id, **user}]
    assert events(gateway, "session.rotated") == [other]
    assert "session.created" not in gateway.log, "that is a matter of debug"


@pytest.mark.against_the_clock(1)
def test_the_log_tells_which_clock_ran_out(start):
    gateway = start(session={"idle_timeout": "1s", "absolute_timeout": "2s"}, store={"url": "memory:", "sweep_interval": "1s"},
                    log={"level": "info"})
    login(gateway, "idle")
    busy = login(gateway, "busy")
    wait_until(lambda: busy.visit().state == "none", what="the absolute end")
    wait_until(lambda: len(events(gateway, "session.expired")) == 2, what="the sweep")
    assert {e["user"]: e["cause"] for e in events(gateway, "session.expired")} == {"idle": "idle", "busy": "absolute"}


def test_the_log_tells_who_is_blocked_and_denied(moody):
    gateway = moody(log={"level": "info"})
    login(gateway)
    gateway.store.block("alice")
    Browser(gateway).visit(say="X-Session-Login: alice")
    gateway.store.unblock("alice")
    wait_until(lambda: events(gateway, "user.unblocked"), what="the events")
    assert [e["user"] for e in events(gateway, "user.blocked")] == ["alice"]
    assert [e["cause"] for e in events(gateway, "session.revoked")] == ["user-blocked"]
    assert [e["cause"] for e in events(gateway, "session.denied")] == ["user-blocked"]


def test_a_late_save_is_counted(start, held):
    gateway = start()
    known = login(gateway)
    page = known.begin("/slow", say="X-Session-Set: a=1")
    held.until(1)
    known.twin().visit(say="X-Session-Rotate: 1")
    held.release()
    page()
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: totals(gateway), what="the totals")
    assert totals(gateway)["late_saves_blocked"] == 1


def test_what_happened_last_is_told_at_the_end(start):
    gateway = start(workers=2, log={"level": "info"})
    for _ in range(10):
        login(gateway).visit(say="X-Session-Logout: self")
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: not gateway.process.running(), what="the end")
    assert len(events(gateway, "session.login")) == len(events(gateway, "session.logged_out")) == 10
    counts = totals(gateway)
    assert (counts["sessions_created"], counts["logins"], counts["ended_logout"]) == (10, 10, 10)

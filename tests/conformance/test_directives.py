"""What an application says about the session, and the guard: application.md sections 3 and 4."""

import json
import time
from threading import Thread
from urllib.parse import quote

import pytest

from harness.browser import COOKIE, Browser
from harness.problem import problem
from harness.process import wait_until


def attributes(page):
    return {name.removeprefix("SESSION_ATTR_"): value for name, value in page.seen.items() if name.startswith("SESSION_ATTR_")}


def test_set_update_unset(browse):
    browser = browse()
    browser.visit(say=["X-Session-Set: color=red", 'X-Session-Update: {"n":1,"list":[1, 2],"s":"text"}'])
    found = attributes(browser.visit())
    assert json.loads(found.pop("list")) == [1, 2]
    assert found == {"color": "red", "n": "1", "s": "text"}
    browser.visit(say=["X-Session-Unset: color", "X-Session-Unset: absent", 'X-Session-Update: {"n":null}'])
    assert set(attributes(browser.visit())) == {"list", "s"}


@pytest.mark.parametrize("value", ["ä€😀", "a b", "50%", "x=y;z", 'quote " and \\', ""])
def test_values_are_percent_decoded_utf8(browse, value):
    browser = browse()
    browser.visit(say="X-Session-Set: v=" + quote(value, safe=""))
    assert browser.visit().seen["SESSION_ATTR_v"] == value


def test_names_are_percent_decoded(browse):
    browser = browse(route={"expose": ["object"]})
    browser.visit(say="X-Session-Set: a%3Db%20c=1")
    assert json.loads(browser.visit().seen["SESSION_ATTRIBUTES"]) == {"a=b c": "1"}


def test_directives_never_reach_the_browser(browse):
    page = browse().visit(say=["X-Session-Set: a=1", "x-session-UPDATE: {}", "X-Session-Whatever: 1", "X-Other: stays"])
    assert [name for name, _ in page.headers if name.startswith("x-session")] == []
    assert page.header("X-Other") == "stays"


def test_directives_are_case_insensitive_and_may_repeat(browse):
    browser = browse()
    browser.visit(say=["x-session-set: a=1", "X-SESSION-SET: b=2"])
    assert attributes(browser.visit()) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    "say, wanted",
    [
        (["X-Session-Set: a=1", "X-Session-Unset: a"], {}),
        (["X-Session-Unset: a", "X-Session-Set: a=1"], {"a": "1"}),
        (["X-Session-Set: a=1", 'X-Session-Update: {"a":2}'], {"a": "2"}),
        (['X-Session-Update: {"a":2}', "X-Session-Set: a=1"], {"a": "1"}),
        (["X-Session-Set: a=1", 'X-Session-Update: {"a":null}'], {}),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, list) else "",
)
def test_of_one_name_the_last_wins(browse, say, wanted):
    browser = browse()
    browser.visit(say="X-Session-Set: keep=1")
    browser.visit(say=say)
    assert attributes(browser.visit()) == {"keep": "1", **wanted}


@pytest.mark.parametrize(
    "say",
    ["X-Session-Unset: a", 'X-Session-Update: {"a":null}', "X-Session-Update: {}", "X-Session-Rotate: 1", "X-Session-Idle-Timeout: 60"],
)
def test_nothing_to_store_makes_no_session(browse, say):
    page = browse().visit(say=say)
    assert page.status == 200
    assert page.all("Set-Cookie") == []


@pytest.mark.parametrize("say", ["X-Session-Set: a=1", 'X-Session-Update: {"a":1}', "X-Session-Login: alice"])
def test_what_creates_a_session(browse, say):
    assert browse().visit(say=say).token()


# Login.


def test_login_keeps_the_id_and_an_anonymous_sessions_attributes(browse):
    browser, began = browse(), time.time()
    before = browser.visit(say="X-Session-Set: cart=3").token()
    after = browser.visit(say="X-Session-Login: alice").token()
    assert after[:20] == before[:20] and after[20:] != before[20:]
    seen = browser.visit().seen
    assert (seen["SESSION_STATE"], seen["SESSION_USER"], seen["SESSION_ATTR_cart"]) == ("authenticated", "alice", "3")
    assert began - 1 <= int(seen["SESSION_LOGIN"]) <= time.time()
    assert browser.visit(HTTP_COOKIE=f"{COOKIE}={before}").state == "none"


def test_another_user_starts_without_attributes(browse):
    browser = browse()
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    browser.visit(say=["X-Session-Login: bob", "X-Session-Set: b=2"])
    page = browser.visit()
    assert page.seen["SESSION_USER"] == "bob"
    assert attributes(page) == {"b": "2"}


def test_the_same_user_again_keeps_the_attributes(browse):
    browser = browse()
    first = browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"]).token()
    second = browser.visit(say="X-Session-Login: alice").token()
    assert second[20:] != first[20:]
    assert attributes(browser.visit()) == {"a": "1"}


@pytest.mark.parametrize("user", ["alice@example.test", "Jörg Müller", "a;b", "x" * 255])
def test_users_are_percent_decoded(browse, user):
    browser = browse()
    browser.visit(say="X-Session-Login: " + quote(user, safe=""))
    assert browser.visit().seen["SESSION_USER"] == user


def test_login_restarts_the_absolute_clock(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    before = browser.visit().seen
    time.sleep(1.1)
    browser.visit(say="X-Session-Login: alice")
    after = browser.visit().seen
    assert int(after["SESSION_EXPIRES"]) > int(before["SESSION_EXPIRES"])
    assert after["SESSION_CREATED"] == before["SESSION_CREATED"]


# Logout, rotation, timeouts.


@pytest.mark.parametrize("word", ["self", "1"])
def test_logout_wins_over_everything(browse, word):
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    page = browser.visit(say=["X-Session-Set: a=1", "X-Session-Login: bob", f"X-Session-Logout: {word}", "X-Session-Rotate: 1"])
    assert page.token() == ""
    assert twin.visit().state == "none"
    assert browser.visit().state == "none"


def test_rotate_gives_a_new_secret_under_the_same_id(browse):
    browser = browse()
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    old, before = browser.token, browser.visit().seen
    new = browser.visit(say="X-Session-Rotate: 1").token()
    assert new[:20] == old[:20] and new[20:] != old[20:]
    after = browser.visit().seen
    assert (after["SESSION_USER"], after["SESSION_ATTR_a"]) == ("alice", "1")
    assert after["SESSION_EXPIRES"] == before["SESSION_EXPIRES"]
    assert after["SESSION_CSRF"] != before["SESSION_CSRF"]
    assert browser.visit(HTTP_COOKIE=f"{COOKIE}={old}").state == "none"


@pytest.mark.against_the_clock(1)
def test_idle_timeout_of_one_session(browse):
    browser = browse()
    browser.visit(say=["X-Session-Set: a=1", "X-Session-Idle-Timeout: 1"])
    assert browser.visit().seen["SESSION_IDLE_TIMEOUT"] == "1"
    time.sleep(1.5)
    page = browser.visit()
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "expired")


@pytest.mark.against_the_clock(1)
def test_traffic_keeps_a_session_within_its_idle_timeout(browse):
    browser = browse(session={"idle_timeout": "2s", "anonymous_idle_timeout": "2s"})
    browser.visit(say="X-Session-Set: a=1")
    for _ in range(7):
        time.sleep(0.4)
        assert browser.visit().state == "anonymous"


@pytest.mark.against_the_clock(1)
def test_the_absolute_timeout_holds_whatever_the_traffic(browse):
    browser = browse(session={"idle_timeout": "2s", "anonymous_idle_timeout": "2s", "absolute_timeout": "2s"})
    browser.visit(say="X-Session-Set: a=1")
    began = time.monotonic()
    while browser.visit(say="X-Session-Set: n=2" if time.monotonic() - began < 1.5 else ()).state == "anonymous":
        assert time.monotonic() - began < 6
        time.sleep(0.1)
    assert time.monotonic() - began > 1.8


def test_users_and_anonymous_visitors_have_their_own_idle_timeouts(browse):
    browser = browse(session={"idle_timeout": "300s", "anonymous_idle_timeout": "200s"})
    browser.visit(say="X-Session-Set: a=1")
    assert browser.visit().seen["SESSION_IDLE_TIMEOUT"] == "200"
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit().seen["SESSION_IDLE_TIMEOUT"] == "300"


def test_the_version_counts_saves_and_no_touches(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    first = int(browser.visit().seen["SESSION_VERSION"])
    assert int(browser.visit().seen["SESSION_VERSION"]) == first
    browser.visit(say=["X-Session-Set: b=1", "X-Session-Set: c=1"])
    assert int(browser.visit().seen["SESSION_VERSION"]) == first + 1


# What is refused: nothing is saved, and the browser gets a 502.

BAD = [
    ("no =", "X-Session-Set: novalue"),
    ("empty name", "X-Session-Set: =1"),
    ("half an escape", "X-Session-Set: a=%4"),
    ("no hex", "X-Session-Set: a=%zz"),
    ("not UTF-8", "X-Session-Set: a=%ff"),
    ("a surrogate", "X-Session-Set: a=%ed%a0%80"),
    ("NUL", "X-Session-Set: a=b%00c"),
    ("long name", "X-Session-Set: " + "n" * 129 + "=1"),
    ("not JSON", "X-Session-Update: {a:1}"),
    ("not an object", "X-Session-Update: [1]"),
    ("cut JSON", 'X-Session-Update: {"a":1'),
    ("something behind", 'X-Session-Update: {"a":1} x'),
    ("NUL in JSON", 'X-Session-Update: {"a":"b\\u0000"}'),
    ("empty unset", "X-Session-Unset:"),
    ("empty user", "X-Session-Login:"),
    ("a user of 256 bytes", "X-Session-Login: " + "x" * 256),
    ("a control character in a user", "X-Session-Login: a%0Ab"),
    ("white space before a user", "X-Session-Login: %20alice"),
    ("white space behind a user", "X-Session-Login: alice%20"),
    ("a user that is not UTF-8", "X-Session-Login: %c3"),
    ("an unknown word behind the user", "X-Session-Login: alice; forever"),
    ("an unknown logout", "X-Session-Logout: maybe"),
    ("an unknown rotation", "X-Session-Rotate: 2"),
    ("no number", "X-Session-Idle-Timeout: soon"),
    ("zero", "X-Session-Idle-Timeout: 0"),
    ("negative", "X-Session-Idle-Timeout: -5"),
    ("over the absolute timeout", "X-Session-Idle-Timeout: 43201"),
]


@pytest.mark.parametrize("name, say", BAD, ids=[name for name, _ in BAD])
def test_a_bad_directive_saves_nothing(browse, name, say):
    browser = browse()
    browser.visit(say="X-Session-Set: keep=1")
    page = browser.visit(say=["X-Session-Set: good=1", say])
    assert problem(page.answer) == (502, "bad-directive")
    assert page.all("Set-Cookie") == []
    assert attributes(browser.visit()) == {"keep": "1"}
    header = say.partition(":")[0].lower()
    wait_until(lambda: header in browser.gateway.log.lower())


@pytest.mark.parametrize("say", [["X-Session-Set: a=1", "X-Session-Unset: a"], ['X-Session-Update: {"a":1,"a":null}']])
def test_what_is_set_and_removed_stores_nothing(browse, say):
    assert browse().visit(say=say).all("Set-Cookie") == []


def test_the_log_of_a_bad_directive_holds_no_value(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: a=s3cr3t%zz")
    browser.gateway.stop()
    assert "s3cr3t" not in browser.gateway.log


@pytest.mark.parametrize(
    "name, limit, fine, over",
    [
        ("value", {"max_value": "1k"}, ["X-Session-Set: a=" + "v" * 1000], ["X-Session-Set: a=" + "v" * 1030]),
        ("attributes", {"max_attributes": 3}, [f"X-Session-Set: a{n}=1" for n in range(3)], [f"X-Session-Set: a{n}=1" for n in range(4)]),
        ("size", {"max_size": "4k", "max_value": "2k"}, ["X-Session-Set: a=" + "v" * 2000], [f"X-Session-Set: a{n}=" + "v" * 1500 for n in range(3)]),
    ],
    ids=["value", "attributes", "size"],
)
def test_limits_of_a_session(browse, name, limit, fine, over):
    browser = browse(session=limit)
    assert browser.visit(say=fine).status == 200
    before = attributes(browser.visit())
    assert problem(browser.visit(say=over).answer) == (502, "bad-directive")
    assert attributes(browser.visit()) == before


def test_directives_over_four_times_the_session_limit(browse):
    browser = browse(session={"max_size": "1k", "max_value": "1k"}, limits={"response_header_size": "1k"})
    page = browser.visit(say=[f"X-Session-Set: a{n}=" + "v" * 900 for n in range(20)])
    assert problem(page.answer) == (502, "bad-directive")
    wait_until(lambda: "X-Session-" in browser.gateway.log)


def test_directives_do_not_count_as_headers(browse):
    browser = browse()
    assert browser.visit(say=[f"X-Session-Unset: a{n}" for n in range(1500)] + ["X-Session-Set: b=1"]).status == 200
    assert attributes(browser.visit()) == {"b": "1"}


def test_limits_count_what_is_stored_already(browse):
    browser = browse(session={"max_attributes": 3})
    browser.visit(say=["X-Session-Set: a=1", "X-Session-Set: b=1", "X-Session-Set: c=1"])
    assert problem(browser.visit(say="X-Session-Set: d=1").answer) == (502, "bad-directive")
    assert browser.visit(say=["X-Session-Unset: a", "X-Session-Set: d=1"]).status == 200
    assert set(attributes(browser.visit())) == {"b", "c", "d"}


def test_an_application_may_say_only_what_it_is_allowed_to(browse):
    browser = browse(application={"directives": ["set", "unset"]})
    page = browser.visit(say=["X-Session-Set: a=1", "X-Session-Login: alice", "X-Session-Nonsense: 1"])
    assert page.status == 200
    assert browser.visit().state == "anonymous"
    assert attributes(browser.visit()) == {"a": "1"}


# The guard.


def test_a_late_anonymous_save_neither_writes_nor_gets_a_token(browse, held):
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    late = browser.twin().begin("/slow", "X-Session-Set: late=1")
    held.until(1)
    browser.visit(say="X-Session-Login: alice")
    held.release()
    page = late()
    assert page.status == 200
    assert page.all("Set-Cookie") == []
    assert attributes(browser.visit()) == {"a": "1"}
    assert browser.visit().seen["SESSION_USER"] == "alice"


@pytest.mark.parametrize("say", ["X-Session-Set: late=1", "X-Session-Rotate: 1", "X-Session-Idle-Timeout: 60"])
def test_a_late_save_after_logout_resurrects_nothing(browse, held, say):
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    twin = browser.twin()
    late = twin.begin("/slow", say)
    held.until(1)
    cookies = dict(browser.cookies)
    browser.visit(say="X-Session-Logout: self")
    held.release()
    page = late()
    assert page.status == 200
    assert page.token() in (None, "")
    assert Browser(browser.gateway, cookies).visit().state == "none"


@pytest.mark.parametrize("say", ["X-Session-Rotate: 1", "X-Session-Login: bob"])
def test_a_late_save_after_the_epoch_moved(browse, held, say):
    browser = browse()
    browser.visit(say="X-Session-Login: alice")
    late = browser.twin().begin("/slow", "X-Session-Set: late=1")
    held.until(1)
    browser.visit(say=say)
    held.release()
    assert late().all("Set-Cookie") == []
    assert attributes(browser.visit()) == {}


@pytest.mark.parametrize("meanwhile", ["X-Session-Login: alice", "X-Session-Logout: self"])
def test_a_login_whose_guard_fails_becomes_a_new_session(browse, held, meanwhile):
    browser = browse()
    old = browser.visit(say="X-Session-Set: a=1").token()
    twin = browser.twin()
    late = twin.begin("/slow", ["X-Session-Login: bob", "X-Session-Set: own=1"])
    held.until(1)
    browser.visit(say=meanwhile)
    held.release()
    token = late().token()
    assert token and token[:20] != old[:20]
    page = twin.visit()
    assert page.seen["SESSION_USER"] == "bob"
    assert attributes(page) == {"own": "1"}
    if "Login" in meanwhile:
        page = browser.visit()
        assert (page.seen["SESSION_USER"], attributes(page)) == ("alice", {"a": "1"})


def test_logout_ignores_the_epoch(browse, held):
    """A request whose secret was valid when loaded ends the session."""
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    late = browser.twin().begin("/slow", "X-Session-Logout: self")
    held.until(1)
    browser.visit(say="X-Session-Login: alice")
    held.release()
    late()
    assert browser.visit().state == "none"


def test_parallel_requests_lose_no_attribute(browse, held):
    browser = browse()
    browser.visit(say="X-Session-Set: first=1")
    pages = [browser.twin().begin(f"/slow/{n}", f"X-Session-Set: a{n}={n}") for n in range(50)]
    held.until(50)
    held.release()
    assert [page().status for page in pages] == [200] * 50
    assert attributes(browser.visit()) == {"first": "1", **{f"a{n}": str(n) for n in range(50)}}


def test_of_the_same_attribute_the_later_save_wins(browse):
    browser = browse()
    browser.visit(say="X-Session-Set: n=0")
    threads = [Thread(target=browser.twin().visit, args=("/", f"X-Session-Set: n={n}")) for n in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert attributes(browser.visit())["n"] in "12345"
    browser.visit(say="X-Session-Set: n=last")
    assert attributes(browser.visit()) == {"n": "last"}


def test_of_two_parallel_logins_both_stand(browse, held):
    """The one that comes second finds its epoch moved and gets a session of its own."""
    browser = browse()
    browser.visit(say="X-Session-Set: a=1")
    one, two = browser.twin(), browser.twin()
    pages = [one.begin("/slow/1", "X-Session-Login: alice"), two.begin("/slow/2", "X-Session-Login: bob")]
    held.until(2)
    held.release()
    tokens = [page().token() for page in pages]
    assert all(tokens) and tokens[0][:20] != tokens[1][:20]
    assert (one.visit().seen["SESSION_USER"], two.visit().seen["SESSION_USER"]) == ("alice", "bob")

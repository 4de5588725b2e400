"""What becomes of a session whose record in Redis nobody can read (docs/redis.md)."""

import json

import pytest

from harness.application import echo
from harness.browser import Browser
from harness.problem import problem
from harness.process import wait_until


def key_of(redis, token, part="s"):
    (key,) = redis.ask("KEYS", f"sessiongate:*:{part}:{token[:20]}")
    return key


def attribute(page, name="a"):
    return page.seen.get(f"SESSION_ATTR_{name}")


def replaced(*command):
    def spoil(client, key):
        client.ask("DEL", key)
        client.ask(command[0], key, *command[1:])

    return spoil


def changed(*fields):
    return lambda client, key: client.ask("HSET", key, *fields)


def without(*fields):
    return lambda client, key: client.ask("HDEL", key, *fields)


def large(script, *arguments):
    return lambda client, key: client.ask("EVAL", script, 1, key, *arguments)


MANY = "for i = 1, 70000 do redis.call('HSET', KEYS[1], 'a:' .. i, '1') end"
LONG = "redis.call('HSET', KEYS[1], 'a:long', '\"' .. string.rep('x', 34000000) .. '\"')"
SPOILED = {
    "a string": replaced("SET", "\x00\xff garbage"),
    "a list": replaced("RPUSH", "1", "2"),
    "a set": replaced("SADD", "hash"),
    "a stream": replaced("XADD", "*", "hash", "x"),
    "somebody else's hash": replaced("HSET", "lastAccessedTime", "1780000000000"),
    "a tombstone without a time": replaced("HSET", "ended", "logout"),
    "a later layout": changed("layout", "2"),
    "no end": without("expires"),
    "no times": without("seen", "idle", "touch", "expires"),
    "no hash": without("hash"),
    "no epoch": without("epoch"),
    "no realm": without("realm"),
    "half a hash": changed("hash", "short"),
    "foreign bytes for numbers": changed("epoch", "\xff\xfe", "version", "-1"),
    "foreign bytes for times": changed("seen", "yesterday"),
    "no number": changed("expires", "nan"),
    "for ever": changed("expires", "inf"),
    "a long user": changed("user", "u" * 300),
    "a long name": changed(f"a:{'n' * 200}", "1"),
    "no JSON": changed("a:a", "{"),
    "many attributes": large(MANY),
    "a long value": large(LONG),
}


def expect_unknown(page):
    """And the cookie stays: somebody may mend it, or it is a later gateway's."""
    assert (page.state, page.seen["SESSION_REASON"], page.all("Set-Cookie")) == ("none", "unknown", [])


@pytest.mark.parametrize("what", SPOILED)
def test_a_record_that_cannot_be_read_is_unknown(shared, redis, held, what):
    """By whatever it is asked for: to read, to lock, to save, by its user's list and login, by an administrator, to expire."""
    routes = [
        {"path": "/locked", "application": "app", "lock": "exclusive", "lock_wait": "1s"},
        {"path": "/", "application": "app", "self_service": "/.session"},
    ]
    gateway = shared(store={"timeout": "20s"}, routes=routes, session={"per_user_limit": 2, "idle_timeout": "1h"}, limits={"unknown_tokens": 0})
    browser, other = Browser(gateway), Browser(gateway)
    for one in (browser, other):
        one.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    late = browser.twin().begin("/slow", "X-Session-Set: b=2")
    held.until(1)
    key = key_of(redis, browser.token)
    with redis.connect() as client:
        SPOILED[what](client, key)
    held.release()
    assert late().status == 200
    for uri in ("/", "/locked", "/"):
        expect_unknown(browser.twin().visit(uri))
    wait_until(lambda: f"session {browser.token[:20]}: " in gateway.log, what="the log to say so")
    assert other.visit("/.session/list").status == 200
    assert other.visit(say="X-Session-Set: a=2").status == 200, "a neighbour does not notice"
    newcomer = Browser(gateway)
    assert newcomer.visit(say="X-Session-Login: alice").status == 200
    assert newcomer.visit().state == "authenticated"
    assert newcomer.visit(say="X-Session-Logout: others").status == 200
    assert other.visit().state == "none"
    begun = browser.twin()
    assert begun.visit(say="X-Session-Set: a=3").status == 200
    assert attribute(begun.visit()) == "3", "whoever had it begins anew"


@pytest.mark.parametrize("had", [(), "X-Session-Set: a=1"], ids=["create", "save"])
def test_no_session_grows_so_large_that_it_could_not_be_read(shared, app, had):
    """Whatever max_size says: Redis would stand still for it."""
    browser = Browser(shared(store={"timeout": "20s"}, session={"max_size": "1g", "max_value": "1g"}))
    browser.visit(say=had)
    app.play = lambda exchange: (exchange.out(b"X-Session-Set: b=" + b"x" * 17_000_000 + b"\r\n\r\n"), exchange.end())
    page = browser.visit()
    assert problem(page.answer) == (502, "bad-directive")
    app.play = echo
    assert attribute(browser.visit()) == ("1" if had else None)


def test_what_is_mended_goes_on(shared, redis):
    browser = Browser(shared())
    browser.visit(say="X-Session-Set: a=1")
    key = key_of(redis, browser.token)
    whole = redis.ask("DUMP", key)
    for what in ("a list", "a later layout", "no end", "half a hash", "no JSON"):
        with redis.connect() as client:
            SPOILED[what](client, key)
            expect_unknown(browser.twin().visit())
            client.ask("RESTORE", key, 0, whole, "REPLACE")
        assert attribute(browser.visit()) == "1"


def test_what_is_mended_is_its_users_still(shared, redis):
    """Also if logins have looked at it meanwhile."""
    gateway = shared(route={"self_service": "/.session"}, session={"per_user_limit": 2})
    browsers = [Browser(gateway) for _ in range(3)]
    for browser in browsers[:2]:
        browser.visit(say="X-Session-Login: alice")
    key = key_of(redis, browsers[0].token)
    redis.ask("RENAME", key, key + "-")
    redis.ask("SET", key, "garbage")
    browsers[2].visit(say="X-Session-Login: alice")
    redis.ask("RENAME", key + "-", key)
    sessions = json.loads(browsers[1].visit("/.session/list").body)["sessions"]
    assert {session["id"] for session in sessions} == {browser.token[:20] for browser in browsers}


def test_what_cannot_be_read_holds_up_no_expiry(shared, redis):
    """It is left alone, and off the list of those whose time has come."""
    gateway = shared(store={"sweep_interval": "100ms"})
    due = []
    for what in ("a string", "a later layout", "no end", "no number"):
        browser = Browser(gateway)
        browser.visit(say="X-Session-Set: a=1")
        key = key_of(redis, browser.token)
        with redis.connect() as client:
            SPOILED[what](client, key)
        due.append((key.partition("s:")[0] + "due", browser.token[:20], key))
        redis.ask("ZADD", due[-1][0], 1, due[-1][1], 1, "no session's id")
    wait_until(lambda: not any(redis.ask("ZCARD", index) for index, _, _ in due), what="the sweep to pass them")
    assert [redis.ask("EXISTS", key) for _, _, key in due] == [1] * len(due)
    for _, id, _ in due:
        wait_until(lambda id=id: gateway.log.count(f"session {id}: ") == 1, what="the log to say so once")


# --- what is no session's ---


PLACES = ["events", "due", "seen", "created", "users", "u:default:alice"]


def misplace(redis, key):
    redis.ask("DEL", key)
    redis.ask("SET", key, "garbage")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_of_the_wrong_type_is_set_aside(shared, redis, place):
    """Whoever comes to it first does so, and is answered as if it had never been there."""
    gateway = shared(store={"sweep_interval": "100ms"}, routes=[{"path": "/", "application": "app", "self_service": "/.session"}])
    visitor, other = Browser(gateway), Browser(gateway)
    for browser in (visitor, other):
        assert browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"]).status == 200
    keys = redis.ask("KEYS", f"sessiongate:*:{place}")
    for key in keys:
        misplace(redis, key)
    for browser, say in [(visitor, "X-Session-Set: a=2"), (visitor, "X-Session-Rotate: grace"), (visitor, "X-Session-Login: alice")]:
        assert browser.visit(say=say).status == 200
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200
    assert visitor.visit("/.session/list").status == 200
    assert other.visit(say="X-Session-Logout: all").status == 200
    used = [key for key in keys if redis.ask("TYPE", key) != "string"]
    assert used and all(redis.ask("GET", f"{key}:aside") == "garbage" for key in used)
    # The sweep sets some aside, too, and tells it once Redis has answered.
    wait_until(lambda: all(f"{key} is of another type" in gateway.log for key in used), what="the log to name them")


@pytest.mark.parametrize("index", ["due", "seen", "created"])
def test_an_index_that_was_set_aside_is_made_anew(shared, redis, index):
    gateway = shared(store={"sweep_interval": "100ms"})
    for _ in range(20):
        Browser(gateway).visit(say="X-Session-Set: a=1")

    def listed():
        found = {}
        for key in keys:
            if redis.ask("TYPE", key) == "zset":
                row = redis.ask("ZRANGE", key, "0", "-1", "WITHSCORES")
                found.update(zip(row[::2], row[1::2]))
        return found

    keys = redis.ask("KEYS", f"sessiongate:*:{index}")
    before = listed()
    for key in keys:
        misplace(redis, key)
        if index != "due":  # somebody has to come by
            redis.ask("ZADD", key.replace(index, "due"), "0", next(iter(redis.ask("ZRANGE", key.replace(index, "due"), "0", "0"))))
    wait_until(lambda: listed() == before, what="the index as it was")


def test_a_bucket_s_meta_is_no_one_s_to_touch(shared, redis):
    """By it a bucket's layout is known: nothing is done there until a person has looked."""
    gateway = shared()
    visitor = Browser(gateway)
    visitor.visit(say="X-Session-Set: a=1")
    meta = key_of(redis, visitor.token, "s").rpartition(":s:")[0] + ":meta"
    misplace(redis, meta)
    page = Browser(gateway, {"sg_session": visitor.token[:10] + "x" * 42}).visit()
    assert page.status in (200, 503)
    assert visitor.visit(say="X-Session-Logout: self").status == 503
    assert redis.ask("GET", meta) == "garbage"
    wait_until(lambda: f"of bucket {meta.split(':')[1]}: WRONGTYPE" in gateway.log, what="the log to say so")
    redis.ask("DEL", meta)
    assert visitor.visit(say="X-Session-Logout: self").status == 200

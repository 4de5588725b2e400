"""store.url redis://: what a request costs, and what becomes of records that nobody can read (docs/redis.md)."""

import pytest

from harness import fastcgi
from harness.browser import Browser
from harness.process import wait_until
from harness.redis_monitor import watched
from harness.redis_server import RedisServer

PARALLEL = 40


@pytest.fixture
def redis(directory):
    server = RedisServer(directory)
    yield server
    server.stop()


@pytest.fixture
def shared(start, redis):
    """shared(store={…}, …as start…): a gateway whose store is that Redis, on all workers."""

    def start_shared(store=None, workers=1, **settings):
        gateway = start(store={"url": redis.url, **(store or {})}, workers=workers, **settings)
        wait_until(lambda: gateway.log.count("greeting -> ready") >= workers, what="the scripts to be loaded")
        return gateway

    return start_shared


def key_of(redis, token, part="s"):
    (key,) = redis.ask("KEYS", f"sessiongate:*:{part}:{token[:20]}")
    return key


def attribute(page, name="a"):
    return page.seen.get(f"SESSION_ATTR_{name}")


# --- what it costs ---


def kinds(commands):
    """Of which part, and whether it wrote there; all must be scripts that Redis knows already."""
    assert {command.name for command in commands} <= {"EVALSHA"}
    return [(command.part, "write" if command.writes else "read") for command in commands]


def test_what_a_request_asks_of_redis(shared, redis):
    """One read and one write at the most."""
    browser = Browser(shared())
    read, write, user = ("s", "read"), ("s", "write"), ("u", "write")
    for what, say, cost in [
        ("nothing", (), []),
        ("no session either", "X-Session-Unset: a", []),
        ("create", "X-Session-Set: a=1", [write]),
        ("read within the touch interval", (), [read]),
        ("set", "X-Session-Set: a=2", [read, write]),
        ("several", ["X-Session-Set: b=2", "X-Session-Unset: a", "X-Session-Idle-Timeout: 600"], [read, write]),
        ("rotate", "X-Session-Rotate: 1", [read, write]),
        ("logout", "X-Session-Logout: self", [read, write]),
    ]:
        with watched(redis) as commands:
            assert browser.visit(say=say).status == 200
        assert kinds(commands) == cost, what
    with watched(redis) as commands:
        assert browser.visit(HTTP_COOKIE="sg_session=malformed").status == 200
    assert commands == []
    with watched(redis) as commands:
        browser.visit(say="X-Session-Login: alice")
    assert kinds(commands) == [user, write, user], "a login speaks to its user's record before and after"


def test_a_touch_is_one_write(shared, redis):
    browser = Browser(shared(session={"touch_interval": 0}))
    browser.visit(say="X-Session-Set: a=1")
    with watched(redis) as commands:
        browser.visit()
    assert kinds(commands) == [("s", "read"), ("s", "write")]


def test_requests_that_come_together_leave_together(shared, redis):
    """On one connection, and in far fewer pieces than there are requests: it is flushed once in a turn of the loop."""
    gateway = shared()
    browser = Browser(gateway)
    browser.visit(say="X-Session-Set: a=1")
    front = gateway.front()
    with redis.connect() as look:
        before = reads(look)
        with watched(redis) as commands:
            front.send(b"".join(fastcgi.request(browser.params(), id=id) for id in range(1, PARALLEL + 1)))
            answers = [front.answer(id) for id in range(1, PARALLEL + 1)]
        spent = reads(look) - before
    assert {answer.status for answer in answers} == {200}
    assert kinds(commands) == [("s", "read")] * PARALLEL
    assert len({command.who for command in commands}) == 1
    assert spent < PARALLEL / 2, "Redis has read that often"


def reads(client):
    lines = client.ask("INFO", "stats").splitlines()
    return int(next(line for line in lines if line.startswith("total_reads_processed")).split(":")[1])


def test_a_worker_has_one_connection(shared, redis):
    gateway = shared(workers=2)
    for _ in range(8):
        Browser(gateway).visit(say="X-Session-Set: a=1")
    with redis.connect() as look:
        assert len(look.ask("CLIENT", "LIST", "TYPE", "normal").splitlines()) == 2 + 1


def test_scripts_that_redis_has_forgotten(shared, redis):
    """It is given them once more, and nobody notices."""
    browser = Browser(shared())
    browser.visit(say="X-Session-Set: a=1")
    redis.ask("SCRIPT", "FLUSH")
    with watched(redis) as commands:
        assert attribute(browser.visit(say="X-Session-Set: a=2")) == "1"
    assert [command.name for command in commands] == ["EVALSHA", "EVAL"] * 2
    with watched(redis) as commands:
        assert attribute(browser.visit(say="X-Session-Set: a=3")) == "2"
    assert kinds(commands) == [("s", "read"), ("s", "write")]


# --- what nobody can read ---


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
    for uri in ["/", "/locked"] * 2:
        expect_unknown(browser.twin().visit(uri))
    assert f"session {browser.token[:20]}" in gateway.log
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
        assert gateway.log.count(f"session {id}: ") == 1

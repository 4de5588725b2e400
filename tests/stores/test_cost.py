"""What a request costs Redis: round trips, connections, writes to the socket."""

from harness import fastcgi
from harness.browser import Browser
from harness.redis_monitor import watched

PARALLEL = 40


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
        assert browser.visit(say="X-Session-Set: a=2").seen["SESSION_ATTR_a"] == "1"
    assert [command.name for command in commands] == ["EVALSHA", "EVAL"] * 2
    with watched(redis) as commands:
        assert browser.visit(say="X-Session-Set: a=3").seen["SESSION_ATTR_a"] == "2"
    assert kinds(commands) == [("s", "read"), ("s", "write")]

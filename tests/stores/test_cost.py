"""What a request costs Redis: round trips, connections, writes to the socket."""

import json

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


def test_only_who_comes_or_goes_is_counted(shared, redis):
    browser = Browser(shared(session={"touch_interval": 0}))
    for what, say, counts in [
        ("create", "X-Session-Set: a=1", ["1"]),
        ("touch", (), []),
        ("set", "X-Session-Set: a=2", []),
        ("rotate", "X-Session-Rotate: 1", []),
        ("login", "X-Session-Login: alice", ["-1", "1"]),
        ("login again", "X-Session-Login: alice", []),
        ("logout", "X-Session-Logout: self", ["-1"]),
    ]:
        with watched(redis) as commands:
            assert browser.visit(say=say).status == 200
        inner = [words for command in commands for words in command.inner]
        assert [words[3] for words in inner if words[0].upper() == "HINCRBY"] == counts, what
        assert sum("recount" in words for words in inner) == len(counts), what


def test_requests_that_come_together_leave_together(shared, redis):
    """On one connection, and in far fewer pieces than there are requests: it is flushed once in a turn of the loop."""
    gateway = shared()
    browser = Browser(gateway)
    browser.visit(say="X-Session-Set: a=1")
    front = gateway.front()
    with redis.connect() as look:
        before = stat(look, "total_reads_processed")
        with watched(redis) as commands:
            front.send(b"".join(fastcgi.request(browser.params(), id=id) for id in range(1, PARALLEL + 1)))
            answers = [front.answer(id) for id in range(1, PARALLEL + 1)]
        spent = stat(look, "total_reads_processed") - before
    assert {answer.status for answer in answers} == {200}
    assert kinds(commands) == [("s", "read")] * PARALLEL
    assert len({command.who for command in commands}) == 1
    assert spent < PARALLEL / 2, "Redis has read that often"


def stat(client, name):
    lines = client.ask("INFO", "stats").splitlines()
    return int(next(line for line in lines if line.startswith(name + ":")).split(":")[1])


def test_what_was_saved_is_not_read_once_more(shared, redis):
    """A write's answer is what the gateway needs of it, however much the session holds."""
    browser = Browser(shared(session={"touch_interval": "5m"}))
    browser.visit(say=[f"X-Session-Set: a{n}={'x' * 1000}" for n in range(50)])

    def answered(say):
        with redis.connect() as look:
            before = stat(look, "total_net_output_bytes")
            for _ in range(5):
                assert browser.visit(say=say).status == 200
            return stat(look, "total_net_output_bytes") - before

    reads, writes = answered(()), answered(["X-Session-Set: b=1", "X-Session-Rotate: grace"])
    assert reads > 5 * 50000
    assert writes - reads < 5 * 5000
    assert browser.visit().seen["SESSION_ATTR_a49"] == "x" * 1000


def test_a_create_is_answered_with_its_time(shared, redis):
    """All else the gateway knows itself."""
    gateway = shared()
    with redis.connect() as look:
        before = stat(look, "total_net_output_bytes")
        for _ in range(5):
            browser = Browser(gateway)
            browser.visit(say=[f"X-Session-Set: a{n}={'x' * 1000}" for n in range(50)])
        assert stat(look, "total_net_output_bytes") - before < 5 * 5000
    seen = browser.visit().seen
    assert (seen["SESSION_ATTR_a0"], seen["SESSION_ATTR_a49"]) == ("x" * 1000, "x" * 1000)


def test_as_many_attributes_as_there_may_be(shared, app):
    """The worker is not held up by their number squared."""
    update = json.dumps({f"a{n}": n for n in range(50000)})

    def play(exchange):
        exchange.read_body()
        exchange.reply(f"X-Session-Update: {update}")

    app.play = play
    gateway = shared(session={"max_attributes": 65536, "max_size": "4m"}, route={"expose": []})
    browser, before = Browser(gateway), gateway.process.cpu_s()
    assert [browser.visit().status for _ in range(2)] == [200, 200]
    assert gateway.process.cpu_s() - before < 4


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

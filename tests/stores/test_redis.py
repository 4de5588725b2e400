"""What the gateway asks of Redis, and what it makes of what it finds there."""

import re
import shlex
from pathlib import Path

import pytest

from harness.browser import Browser
from harness.process import wait_until
from harness.redis_monitor import watched
from harness.redis_server import RedisServer


@pytest.fixture
def server(serve):
    return serve(RedisServer)


@pytest.fixture
def client(server):
    client = server.connect()
    yield client
    client.close()


def key_of(client, visitor_id):
    (found,) = client.ask("KEYS", f"*:s:{visitor_id}")
    return found


def session_id(visitor):
    return next(value[:20] for value in visitor.cookies.values() if len(value) == 52)


def test_nothing_is_configured_and_nothing_is_scanned(gate, server, client):
    with watched(server) as commands:
        visitor = Browser(gate(server))
        visitor.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
        visitor.visit(say="X-Session-Logout: all")
    names = {command.name for command in commands}
    assert "EVALSHA" in names
    assert names <= {"SCRIPT", "EVALSHA", "EVAL", "SELECT", "AUTH", "ROLE", "INFO", "PING"}, names


def test_a_redis_that_comes_back_empty_takes_no_cookie(gate, server, client):
    gateway = gate(server)
    visitor = Browser(gateway)
    visitor.visit(say="X-Session-Set: a=1")
    client.ask("FLUSHALL")
    before = dict(visitor.cookies)
    page = visitor.visit()
    assert page.status == 200 and page.state == "none"
    assert visitor.cookies == before


def test_keys_end_by_themselves(gate, server, client):
    gateway = gate(server, session={"idle_timeout": "10m", "absolute_timeout": "1h"})
    visitor = Browser(gateway)
    visitor.visit(say="X-Session-Login: alice")
    key = key_of(client, session_id(visitor))
    idle_ms, touch_ms, tombstone_ms = 600000, 60000, 300000
    assert idle_ms < client.ask("PTTL", key) <= idle_ms + touch_ms + tombstone_ms
    visitor.visit(say="X-Session-Logout: self")
    assert tombstone_ms - 60000 < client.ask("PTTL", key) <= tombstone_ms
    assert not [field for field in client.ask("HKEYS", key) if field.startswith("a:")]


def test_the_clock_is_that_of_redis(gate, server, client):
    visitor = Browser(gate(server))
    visitor.visit(say="X-Session-Set: a=1")
    seconds, micros = client.ask("TIME")
    created = int(client.ask("HGET", key_of(client, session_id(visitor)), "created"))
    assert 0 <= int(seconds) * 1000 + int(micros) // 1000 - created < 60000


def test_a_namespace_is_all_of_it(gate, server, client):
    visitor = Browser(gate(server, {"namespace": "shop-7"}))
    visitor.visit(say=["X-Session-Login: a:b/{c}", "X-Session-Set: a=1"])
    keys = client.ask("KEYS", "*")
    assert keys and all(re.fullmatch(r"shop-7:\{[0-9a-f]{2}\}:.+", key) for key in keys), keys
    assert Browser(gate(server, {"namespace": "other"}), visitor.cookies).visit().state == "none"


def test_sessions_whose_time_has_come_end_once_whoever_sweeps(gate, server, client):
    settings = {"session": {"idle_timeout": "1s", "anonymous_idle_timeout": "1s", "touch_interval": "0s"}}
    gateways = [gate(server, {"sweep_interval": "100ms"}, **settings) for _ in range(3)]
    visitors = [Browser(gateways[number % 3]) for number in range(30)]
    for visitor in visitors:
        visitor.visit(say="X-Session-Set: a=1")
    ids = {session_id(visitor) for visitor in visitors}

    def ended():
        told = []
        for stream in client.ask("KEYS", "*:events"):
            for _, fields in client.ask("XRANGE", stream, "-", "+"):
                event = dict(zip(fields[::2], fields[1::2]))
                if event["type"] == "session.expired":
                    told.append(event["session"])
        return told

    wait_until(lambda: ids <= set(ended()), what="all of them to end")
    assert sorted(ended()) == sorted(ids)


def test_the_user_that_the_page_suggests_may_do_all_that_is_asked(gate, server, client):
    page = Path(__file__).resolve().parents[2] / "docs" / "redis.md"
    (line,) = [line for line in page.read_text().splitlines() if line.startswith("ACL SETUSER")]
    assert client.ask(*shlex.split(line.replace("PASSWORD", "secret"))) == "OK"
    gateway = gate(server, {"url": f"redis://gate:secret@{server.address}", "sweep_interval": "100ms"}, route={"lock": "exclusive"})
    visitor = Browser(gateway)
    assert visitor.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"]).status == 200
    page = visitor.visit(say=["X-Session-Set: a=2", "X-Session-Rotate: 1"])
    assert page.status == 200, gateway.log
    assert visitor.visit(say="X-Session-Logout: all").status == 200
    assert visitor.visit(say="X-Session-Set: a=1").status == 200
    (due,) = client.ask("KEYS", "*:due")
    client.ask("DEL", due)
    client.ask("SET", due, "garbage")
    wait_until(lambda: "set aside" in gateway.log, what="the index to be made anew")
    wait_until(lambda: client.ask("TYPE", due) == "zset", what="the sweeper")
    assert "NOPERM" not in gateway.log and "could not do" not in gateway.log


def test_a_user_s_record_that_was_lost_is_made_anew(gate, server, client):
    gateway = gate(server)
    visitor = Browser(gateway)
    visitor.visit(say="X-Session-Login: alice")
    session = key_of(client, session_id(visitor))
    (user,) = client.ask("KEYS", "*:u:default:alice")
    client.ask("DEL", user)
    visitor.visit(say="X-Session-Set: a=1")
    assert client.ask("EXISTS", user) == 0, "it was said a moment ago"
    client.ask("HINCRBY", session, "login", -600000)
    visitor.visit(say="X-Session-Set: a=2")
    wait_until(lambda: client.ask("HEXISTS", user, f"m:{session_id(visitor)}") == 1, what="the record")
    assert client.ask("PTTL", user) > 3600000
    assert Browser(gateway, visitor.cookies).visit(say="X-Session-Logout: all").status == 200
    assert client.ask("EXISTS", user) == 0


def test_who_was_blocked_and_overlooked_is_ended(gate, server, client):
    gateway = gate(server)
    visitor = Browser(gateway)
    visitor.visit(say="X-Session-Login: alice")
    session = key_of(client, session_id(visitor))
    (user,) = client.ask("KEYS", "*:u:default:alice")
    client.ask("DEL", user)
    client.ask("HSET", user, "blocked", "0")
    client.ask("HINCRBY", session, "login", -600000)
    visitor.visit(say="X-Session-Set: a=2")
    wait_until(lambda: client.ask("HGET", session, "ended") == "blocked", what="the end")
    assert visitor.visit().state == "none"

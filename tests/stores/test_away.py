"""A Redis that is not there, or not yet: the gateway starts, refuses what needs a session, and takes nobody's cookie."""

import json
import subprocess

import pytest

from harness.browser import COOKIE, Browser
from harness.gateway import PROGRAM
from harness.problem import problem
from harness.process import PATIENCE_S, wait_until
from harness.redis_server import RedisServer

TOKEN = "A" * 20 + "s" * 32
QUICK = {"timeout": "500ms"}


@pytest.fixture
def away(directory):
    """A server that has been stopped, and keeps its place."""
    server = RedisServer(directory)
    server.kill()
    yield server
    server.stop()


def expect_unavailable(page):
    assert problem(page.answer) == (503, "store-unavailable")
    assert int(page.header("Retry-After")) > 0
    assert page.all("Set-Cookie") == []


@pytest.mark.against_the_clock(0.5)
def test_it_starts_and_waits(start, away):
    gateway = start(store={**away.store, **QUICK}, route={"self_service": "/.session"})
    visitor = Browser(gateway, {COOKIE: TOKEN})
    wait_until(lambda: "is away" in gateway.log, what="the log to say so")
    for uri in ("/", "/.session/me", "/.session/list"):
        expect_unavailable(visitor.visit(uri))
    expect_unavailable(Browser(gateway).visit(say="X-Session-Set: a=1"))
    assert Browser(gateway).visit().state == "none", "who has no session needs no Redis"
    away.start()
    wait_until(lambda: visitor.visit().status == 200, what="it to be found")
    assert Browser(gateway).visit(say="X-Session-Set: a=1").token()
    assert gateway.log.count(f"redis {away.address} is away") == 1
    wait_until(lambda: gateway.log.count(f"redis {away.address} is back\n") == 1, what="the log to say that, too")


def test_with_require_and_anonymous(start, away):
    """Neither 401 nor the login page, which would be a logout; on_store_failure: anonymous goes on."""
    routes = [
        {"path": "/in", "application": "app", "require": "login", "login_url": "/login"},
        {"path": "/any", "application": "app", "on_store_failure": "anonymous"},
    ]
    gateway = start(store={**away.store, **QUICK}, routes=routes)
    visitor = Browser(gateway, {COOKIE: TOKEN})
    expect_unavailable(visitor.visit("/in"))
    page = visitor.visit("/any")
    assert (page.state, page.seen["SESSION_REASON"], page.all("Set-Cookie")) == ("none", "unavailable", [])


@pytest.mark.against_the_clock(0.5)
def test_a_visitor_who_had_a_session_before_both_were_away(start, away):
    """The gateway starts anew while Redis is not there; the session is there when Redis is."""
    away.start()
    gateway = start(store={**away.store, **QUICK})
    browser = Browser(gateway)
    browser.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    away.ask("SAVE")
    away.kill()
    later = Browser(start(store={**away.store, **QUICK}), browser.cookies)
    expect_unavailable(later.visit())
    away.start()
    wait_until(lambda: later.visit().status == 200, what="Redis to be back")
    assert later.visit().seen["SESSION_USER"] == "alice"


def test_it_ends_as_asked_while_redis_is_away(start, away):
    """start() looks at its exit status."""
    gateway = start(store={**away.store, "timeout": "30s"})
    gateway.process.stop()
    assert gateway.process.popen.returncode == 0


def told(directory, url, *arguments):
    """The program, run to its end with a configuration that has this URL."""
    file = f"{directory}/store.yaml"
    config = {
        "listen": [f"unix:{directory}/f.sock"],
        "store": {"url": url},
        "applications": {"app": {"servers": ["127.0.0.1:1"]}},
        "routes": [{"path": "/", "application": "app"}],
    }
    with open(file, "w") as out:
        json.dump(config, out)
    return subprocess.run([PROGRAM, "-c", file, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)


@pytest.mark.parametrize("arguments", [["--check"], ["--print-snippet", "nginx"]])
def test_nothing_that_is_printed_has_the_password(directory, away, arguments):
    """And to check a configuration nobody needs to be there."""
    for url in (f"redis://gate:hunter%2F2@{away.address}/0", f"redis+sentinel://gate:hunter%2F2@{away.address}/name?sentinel_password=hunter3"):
        done = told(directory, url, *arguments)
        assert done.returncode == 0, done.stderr
        assert "hunter" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "redis://gate:hunter2@",
        "redis://gate:hunter2@host:70000",
        "redis://gate:hunter2@host/x",
        "redis+cluster://gate:hunter2@host/1",
        "redis+sentinel://gate:hunter2@host",
        "redis://gate:hunter%zz@host",
        "redis://gate:hunter2@host?password=hunter3",
        "redis+tls://gate:hunter2@host",
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(directory, url):
    done = told(directory, url, "--check")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "store.url" in said and f"{directory}/store.yaml:" in said
    assert "hunter" not in said

"""What a gateway finds wrong with its settings and its applications (docs/doctor.md), and sessionctl's words for it. What
it finds of Redis is in tests/stores/test_doctor.py."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.admin import grant
from harness.application import Application
from harness.browser import Browser
from harness.ctl import ERROR, NOT_FOUND, OK, REFUSED, Ctl
from harness.process import wait_until
from harness.scripted import Held

PATH = "/api/v1/doctor"


def findings(gateway, check=None, **parameters):
    """[(level, subject, detail)], of one check or with the check's name before them."""
    reply = gateway.admin.get(PATH, **parameters)
    assert reply.status == 200, reply.body
    found = [tuple(finding[name] for name in ("check", "level", "subject", "detail")) for finding in reply.json["findings"]]
    return [finding[1:] for finding in found if finding[0] == check] if check else found


def bad(gateway, **parameters):
    return [finding for finding in findings(gateway, **parameters) if finding[1] in ("fail", "warn")]


def one(gateway, check, **parameters):
    """The only one of that check."""
    (finding,) = findings(gateway, check, **parameters)
    return finding


@pytest.fixture
def ctl(gateway):
    return Ctl(gateway.local.address)


# --- what is answered

def test_nothing_is_wrong_with_the_defaults(gateway, ctl):
    assert bad(gateway) == []
    reply = gateway.admin.get(PATH).json
    assert (reply["status"], list(reply)) == ("pass", ["status", "node", "findings"])
    for finding in reply["findings"]:
        assert list(finding) == ["check", "subject", "level", "detail", "advice"]
    levels = [finding["level"] for finding in reply["findings"]]
    assert levels == sorted(levels, key=["fail", "warn", "note", "pass"].index)
    assert {"store.reachable", "store.durability", "cookie", "application.servers"} <= {finding["check"] for finding in reply["findings"]}
    ran = ctl("doctor")
    assert (ran.status, ran.json, ran.err) == (OK, reply, "")


def test_sessionctl_shows_the_worst_first_and_says_what_to_do(serve):
    gateway = serve(cookie={"http_only": False}, application={"servers": [f"127.0.0.1:{free_port()}"]})
    assert gateway.ask(fastcgi.get("/")).status == 503
    wait_until(lambda: one(gateway, "application.servers")[0] == "fail", what="the server to be known as down")
    ctl = Ctl(gateway.local.address)
    ran = ctl("-o", "table", "doctor")
    assert (ran.status, ran.err) == (ERROR, "")
    assert ran.lines[0] == "fail  application.servers (app): 1 of 1 servers could not be reached"
    assert ran.lines[1].startswith("      -> start it")
    assert ran.lines[2].startswith("warn  cookie.http-only (default): http_only: false")
    assert ran.lines[-1].endswith("more that are fine, or just to be known: -v")
    every = ctl("doctor", "-v", "-o", "table").lines
    assert [line for line in every if line.startswith("pass  store.reachable")] and len(every) > len(ran.lines)
    lines = ctl("doctor", "-o", "ndjson").lines
    assert [json.loads(line)["check"] for line in lines[:2]] == ["application.servers", "cookie.http-only"]


def test_nothing_to_change_is_said(ctl):
    ran = ctl("doctor", "-o", "table")
    assert (ran.status, ran.lines[0]) == (OK, "nothing has to be changed")


def test_it_can_be_about_one_application(serve, app):
    gateway = serve(
        applications={"app": {"servers": [app.address]}, "news": {"servers": [app.address]}},
        realms={"intranet": {"cookie": {"name": "intranet", "http_only": False}}},
        routes=[{"path": "/news/", "application": "news", "realm": "intranet"}, {"path": "/", "application": "app"}],
    )
    assert {finding[2] for finding in findings(gateway) if finding[0] == "application.servers"} == {"app", "news"}
    assert {finding[2] for finding in findings(gateway, application="news")} == {"news", "intranet", None}
    assert {finding[2] for finding in findings(gateway, application="app")} == {"app", "default", None}
    assert [finding[2] for finding in bad(gateway, application="news") if finding[0].startswith("cookie")] == ["intranet"]
    assert one(gateway, "application.load", application="app")[2].startswith("0 requests")
    ctl = Ctl(gateway.local.address)
    assert ctl("doctor", "--app", "app").status == OK
    assert ctl("doctor", "--app", "news").status == ERROR
    missing = ctl("doctor", "--app", "nobody")
    assert missing.status == NOT_FOUND and "no application of that name" in missing.err


def test_only_who_sees_everything_may_ask(serve):
    gateway = serve(tokens=[grant("reader", ["config:read"]), grant("helpdesk", ["config:read"], realms=["default"]), grant("other", ["sessions:read"])])
    assert gateway.by("reader").get(PATH).status == 200
    assert gateway.by("helpdesk").get(PATH).problem == (403, "insufficient-scope")
    assert gateway.by("other").get(PATH).problem == (403, "insufficient-scope")
    assert Ctl(gateway.admin.address, gateway.by("other").token)("doctor").status == REFUSED


# --- the store

@pytest.mark.parametrize("mood", ["fail", "drop"])
def test_a_store_that_is_away_is_a_finding(moody, mood):
    gateway = moody()
    gateway.store.tell(mood, "examine")
    level, _, detail = one(gateway, "store.reachable")
    assert (level, "does not answer" in detail) == ("fail", True)


# --- cookies and lifetimes

COOKIES = [
    ("cookie.secure", "warn", {"secure": "never"}, {}),
    ("cookie.http-only", "warn", {"http_only": False}, {}),
    ("cookie.same-site", "warn", {"same_site": "none"}, {}),
    ("cookie.domain", "note", {"domain": "example.org"}, {}),
    ("cookie.name", "note", {"name": "shop", "secure": "always"}, {}),
]


@pytest.mark.parametrize(("check", "level", "cookie", "route"), COOKIES, ids=[row[0] for row in COOKIES])
def test_cookies_that_could_be_safer(serve, check, level, cookie, route):
    gateway = serve(cookie=cookie)
    assert one(gateway, check)[:2] == (level, "default")
    assert [finding[0] for finding in bad(gateway)] == [check] * (level == "warn")


def test_same_site_none_is_fine_where_csrf_is_checked(serve):
    assert bad(serve(cookie={"same_site": "none"}, route={"csrf": "check"})) == []


def test_nobody_is_told_of_cookies_where_there_are_none(serve):
    gateway = serve(cookie={"http_only": False}, route={"token": "header"})
    assert [finding for finding in findings(gateway) if finding[0].startswith("cookie")] == []


def test_timeouts_that_never_come(serve):
    gateway = serve(session={"idle_timeout": "2h", "absolute_timeout": "1h"})
    assert one(gateway, "session.timeouts")[2] == "idle_timeout of 2h never comes: sessions end after 1h in any case"


# --- other settings

def test_what_the_configuration_was_warned_about(serve):
    gateway = serve(application={"session_api": False, "adapter": "php"})
    level, _, detail = one(gateway, "config.warnings")
    assert level == "warn" and "session_api" in detail and "warning: " in detail


@pytest.mark.parametrize("networks", [["0.0.0.0/0"], ["10.0.0.0/8", "::/0"]])
def test_proxies_that_are_everybody(serve, networks):
    assert one(serve(trusted_proxies=networks), "config.trusted-proxies")[0] == "warn"


def in_days(days):
    return (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_tokens_that_end(serve):
    gateway = serve(tokens=[grant("gone", not_after=in_days(-1)), grant("soon", not_after=in_days(3.5)), grant("later", not_after=in_days(100))])
    told = {subject: (level, detail) for level, subject, detail in findings(gateway, "admin.tokens")}
    assert told["gone"] == ("warn", "the token has expired: whoever uses it is refused")
    assert told["soon"] == ("warn", "the token expires in 3 days")
    assert told[None] == ("note", "1 of 4 tokens never expire") and "later" not in told


def test_an_api_that_others_reach_in_clear(serve):
    local = f"127.0.0.1:{free_port()}"
    gateway = serve(admin={"listen": [f"0.0.0.0:{free_port()}", local], "allow_plaintext": True})
    ran = Ctl(local, gateway.admin.token)("doctor")
    assert [finding["check"] for finding in ran.json["findings"] if finding["level"] == "warn"] == ["admin.transport"]
    assert ran.status == ERROR


def test_an_audit_that_is_kept(serve, directory):
    assert one(serve(), "admin.audit")[0] == "note"
    assert findings(serve(admin={"audit_file": f"{directory}/audit"}), "admin.audit") == []


# --- applications

def test_a_queue_that_was_full(serve, held):
    gateway = serve(application={"max_connections": 1, "queue": {"size": 1, "timeout": "30s"}, "idle_connections": 0})
    fronts = [gateway.front() for _ in range(2)]
    for front in fronts:
        front.send(fastcgi.request(fastcgi.get("/slow")))
    wait_until(lambda: "1 requests waiting" in one(gateway, "application.load", application="app")[2], what="the queue to be full")
    assert gateway.ask(fastcgi.get("/")).status == 503
    level, subject, detail = one(gateway, "application.queue")
    assert (level, subject) == ("warn", "app") and detail.startswith("the application's queue is full, 1 times")
    held.release()
    for front in fronts:
        assert front.answer().status == 200


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_an_application_with_fewer_processes_than_connections(serve, directory, kind):
    alone = Application(f"unix:{directory}/alone.sock" if kind == "unix" else f"127.0.0.1:{free_port()}", one_process=True)
    held = Held(alone)
    try:
        gateway = serve(application={"servers": [alone.address], "idle_connections": 0})
        assert findings(gateway, "application.processes") == []
        fronts = [gateway.front() for _ in range(3)]
        for front in fronts:
            front.send(fastcgi.request(fastcgi.get("/slow")))
        held.until(1)
        told = "2 connections wait in its listen queue while 1 requests are served"
        wait_until(lambda: [detail for _, _, detail in findings(gateway, "application.processes") if detail.startswith(told)], what="two to be seen waiting")
        held.release()
        for front in fronts:
            assert front.answer().status == 200
        wait_until(lambda: findings(gateway, "application.processes") == [], what="all to be served")
    finally:
        held.release()
        alone.close()


def test_an_application_that_is_only_slow(serve, held):
    gateway = serve(application={"idle_connections": 0})
    fronts = [gateway.front() for _ in range(3)]
    for front in fronts:
        front.send(fastcgi.request(fastcgi.get("/slow")))
    held.until(3)
    wait_until(lambda: "at the most 3 of 64" in one(gateway, "application.load", application="app")[2], what="them to be counted")
    assert findings(gateway, "application.processes") == []
    held.release()
    for front in fronts:
        assert front.answer().status == 200


def test_an_application_that_answers_too_late(serve, held):
    gateway = serve(application={"read_timeout": "200ms"})
    assert gateway.ask(fastcgi.get("/slow")).status == 504
    held.release()
    assert one(gateway, "application.answers")[2].startswith("the application did not answer in time, 1 times")


def hang_up(exchange):
    exchange.close()


def talk_nonsense(exchange):
    exchange.raw(b"HTTP/1.1 200 OK\r\n\r\n")
    exchange.close()


def know_no_role(exchange):
    exchange.end(protocol_status=fastcgi.UNKNOWN_ROLE)


WRONG = [
    (hang_up, "the application closed the connection"),
    (talk_nonsense, "the application does not speak FastCGI as it should"),
    (know_no_role, "the application does not know the Responder role"),
]


@pytest.mark.parametrize(("play", "told"), WRONG, ids=[play.__name__ for play, _ in WRONG])
def test_answers_that_are_none(serve, app, play, told):
    gateway, app.play = serve(application={"idle_connections": 0}), play
    assert gateway.ask(fastcgi.get("/")).status == 502
    level, subject, detail = one(gateway, "application.answers")
    assert (level, subject) == ("warn", "app") and detail.startswith(f"{told}, 1 times since the start, the last time 0 min ago")


def test_a_listen_queue_that_stays_full(serve, directory):
    full = Application(f"unix:{directory}/full.sock", backlog=0, accept=False)
    try:
        gateway = serve(application={"servers": [full.address], "queue": {"timeout": "1s"}})
        waiting = gateway.front()
        waiting.send(fastcgi.request(fastcgi.get("/")))
        wait_until(lambda: "at the most 1 of 64" in one(gateway, "application.load", application="app")[2], what="the one that it takes")
        assert gateway.ask(fastcgi.get("/")).status == 503
        assert [detail for _, _, detail in findings(gateway, "application.processes") if "listen queue of the application stayed full, 1 times" in detail]
    finally:
        full.close()


HINT = "none of its first 20 responses used a session"


@pytest.mark.parametrize("settings", [{}, {"adapter": "php"}, {"session_api": True}], ids=["none", "php", "session api"])
def test_an_application_that_uses_no_session(serve, settings):
    gateway = serve(application=settings)
    assert one(gateway, "application.adapter") == ("note", "app", "no session yet, in 0 responses")
    for _ in range(20):
        assert gateway.ask(fastcgi.get("/")).status == 200
    assert one(gateway, "application.adapter") == ("warn", "app", HINT)
    Browser(gateway).visit(say="X-Session-Set: a=1")
    assert one(gateway, "application.adapter") == ("pass", "app", "it uses sessions of the gateway")


def test_where_there_are_no_sessions_nobody_looks_for_them(serve):
    assert findings(serve(route={"session": "off"}), "application.adapter") == []


def test_sessions_that_go_past_the_gateway(serve):
    gateway = serve(application={"adapter": "php"})
    Browser(gateway).visit(say="X-Session-Adapter: bypassed a handler of its own")
    assert one(gateway, "application.adapter")[:2] == ("fail", "app")


def test_an_adapter_that_php_does_not_find(serve, app):
    gateway = serve(application={"adapter": "php"})

    def fail(exchange):
        exchange.err(b"PHP Fatal error:  Failed opening required '/a/sessiongate.php' (include_path='.')")
        exchange.reply("Status: 500", body=b"")

    app.play = fail
    assert gateway.ask(fastcgi.get("/")).status == 500
    level, subject, detail = one(gateway, "application.adapter")
    assert (level, subject) == ("fail", "app") and detail.startswith("PHP could not load the adapter")

"""A visitor's own sessions (docs/self-service.md), and csrf: check, through real web servers."""

import json
import re
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from harness.browser import COOKIE
from harness.chain import Visitor
from harness.gateway import ROOT
from harness.process import PATIENCE_S
from harness.webserver import apache, caddy, haproxy, lighttpd, nginx

PAGE = ROOT / "docs" / "self-service.md"


@pytest.fixture
def site(chain):
    """site(…): visitors of a C program behind nginx and two workers."""

    def start(webserver=nginx(), routes=None, **settings):
        routes = routes or [{"path": "/", "application": "c", "self_service": "/.session", "logout_url": "/bye"}]
        chain.start({"c": chain.c()}, webserver=webserver, workers=2, routes=routes, **settings)
        return lambda: Visitor(chain.port)

    return start


def log_in(visitor, user="alice", path="/", agent="Test"):
    visitor.ask(path, say=f"Login: {user}", headers={"User-Agent": agent})
    return visitor


def read(visitor, what):
    reply = visitor.ask(f"/.session/{what}")
    assert reply.status == 200, f"{reply.status} {reply.body[:300]!r}"
    assert reply.all("Content-Type") == ["application/json"] and reply.all("Cache-Control") == ["no-store"]
    return json.loads(reply.body)


def change(visitor, what, method="POST", **headers):
    own = {"Origin": f"http://127.0.0.1:{visitor.port}"}
    return visitor.ask(f"/.session/{what}", method=method, headers={**own, **headers})


def id_of(visitor):
    return visitor.cookie.partition("=")[2][:20]


def user_of(visitor):
    return visitor.session("/").get("USER")


def test_several_sessions_of_one_user(site):
    visitor = site()
    phone, laptop, bob = log_in(visitor(), agent="Phone"), log_in(visitor(), agent="Laptop"), log_in(visitor(), "bob")
    assert (read(phone, "me")["user"], read(bob, "me")["user"]) == ("alice", "bob")
    sessions = {session["id"]: session for session in read(phone, "list")["sessions"]}
    assert {id: session["current"] for id, session in sessions.items()} == {id_of(phone): True, id_of(laptop): False}
    assert sessions[id_of(laptop)]["device"] == {"first_ip": "127.0.0.1", "last_ip": "127.0.0.1", "user_agent": "Laptop"}
    assert change(bob, f"list/{id_of(laptop)}", "DELETE").status == 404
    assert user_of(laptop) == "alice", "somebody else's is untouched"
    assert change(phone, f"list/{id_of(laptop)}", "DELETE").status == 204
    assert (user_of(laptop), user_of(phone), user_of(bob)) == (None, "alice", "bob")


def test_after_revoke_others_the_next_request_of_each_is_nobody_s(site):
    """Two workers answer these visitors, each over a connection of its own."""
    visitor = site()
    here, others, bob = log_in(visitor()), [log_in(visitor()) for _ in range(12)], log_in(visitor(), "bob")
    assert len(read(here, "list")["sessions"]) == 13
    assert change(here, "revoke-others").status == 204
    assert [user_of(other) for other in others] == [None] * 12
    assert (user_of(here), user_of(bob)) == ("alice", "bob")


def test_two_who_end_each_other(site):
    """At the same moment: nobody else is left, and no answer is half."""
    visitor = site()
    visitors = [log_in(visitor()) for _ in range(6)]
    statuses = []
    threads = [Thread(target=lambda v=v: statuses.append(change(v, "revoke-others").status)) for v in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {204, 401} and 204 in statuses, statuses
    left = [v for v in visitors if v.cookie and user_of(v) == "alice"]
    assert len(left) <= 1


def test_logout(site):
    visitor = site()
    browser = log_in(visitor())
    twin = browser.twin()
    reply = change(browser, "logout", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (reply.status, reply.all("Location")) == (303, ["/bye"])
    assert browser.cookie is None and user_of(twin) is None
    program = log_in(visitor())
    reply = change(program, "logout")
    assert (reply.status, reply.body) == (204, b"")
    assert [line.partition(";")[0] for line in reply.all("Set-Cookie")] == [f"{COOKIE}="]


def test_realms_are_apart(site):
    routes = [
        {"path": "/", "application": "c", "self_service": "/.session"},
        {"path": "/o/", "application": "c", "realm": "other", "self_service": "/o/.session"},
    ]
    visitor = site(routes=routes, realms={"other": {"cookie": {"name": "other"}}})
    here, there = log_in(visitor()), log_in(visitor(), path="/o/")
    assert change(here, f"list/{id_of(there)}", "DELETE").status == 404
    assert [session["id"] for session in read(here, "list")["sessions"]] == [id_of(here)]
    assert change(here, "revoke-others").status == 204
    assert there.session("/o/")["USER"] == "alice"


HOSTILE = ["%2e%2e/" + "A" * 20, "A" * 10 + "%2f" + "A" * 9, "A" * 10 + "%252f" + "A" * 9, "A" * 6000, "-" + "A" * 19, "%ff" * 20, "A" * 19 + "%0a", "%00" + "A" * 19]


def test_ids_that_are_none(site):
    visitor = site()
    alice = log_in(visitor())
    for id in HOSTILE:
        assert change(alice, f"list/{id}", "DELETE").status in (400, 404), id
    assert user_of(alice) == "alice"


def test_a_large_body_is_nobody_s(site):
    alice = log_in(site()())
    own = {"Origin": f"http://127.0.0.1:{alice.port}"}
    reply = alice.ask("/.session/logout", method="POST", body=b"x" * 5_000_000, headers=own)
    assert reply.status == 204


SERVERS = {"nginx": nginx(), "apache": apache(), "lighttpd": lighttpd(), "caddy": caddy(), "haproxy": haproxy()}


@pytest.mark.parametrize("server", SERVERS)
def test_what_comes_from_elsewhere_is_refused(site, server):
    """Each web server says the host, its port and the browser's headers in its own way."""
    routes = [{"path": "/", "application": "c", "csrf": "check", "self_service": "/.session", "logout_url": "/bye"}]
    visitor = site(SERVERS[server], routes)
    alice = log_in(visitor())
    here = f"127.0.0.1:{alice.port}"

    def post(**headers):
        return alice.ask("/", method="POST", body=b"x", headers={name.replace("_", "-"): value for name, value in headers.items()}).status

    assert post(Origin=f"http://{here}") == 200
    assert post(Sec_Fetch_Site="same-origin") == 200
    assert post(X_CSRF_Token=alice.session("/")["CSRF"]) == 200
    refused = [f"http://127.0.0.1:{alice.port + 1}", "http://127.0.0.1", f"https://{here}", f"http://localhost:{alice.port}", "null", f"http://{here}.evil.test"]
    assert {origin: post(Origin=origin) for origin in refused} == {origin: 403 for origin in refused}
    assert post() == post(Sec_Fetch_Site="cross-site") == 403
    assert change(alice, "logout", Origin="http://evil.test").status == 403
    reply = change(alice, "logout", Accept="text/html")
    assert (reply.status, reply.all("Location"), alice.cookie) == (303, ["/bye"], None)


def test_the_lines_of_the_page(site, chain):
    visitor = site()
    here, there = log_in(visitor()), log_in(visitor())
    name, _, token = here.cookie.partition("=")
    jar = Path(chain.write("jar.txt", f"127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{token}\n"))
    lines = "".join(blocks("sh"))
    for printed, run in (("https://www.example.org", f"http://127.0.0.1:{chain.port}"), ("d0Vq1kQ7yTz3b5r8Wn2M", id_of(there))):
        assert lines.count(printed) == 1
        lines = lines.replace(printed, run)
    done = subprocess.run(["/bin/bash", "-eu", "-c", lines], cwd=chain.directory, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    me, listed, *codes = done.stdout.splitlines()
    assert (done.returncode, codes) == (0, ["204"] * 3)
    assert [shape(json.loads(text)) for text in (me, listed)] == [shape(json.loads(text)) for text in blocks("json")]
    assert token not in jar.read_text(), "the cookie is cleared"
    assert user_of(here) is None and user_of(there) is None


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def shape(value):
    """A document without what its texts and numbers say."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(member) for member in value] if isinstance(value, list) else type(value)

"""What administrators did, or tried to do: GET /api/v1/audit and admin.audit_file (admin-api.md sections 5 and 8)."""

import json
import os
import re
import signal
import subprocess

import pytest

from harness import openapi
from harness.admin import grant, user_path
from harness.address import connect
from harness.gateway import PROGRAM
from harness.process import PATIENCE_S, wait_until

MEMBERS = ["at", "actor", "via", "action", "target", "result", "status", "reason", "address", "request_id"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
GONE = "AAAAAAAAAAAAAAAAAAAA"


def audit(gateway, **parameters):
    return gateway.admin.get("/api/v1/audit", **parameters).json["data"]


def newest(gateway):
    line = audit(gateway, limit=1)[0]
    assert list(line) == MEMBERS and TIME.fullmatch(line["at"])
    return line


def test_nothing_was_done(gateway, visitor):
    browser = visitor(gateway, "alice")
    gateway.admin.session(browser.id)
    gateway.admin.sessions()
    gateway.admin.get("/api/v1/audit")
    gateway.nobody.revoke(browser.id)
    assert gateway.admin.get("/api/v1/audit").json == {"data": [], "page": {"limit": 50, "next": None, "total": None}}


def test_a_revocation(gateway, visitor):
    browser = visitor(gateway, "alice")
    reply = gateway.admin.call("DELETE", f"/api/v1/sessions/{browser.id}?reason=stolen%20laptop", headers={"X-Request-Id": "mine.1"})
    assert reply.status == 204
    line = newest(gateway)
    del line["at"]
    assert line == {"actor": "ops", "via": "bearer", "action": "session.revoke", "target": browser.id, "result": "ok", "status": 204, "reason": "stolen laptop", "address": "127.0.0.1", "request_id": "mine.1"}
    gateway.local.token = None
    assert gateway.local.revoke(GONE).status == 404
    line = newest(gateway)
    assert (line["via"], line["result"], line["status"], line["reason"], line["address"]) == ("peer", "refused", 404, None, None)
    assert line["actor"] == f"uid:{os.getuid()}"


def test_each_action(serve, visitor):
    gateway = serve(tokens=[grant("reader", ["sessions:read"])])
    browser = visitor(gateway, "alice", "X-Session-Set: a=secretvalue")
    one, any_ = f"/api/v1/sessions/{browser.id}", {"If-Match": "*"}
    calls = [
        ("GET", f"{one}/attributes", None, "attributes.read", browser.id),
        ("HEAD", f"{one}/attributes", None, "attributes.read", browser.id),
        ("PATCH", f"{one}/attributes", {"a": "othersecret"}, "attributes.update", browser.id),
        ("PATCH", one, {"idle_timeout_s": 600}, "session.update", browser.id),
        ("POST", f"{one}/rotate", None, "session.rotate", browser.id),
        ("PUT", user_path("a/b", "/block"), {"reason": "left"}, "user.block", "a/b"),
        ("DELETE", user_path("alice", "/block"), None, "user.unblock", "alice"),
        ("DELETE", user_path("alice", "/sessions") + "?reason=why", None, "user.revoke", "alice"),
        ("POST", "/api/v1/sessions/revoke", {"ids": [GONE], "dry_run": False}, "sessions.revoke", GONE),
        ("POST", "/api/v1/sessions/revoke", {"filter": {"user": "bob", "realm": "default"}}, "sessions.revoke", "realm=default user=bob"),
        ("POST", "/api/v1/sessions/revoke", {"all": True}, "sessions.revoke", "all"),
    ]
    for method, path, body, action, target in calls:
        reply = gateway.admin.call(method, path, body, headers=any_)
        line = newest(gateway)
        result = "dry_run" if action == "sessions.revoke" and "dry_run" not in body else "ok"
        assert (line["action"], line["target"], line["result"], line["status"]) == (action, target, result, reply.status), f"{method} {path}"
        refused = gateway.by("reader").call(method, path, body, headers=any_)
        line = newest(gateway)
        assert (line["actor"], line["action"], line["result"], line["status"]) == ("reader", action, "refused", refused.status)
    lines = audit(gateway, limit=500)
    assert len(lines) == 2 * len(calls) and [line["at"] for line in lines] == sorted((line["at"] for line in lines), reverse=True)
    assert {line["reason"] for line in lines} == {None, "left", "why"}
    assert "secret" not in json.dumps(lines)


def test_another_realm(serve):
    gateway = serve(realms={"intranet": {"cookie": {"name": "other"}}})
    gateway.admin.delete(user_path("a/b%", "/block"), realm="intranet")
    assert newest(gateway)["target"] == "intranet/a%2Fb%25"


def test_bad_calls(gateway):
    for body in [b"{", b"[]", b"x" * 2_000_000]:
        status = gateway.admin.call("POST", "/api/v1/sessions/revoke", body, {"Content-Type": "application/json"}).status
        assert status in (400, 413)
        assert (newest(gateway)["result"], newest(gateway)["status"]) == ("refused", status)
    gateway.admin.call("DELETE", "/api/v1/sessions/" + "x" * 5000 + "?reason=" + "y" * 300)
    line = newest(gateway)
    assert (line["result"], line["reason"]) == ("refused", None) and len(line["target"]) <= 1000


def test_the_store_fails(moody):
    gateway = moody(store={"timeout": "200ms"})
    gateway.store.tell("fail", "remove")
    gateway.admin.revoke(GONE)
    assert (newest(gateway)["result"], newest(gateway)["status"]) == ("failed", 503)


def test_who_goes_before_he_is_answered(moody):
    gateway = moody(store={"timeout": "20s"})
    gateway.store.tell("hang", "remove")
    with connect(gateway.admin.address, PATIENCE_S) as s:
        s.sendall(f"DELETE /api/v1/sessions/{GONE} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {gateway.admin.token}\r\n\r\n".encode())
        wait_until(lambda: gateway.store.asked()["remove"] >= 1, what="the store to be asked")
    gateway.store.fine()
    wait_until(lambda: audit(gateway), what="its line")


def test_pages(gateway):
    for number in range(12):
        gateway.admin.revoke(GONE, reason=str(number))
    walked = gateway.admin.walk("/api/v1/audit", limit=5)
    assert [line["reason"] for line in walked] == [str(number) for number in reversed(range(12))]
    page = gateway.admin.get("/api/v1/audit", limit=5)
    assert 'rel="next"' in page.header("Link")
    cursor = page.json["page"]["next"]
    gateway.admin.revoke(GONE, reason="later")
    assert [line["reason"] for line in audit(gateway, limit=5, cursor=cursor)] == ["6", "5", "4", "3", "2"]
    assert gateway.admin.get("/api/v1/audit", cursor=cursor[:-3] + "abc").problem == (400, "invalid-cursor")


def test_a_limited_token_sees_none(serve):
    gateway = serve(tokens=[grant("some", ["audit:read"], realms=["default"])])
    assert gateway.by("some").get("/api/v1/audit").problem == (403, "insufficient-scope")


def test_a_file(serve, directory):
    path = f"{directory}/audit.log"
    gateway = serve(admin={"audit_file": path})
    gateway.admin.revoke(GONE)
    gateway.by("ops").delete(user_path("alice", "/block"))
    lines = [openapi.strict(line) for line in open(path)]
    for line in lines:
        openapi.check_schema("AuditLine", line)
    assert lines == audit(gateway)[::-1]
    assert os.stat(path).st_mode & 0o027 == 0  # nobody else's to read
    os.rename(path, path + ".1")
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(path), what="the file to be opened anew")
    gateway.admin.revoke(GONE, reason="new")
    assert [json.loads(line)["reason"] for line in open(path)] == ["new"]
    assert len(open(path + ".1").readlines()) == 2


def test_a_full_disk(serve):
    gateway = serve(admin={"audit_file": "/dev/full"})
    for _ in range(3):
        assert gateway.admin.revoke(GONE).status == 404
    assert len(audit(gateway)) == 3
    wait_until(lambda: gateway.log.count("admin.audit_file: lines are lost") == 1, what="the log to say so, once")


def test_a_file_that_cannot_be_written(directory, app):
    config = {"listen": [f"unix:{directory}/f.sock"], "applications": {"app": {"servers": [app.address]}}, "routes": [{"path": "/", "application": "app"}],
              "admin": {"listen": f"unix:{directory}/a.sock", "audit_file": f"{directory}/none/audit"}}  # fmt: skip
    path = f"{directory}/bad.yaml"
    for audit_file, status, said in [(f"{directory}/none/audit", 1, "audit_file"), ("relative", 2, "expected syslog or the absolute path")]:
        config["admin"]["audit_file"] = audit_file
        with open(path, "w") as out:
            json.dump(config, out)
        ended = subprocess.run([PROGRAM, "-c", path], stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
        assert ended.returncode == status and said in ended.stderr


@pytest.mark.parametrize("parameters, wrong", [("limit=0", ["limit"]), ("sort=at", ["sort"])])
def test_wrong_parameters(admin, parameters, wrong):
    assert admin.get(f"/api/v1/audit?{parameters}").wrong == wrong

"""Events that are posted to others' servers: admin.webhooks (admin-api.md section 5)."""

import json
import socket
import subprocess
import time

import pytest

from harness.address import free_port
from harness.gateway import PROGRAM
from harness.hook_server import SECRET, HookServer
from harness.process import PATIENCE_S, wait_until


@pytest.fixture
def hooks():
    """hooks(statuses): a server; closed at the end."""
    servers = []

    def start(*how):
        servers.append(HookServer(*how))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def hook(server, **more):
    return {"url": server.url, "secret": SECRET, **more}


def test_what_happens_is_posted_in_order(serve, visitor, hooks):
    all_, some = hooks(), hooks()
    gateway = serve(admin={"webhooks": [hook(all_), hook(some, types=["session.revoked"])]})
    browsers = [visitor(gateway, "alice") for _ in range(3)]
    for browser in browsers:
        gateway.admin.revoke(browser.id, reason="stolen")
    posted = all_.until(9)
    assert posted == gateway.admin.get("/api/v1/events").json["data"]
    assert [event["session"] for event in some.until(3)] == [browser.id for browser in browsers]
    assert all(event["reason"] == "stolen" and event["actor"] == "ops" for event in some.until(3))


def test_what_fails_is_posted_again(serve, visitor, hooks):
    server = hooks([500, 302, 404])
    gateway = serve(admin={"webhooks": [hook(server, types=["session.login"])]})
    visitor(gateway, "alice")
    posted = server.until(4)
    assert len({event["id"] for event in posted}) == 1
    times = [when for when, _, _ in server.posts]
    assert [times[n + 1] - times[n] > 0.9 * 2**n for n in range(3)] == [True] * 3  # 1 s, 2 s, 4 s
    wait_until(lambda: gateway.log.count("not delivered") == 1, what="the log to say so, once")
    wait_until(lambda: "delivered again" in gateway.log, what="the log to say that it is over")


@pytest.mark.against_the_clock(1)
def test_what_fails_keeps_nothing_else_back(serve, visitor, hooks):
    server = hooks([500])
    gateway = serve(admin={"webhooks": [hook(server, types=["session.login"])]})
    for user in ["alice", "bob"]:
        visitor(gateway, user)
    assert [event["user"] for event in server.until(3)] == ["alice", "bob", "alice"]


def test_a_server_that_is_not_there(serve, visitor, hooks):
    gone, there = free_port(), hooks()
    gateway = serve(admin={"webhooks": [{"url": f"http://127.0.0.1:{gone}/", "secret": "s"}, hook(there)]})
    visitor(gateway, "alice")
    there.until(2)
    assert gateway.admin.get("/api/v1").status == 200
    gateway.stop()  # and that ends well, and at once
    assert "2 events are given up: the process ends" in gateway.log


def test_what_waits_is_posted_before_the_end(serve, visitor, hooks):
    server = hooks([500, 500])
    gateway = serve(shutdown_grace="20s", admin={"webhooks": [hook(server, types=["session.login"])]})
    for user in ["alice", "bob"]:
        visitor(gateway, user)
    server.until(2)
    gateway.stop()
    assert sorted(server.event(post)["user"] for post in server.posts[2:]) == ["alice", "bob"]
    assert "given up" not in gateway.log


def test_the_end_waits_for_nobody_who_says_nothing(serve, visitor):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        gateway = serve(shutdown_grace="1s", admin={"webhooks": [{"url": url, "secret": "s"}]})
        visitor(gateway, "alice")
        silent.accept()[0].close()  # hung up on
        began = time.monotonic()
        gateway.stop()
    assert time.monotonic() - began < PATIENCE_S / 2
    assert "2 events are given up: the process ends" in gateway.log


def test_a_reload(serve, visitor, hooks):
    old, new = hooks(), hooks()
    gateway = serve(admin={"webhooks": [hook(old)]})
    visitor(gateway, "alice")
    old.until(2)
    config = {**gateway.config, "admin": {**gateway.config["admin"], "webhooks": [hook(new)]}}
    gateway.reload(config)
    wait_until(lambda: "configuration reloaded" in gateway.log, what="the reload")
    wait_until(lambda: new.posts, what="the reload to be told")
    visitor(gateway, "bob")
    assert [event["type"] for event in new.until(3)] == ["config.reloaded", "session.created", "session.login"]
    assert len(old.posts) == 2


@pytest.mark.parametrize(
    "webhook, said",
    [({"secret": "s"}, "url"), ({"url": "ftp://a/", "secret": "s"}, "expected http://"), ({"url": "http://a/"}, "secret"),
     ({"url": "http://a/", "secret": ""}, "secret"), ({"url": "http://a/", "secret": "s", "types": ["nonsense"]}, "types")],
)  # fmt: skip
def test_what_is_no_webhook(directory, webhook, said):
    path = f"{directory}/bad.yaml"
    with open(path, "w") as out:
        json.dump({"listen": [f"unix:{directory}/f.sock"], "applications": {"app": {"servers": ["127.0.0.1:1"]}}, "routes": [{"path": "/", "application": "app"}],
                   "admin": {"webhooks": [webhook]}}, out)  # fmt: skip
    ended = subprocess.run([PROGRAM, "-t", "-c", path], stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 2 and said in ended.stderr

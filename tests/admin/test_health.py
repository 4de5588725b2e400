"""/livez and /readyz."""

from pathlib import Path

import pytest

from harness.address import free_port
from harness.process import wait_until


def test_all_is_well(serve):
    gateway = serve(node="gw1")
    assert gateway.nobody.get("/livez").json == {"status": "pass"}
    ready = gateway.nobody.get("/readyz")
    assert (ready.status, ready.json["status"], ready.json["node"]) == (200, "pass", "gw1")
    checks = ready.json["checks"]
    assert checks["store"]["status"] == "pass" and checks["store"]["latency_ms"] >= 0
    assert checks["config"] == {"status": "pass", "generation": 1}
    assert checks["applications"] == {"status": "pass", "detail": None}
    gateway.reload()
    wait_until(lambda: gateway.nobody.get("/readyz").json["checks"]["config"]["generation"] == 2, what="the new generation")


@pytest.mark.against_the_clock(0.2)
def test_the_store_is_down(moody):
    gateway = moody(store={"timeout": "200ms"})
    for mood in ["fail", "hang", "refuse"]:
        gateway.store.tell(mood, "health")
        ready = gateway.nobody.get("/readyz")
        assert ready.status == 503, mood
        assert ready.json["status"] == ready.json["checks"]["store"]["status"] == "fail"
        assert gateway.nobody.get("/livez").json == {"status": "pass"}  # never asks the store
        gateway.store.fine()
    assert gateway.nobody.get("/readyz").status == 200


def test_draining(draining):
    ready = draining.nobody.get("/readyz").json
    assert ready["status"] == "fail" and ready["checks"]["store"]["status"] == "pass"
    assert draining.admin.get("/api/v1/sessions").status == 200


def test_servers_of_applications_are_down(serve, app):
    nowhere = f"127.0.0.1:{free_port()}"
    gateway = serve(application={"servers": [app.address, nowhere]})

    def ready():
        reply = gateway.nobody.get("/readyz")
        assert reply.status == 200
        return reply.json["status"], reply.json["checks"]["applications"]

    def ask():
        assert gateway.ask().status == 200
        return ready()[1]["status"] == "warn"

    assert ready() == ("pass", {"status": "pass", "detail": None})
    wait_until(ask, what="the dead server to be found")
    assert ready() == ("pass", {"status": "warn", "detail": "app: 1 of 2 down"})


def test_a_dead_application(serve, app):
    gateway = serve(workers=2)
    app.stop_listening()

    def ready():
        assert gateway.ask().status == 503
        reply = gateway.nobody.get("/readyz")
        assert reply.status == 200
        return reply.json["status"] == "warn" and reply.json["checks"]["applications"]["detail"] == "app: 1 of 1 down"

    wait_until(ready, what="the dead application to be found")
    gateway.reload({**gateway.config, "applications": {"app": {"servers": [f"127.0.0.1:{free_port()}"]}}})
    wait_until(lambda: gateway.nobody.get("/readyz").json["status"] == "pass", what="the new one, of which nothing is known")


def test_who_got_a_503_sees_why(serve, app):
    """Not when the gauges are next looked at, but at once."""
    gateway = serve(workers=2)
    app.stop_listening()
    assert gateway.ask().status == 503
    ready = gateway.nobody.get("/readyz").json
    assert (ready["status"], ready["checks"]["applications"]) == ("warn", {"status": "warn", "detail": "app: 1 of 1 down"})


def test_threads_are_named_after_what_they_do(serve):
    """As top -H shows them."""
    gateway = serve(workers=2)

    def names():
        threads = Path(f"/proc/{gateway.process.pid}/task").iterdir()
        return sorted((thread / "comm").read_text().strip() for thread in threads)

    wait_until(lambda: names() == ["admin", "log", "sessiongate", "worker 0", "worker 1"], what="the threads' names")

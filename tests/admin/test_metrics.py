"""/metrics (admin-api.md section 6), as Prometheus' own client library reads it."""

import time

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.admin import Admin, grant, token_of
from harness.metrics import OPEN_METRICS, Metrics
from harness.process import wait_until

# Of section 6, with the labels of each.
FAMILIES = {
    "build_info": ["version"],
    "requests_total": ["route", "result"],
    "request_duration_seconds": ["route"],
    "application_duration_seconds": ["application"],
    "sessions": ["state"],
    "sessions_created_total": [],
    "sessions_ended_total": ["cause"],
    "rotations_total": [],
    "saves_total": ["kind"],
    "touches_skipped_total": [],
    "late_saves_blocked_total": [],
    "tokens_stale_total": [],
    "token_rejections_total": ["cause"],
    "store_up": [],
    "store_operations_total": ["operation", "result"],
    "store_operation_duration_seconds": ["operation"],
    "store_queue": [],
    "application_connections": ["application", "state"],
    "application_queue": ["application"],
    "front_connections": [],
    "admin_requests_total": ["route", "status"],
    "admin_auth_failures_total": [],
    "events_dropped_total": [],
    "webhook_deliveries_total": ["result"],
    "config_reloads_total": ["result"],
    "sweep_lag_seconds": [],
}
PROCESS = ["cpu_seconds_total", "open_fds", "max_fds", "virtual_memory_bytes", "virtual_memory_max_bytes",
           "resident_memory_bytes", "start_time_seconds"]  # fmt: skip
NAMES = [f"sessiongate_{name}" for name in FAMILIES] + [f"process_{name}" for name in PROCESS]


def told(text, what):
    """The names of families that HELP or TYPE is said of."""
    return [line.split()[2] for line in text.splitlines() if line.startswith(f"# {what} ")]


def base(name):
    """What OpenMetrics calls a family."""
    return name.removesuffix("_total").removesuffix("_info")


def test_every_family_is_there_from_the_start(gateway):
    text = Metrics(gateway.admin).text
    for what in ["HELP", "TYPE"]:
        names = told(text, what)
        assert len(names) == len(set(names)) and not set(NAMES) - set(names)
    text = Metrics(gateway.admin, OPEN_METRICS).text
    for what in ["HELP", "TYPE"]:
        assert not {base(name) for name in NAMES} - set(told(text, what))


def test_the_process(gateway):
    metrics = Metrics(gateway.admin)
    assert 0 <= time.time() - metrics("process_start_time_seconds") < 3600
    assert metrics("process_resident_memory_bytes") // 1024 == pytest.approx(gateway.process.resident_kib(), rel=0.5)
    assert abs(metrics("process_open_fds") - gateway.descriptors()) <= 2
    assert all(metrics(f"process_{name}") > 0 for name in PROCESS)


def test_what_happens_is_counted(serve, visitor):
    gateway = serve(workers=2, route={"name": "shop"})
    alice, guest = visitor(gateway, "alice"), visitor(gateway)
    alice.visit()
    alice.visit(say="X-Session-Set: lang=\"cs\"")
    alice.visit(say="X-Session-Rotate: 1")
    guest.visit(say="X-Session-Logout: 1")
    gateway.ask()
    metrics = Metrics(gateway.admin)
    assert metrics("sessiongate_build_info") == 1
    assert metrics("sessiongate_requests_total", route="shop", result="ok") == 7
    assert metrics("sessiongate_request_duration_seconds_count", route="shop") == 7
    assert metrics("sessiongate_application_duration_seconds_count", application="app") == 7
    assert metrics("sessiongate_sessions", state="authenticated") == 1
    assert len(metrics.samples("sessiongate_sessions")) == 2 and metrics("sessiongate_sessions", state="anonymous") == 0
    assert metrics("sessiongate_sessions_created_total") == 2
    assert metrics("sessiongate_sessions_ended_total", cause="logout") == 1
    assert metrics("sessiongate_rotations_total") == 1
    assert metrics("sessiongate_saves_total", kind="create") == 2
    assert metrics("sessiongate_saves_total", kind="change") == 1
    assert metrics("sessiongate_saves_total", kind="rotation") == 1
    assert metrics("sessiongate_touches_skipped_total") >= 1
    assert metrics("sessiongate_store_up") == 1
    assert metrics("sessiongate_store_operations_total", operation="find", result="ok") == 4
    assert metrics("sessiongate_store_operation_duration_seconds_count", operation="create") == 2
    assert metrics("sessiongate_store_queue") == 0
    assert metrics("sessiongate_sweep_lag_seconds") == 0


def test_tokens_that_are_none(gateway, visitor):
    browser = visitor(gateway, "alice")
    forged = browser.twin()
    forged.cookies = {name: value[:20] + "A" * 32 for name, value in browser.cookies.items()}
    forged.visit()
    malformed = browser.twin()
    malformed.cookies = {name: "x" for name in browser.cookies}
    malformed.visit()
    old = browser.twin()
    browser.visit(say="X-Session-Rotate: 1")
    old.visit()
    metrics = Metrics(gateway.admin)
    assert metrics("sessiongate_token_rejections_total", cause="unknown") == 1
    assert metrics("sessiongate_token_rejections_total", cause="malformed") == 1
    assert metrics("sessiongate_token_rejections_total", cause="stale") == metrics("sessiongate_tokens_stale_total") == 1


def test_what_becomes_of_requests(serve, app):
    gateway = serve(route={"name": "shop", "require": "login"})
    gateway.ask()
    assert Metrics(gateway.admin)("sessiongate_requests_total", route="shop", result="refused") == 1
    gateway = serve(application={"servers": [f"127.0.0.1:{free_port()}"]})
    assert gateway.ask().status == 503
    assert Metrics(gateway.admin)("sessiongate_requests_total", route="/", result="failed") == 1
    gateway = serve()
    app.play = lambda exchange: exchange.reply("Status: 500 Broken")
    assert gateway.ask().status == 500
    assert Metrics(gateway.admin)("sessiongate_requests_total", route="/", result="error") == 1


def test_connections_of_applications(serve, held):
    gateway = serve()
    front = gateway.front()
    front.send(fastcgi.request(fastcgi.get("/slow")))
    held.until(1)

    def connections(state):
        return Metrics(gateway.admin)("sessiongate_application_connections", application="app", state=state)

    wait_until(lambda: connections("busy") == 1, what="the busy connection to be counted")
    assert Metrics(gateway.admin)("sessiongate_front_connections") == 1
    held.release()
    front.answer()
    wait_until(lambda: connections("busy") == 0 and connections("idle") == 1, what="it to be idle")


def test_reloads(gateway):
    def reloads(result):
        return Metrics(gateway.admin)("sessiongate_config_reloads_total", result=result)

    assert reloads("ok") == reloads("rejected") == 0
    gateway.reload()
    wait_until(lambda: reloads("ok") == 1, what="the reload to be counted")
    gateway.reload({**gateway.config, "routes": []})
    wait_until(lambda: reloads("rejected") == 1, what="the refused reload to be counted")


def test_counters_outlive_a_reload(serve, visitor):
    gateway = serve(route={"name": "before"})
    gateway.ask()
    gateway.reload({**gateway.config, "routes": [{**gateway.config["routes"][0], "name": "after"}]})
    wait_until(lambda: gateway.ask().status == 200 and Metrics(gateway.admin)("sessiongate_requests_total", route="after"),
               what="the new route to be counted")  # fmt: skip
    assert Metrics(gateway.admin)("sessiongate_requests_total", route="before") >= 1


@pytest.mark.against_the_clock(0.2)
def test_the_store_is_down(moody):
    gateway = moody(store={"timeout": "200ms"})
    for mood in ["fail", "hang"]:
        gateway.store.tell(mood, "health", "count")
        metrics = Metrics(gateway.admin)
        assert metrics("sessiongate_store_up") == 0 and not metrics.samples("sessiongate_sessions")
        gateway.store.fine()
    assert Metrics(gateway.admin)("sessiongate_store_up") == 1


def test_calls_of_the_api(gateway):
    gateway.admin.session("A" * 20)
    gateway.admin.get("/nowhere")
    gateway.nobody.get("/api/v1/whoami")
    bad = Admin(gateway.admin.address, "sga_guess")
    assert [bad.get("/api/v1").status for _ in range(11)] == [401] * 10 + [429]
    metrics = Metrics(gateway.admin)
    route = "/api/v1/sessions/{id}"
    assert metrics("sessiongate_admin_requests_total", route=route, status="404") == 1
    assert metrics("sessiongate_admin_requests_total", route="", status="404") == 1
    assert metrics("sessiongate_admin_auth_failures_total") == 11  # who shows nothing has not failed


TEXT = "text/plain"
ACCEPTS = {
    None: TEXT,
    "*/*": TEXT,
    "text/plain": TEXT,
    "application/json": TEXT,
    "application/*": TEXT,
    OPEN_METRICS: OPEN_METRICS,
    f"{OPEN_METRICS};version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1": OPEN_METRICS,
    f"{OPEN_METRICS};version=1.0.0;q=0.5, {OPEN_METRICS};version=0.0.1;q=0.4, text/plain;q=0.3, */*;q=0.2": OPEN_METRICS,
    f"text/plain, {OPEN_METRICS};q=0.5": TEXT,
    f"{OPEN_METRICS};q=0.5, text/plain": TEXT,
    f"{OPEN_METRICS};q=0": TEXT,
    f"{OPEN_METRICS};q=0.9, text/plain;q=0.8": OPEN_METRICS,
    f"{OPEN_METRICS.upper()}; q=1": OPEN_METRICS,
}


def test_the_format_is_as_accept_says(gateway):
    for accept, type in ACCEPTS.items():
        assert Metrics(gateway.nobody, accept).type.startswith(type), accept
    assert Metrics(gateway.nobody).type == "text/plain; version=0.0.4; charset=utf-8"
    assert Metrics(gateway.nobody, OPEN_METRICS).text.endswith("# EOF\n")


def test_a_token_is_judged_and_none_is_needed_on_loopback(serve):
    gateway = serve(tokens=[grant("scraper", ["metrics:read"]), grant("other", ["sessions:read"])])
    assert gateway.nobody.get("/metrics").status == gateway.by("scraper").get("/metrics").status == 200
    assert gateway.by("other").get("/metrics").problem == (403, "insufficient-scope")
    address = gateway.nobody.address
    assert Admin(address, token_of("nobody")).get("/metrics").problem == (401, "unauthenticated")
    assert gateway.nobody.call("HEAD", "/metrics").status == 200


@pytest.mark.parametrize("name", ["a \"quoted\" one", "back\\slash", "čeština"])
def test_labels_are_escaped(serve, name):
    gateway = serve(routes=[{"path": "/" + "".join(c for c in name if c.isalpha()), "application": "app"}])
    gateway.ask()
    assert Metrics(gateway.admin, OPEN_METRICS)("sessiongate_requests_total", route="") == 1

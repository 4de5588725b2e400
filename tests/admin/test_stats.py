"""/api/v1/stats (admin-api.md sections 2 and 8)."""

from datetime import datetime, timezone

import pytest

from harness.admin import grant
from harness.process import PATIENCE_S, wait_until


def stats(admin):
    return admin.get("/api/v1/stats").json


def test_totals(serve, visitor, app):
    applications = {name: {"servers": [app.address]} for name in ["shop", "blog"]}
    routes = [{"path": "/blog", "application": "blog"}, {"path": "/", "application": "shop"}]
    gateway = serve(node="gw1", applications=applications, routes=routes)
    visitor(gateway, "alice"), visitor(gateway, "bob", uri="/blog")
    guest, leaves = visitor(gateway), visitor(gateway)
    leaves.visit(say="X-Session-Logout: 1")
    guest.visit()
    told = stats(gateway.admin)
    age = datetime.now(timezone.utc) - datetime.fromisoformat(told["as_of"].replace("Z", "+00:00"))
    assert -1 < age.total_seconds() < PATIENCE_S and told["node"] == "gw1"
    assert told["sessions"] == {"total": 3, "authenticated": 2, "anonymous": 1, "exact": True}
    assert sorted(told["applications"], key=lambda row: row["application"]) == [
        {"application": "blog", "total": 1, "authenticated": 1, "anonymous": 0},
        {"application": "shop", "total": 2, "authenticated": 1, "anonymous": 1},
    ]
    assert (told["created_per_minute"], told["ended_per_minute"], told["requests_per_minute"]) == (4, 1, 6)
    assert told["store"]["status"] == "pass" and 0 <= told["store"]["p50_ms"] <= told["store"]["p95_ms"]


def test_they_are_soon_true_again(gateway, visitor):
    assert stats(gateway.admin)["sessions"]["total"] == 0
    visitor(gateway, "alice")
    wait_until(lambda: stats(gateway.admin)["sessions"]["authenticated"] == 1, what="the new session to be counted")


def test_nothing_has_happened(admin):
    told = stats(admin)
    assert told["sessions"] == {"total": 0, "authenticated": 0, "anonymous": 0, "exact": True}
    assert told["store"]["p95_ms"] is None and told["created_per_minute"] == 0


@pytest.mark.parametrize("limits", [{"realms": ["default"]}, {"applications": ["app"]}, {"users": ["alice"]}])
def test_a_limited_grant_sees_no_totals(serve, limits):
    gateway = serve(tokens=[grant("desk", **limits)])
    reply = gateway.by("desk").get("/api/v1/stats")
    assert reply.problem == (403, "insufficient-scope")
    # the scope it has: what it lacks is none
    assert reply.header("WWW-Authenticate") == 'Bearer realm="sessiongate", error="insufficient_scope"'


@pytest.mark.against_the_clock(0.2)
def test_the_store_is_down(moody):
    gateway = moody(store={"timeout": "200ms"})
    for mood in ["fail", "hang"]:
        gateway.store.tell(mood)
        assert gateway.admin.get("/api/v1/stats").problem == (503, "store-unavailable")
        gateway.store.fine()
    assert stats(gateway.admin)["sessions"]["total"] == 0

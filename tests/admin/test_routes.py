"""What can be called, by whom, and what is said to whoever calls something else (admin-api.md sections 1, 2, 7, 8)."""

import hashlib
import os
import re
import time
from datetime import datetime, timezone

import pytest

from harness import openapi
from harness.admin import Admin, Connection, Reply, grant, token_of
from harness.process import wait_until

ID = "AAAAAAAAAAAAAAAAAAAA"
READ, WRITE, REVOKE = "sessions:read", "sessions:write", "sessions:revoke"

# method, path, scope (None: nobody is asked), body
ROUTES = [
    ("GET", "/livez", None, None),
    ("GET", "/readyz", None, None),
    ("GET", "/metrics", "metrics:read", None),
    ("GET", "/openapi.json", None, None),
    ("GET", "/api/v1/stats", READ, None),
    ("GET", "/api/v1", "any", None),
    ("GET", "/api/v1/whoami", "any", None),
    ("GET", "/api/v1/sessions", READ, None),
    ("GET", f"/api/v1/sessions/{ID}", READ, None),
    ("DELETE", f"/api/v1/sessions/{ID}", REVOKE, None),
    ("GET", "/api/v1/events", "events:read", None),
    ("GET", f"/api/v1/explain/{ID}", "events:read", None),
    ("GET", "/api/v1/audit", "audit:read", None),
    ("GET", "/api/v1/doctor", "config:read", None),
    ("GET", "/api/v1/config", "config:read", None),
    ("POST", "/api/v1/config/reload", "config:write", None),
    ("POST", "/api/v1/sessions/revoke", REVOKE, {"all": True}),
    ("PATCH", f"/api/v1/sessions/{ID}", WRITE, {}),
    ("POST", f"/api/v1/sessions/{ID}/rotate", WRITE, None),
    ("GET", f"/api/v1/sessions/{ID}/attributes", "attributes:read", None),
    ("PATCH", f"/api/v1/sessions/{ID}/attributes", "attributes:write", {}),
    ("GET", "/api/v1/users", "users:read", None),
    ("GET", "/api/v1/users/nobody/sessions", READ, None),
    ("DELETE", "/api/v1/users/nobody/sessions", REVOKE, None),
    ("PUT", "/api/v1/users/nobody/block", "users:block", {}),
    ("DELETE", "/api/v1/users/nobody/block", "users:block", None),
]
SCOPES = [READ, WRITE, REVOKE, "attributes:read", "attributes:write", "users:read", "users:block", "events:read",
          "audit:read", "metrics:read", "config:read", "config:write"]  # fmt: skip
OPEN_ON_LOOPBACK = ["/metrics"]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def test_these_are_all():
    assert {(method, openapi.template(path)) for method, path, _, _ in ROUTES} == set(openapi.operations())


def allowed(path):
    methods = [method for method, other, _, _ in ROUTES if other == path]
    return methods + ["HEAD"] * ("GET" in methods)


def test_every_route_asks_for_its_scope_and_no_other(serve):
    each = {scope: f"s{number}" for number, scope in enumerate(SCOPES)}
    gateway = serve(tokens=[grant(name, [scope]) for scope, name in each.items()])
    for method, path, wanted, body in ROUTES:
        for scope, name in each.items():
            reply = gateway.by(name).call(method, path, body)
            if wanted in (None, "any", scope):
                assert reply.status not in (401, 403), f"{method} {path} with {scope}"
            else:
                assert reply.problem == (403, "insufficient-scope"), f"{method} {path} with {scope}"
                assert f'error="insufficient_scope", scope="{wanted}"' in reply.header("WWW-Authenticate")
        reply = gateway.nobody.call(method, path, body)
        if wanted is None or path in OPEN_ON_LOOPBACK:
            assert reply.status == 200
        else:
            assert reply.problem == (401, "unauthenticated"), f"{method} {path}"
            assert reply.header("WWW-Authenticate") == 'Bearer realm="sessiongate"'


@pytest.mark.parametrize("path", sorted({path for _, path, _, _ in ROUTES}))
def test_other_methods_are_told_which_there_are(admin, path):
    for method in METHODS:
        if method in allowed(path):
            continue
        reply = admin.call(method, path)
        assert reply.status == 405
        assert method == "HEAD" or reply.problem == (405, "method-not-allowed")
        assert sorted(reply.header("Allow").split(", ")) == sorted(allowed(path))


@pytest.mark.parametrize("path", sorted({path for method, path, _, _ in ROUTES if method == "GET"}))
def test_head_is_get_without_its_body(admin, path):
    get, head = admin.call("GET", path), admin.call("HEAD", path)
    assert head.status == get.status and head.body == b""
    assert head.header("Content-Type") == get.header("Content-Type")


# --- what is documented of each comes, and nothing else does (harness/openapi.py) ---


# Those that end many at once may take half a minute.
PATIENT = [("POST", "/api/v1/sessions/revoke"), ("DELETE", "/api/v1/users/{user}/sessions"), ("PUT", "/api/v1/users/{user}/block")]


def documented(status):
    """[(method, path, body)] of the routes that can be answered with it."""
    return [(method, path, body) for method, path, _, body in ROUTES if status in openapi.responses(method, path)]


def test_every_route_knows_its_parameters(admin):
    for method, path, body in documented("400"):
        assert admin.call(method, f"{path}?nonsense=1", body).wrong == ["nonsense"], f"{method} {path}"
    assert len(documented("400")) == len(ROUTES)


def test_what_cannot_be_the_part_of_a_path_is_not_found(admin):
    of_paths = [(method, path, body) for method, path, body in documented("404") if "{" in openapi.template(path)]
    for method, path, body in of_paths:
        head, part, rest = re.match(f"(.*/)({ID}|nobody)(.*)", path).groups()
        assert admin.call(method, f"{head}%ff{rest}", body, {"If-Match": "*"}).problem == (404, "not-found"), f"{method} {path}"


def test_too_many_failures_are_too_many_everywhere(gateway):
    bad = Admin(gateway.admin.address, "sga_guess")
    for _ in range(10):
        assert refused(bad.get("/api/v1"))
    for method, path, _, body in ROUTES:
        limited = bad.call(method, path, body).status == 429
        assert limited == ((method, path, body) in documented("429")), f"{method} {path}"


def test_every_route_that_needs_the_store_says_that_it_fails(moody):
    gateway = moody("fail")
    for method, path, body in documented("503"):
        if path == "/api/v1/config/reload":
            continue  # its 503 is that of a gateway that drains
        assert gateway.admin.call(method, path, body, {"If-Match": "*"}).status == 503, f"{method} {path}"


def test_every_route_that_needs_the_store_says_that_it_is_silent(moody):
    gateway = moody("stall", store={"timeout": "100ms"})
    for method, path, body in documented("504"):
        if (method, openapi.template(path)) not in PATIENT:
            assert gateway.admin.call(method, path, body, {"If-Match": "*"}).status == 504, f"{method} {path}"


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/api/v1/", "/api/v1/session", "/api/v1//sessions", "/api/v1/sessions/", "/API/v1", "/api/v1/sessions/a/b/c", "*"],
)
def test_there_is_nothing_else(admin, path):
    reply = admin.get(path)
    assert reply.problem in [(404, "not-found"), (404, "session-not-found")]


def test_what_is_no_session_id_is_no_session(admin):
    for id in ["short", "A" * 21, "-AAAAAAAAAAAAAAAAAAA", "A" * 19 + "!", "%41" * 20, "A%2FAA", "%ff%fe", "%zz", "%00"]:
        reply = admin.session(id)
        assert reply.status == 404, id


def test_parameters(admin):
    for query, wrong in [
        ("foo=1", ["foo"]),
        ("limit=1&limit=2", ["limit"]),
        ("limit=", ["limit"]),
        ("limit", ["limit"]),
        ("limit=0", ["limit"]),
        ("limit=501", ["limit"]),
        ("limit=-1", ["limit"]),
        ("limit=1e2", ["limit"]),
        ("limit=99999999999999999999999", ["limit"]),
        ("sort=name", ["sort"]),
        ("sort=%2Dcreated_at&state=gone", ["state"]),
        ("include=everything", ["include"]),
        ("ip=localhost", ["ip"]),
        ("ip=10.0.0.0/33", ["ip"]),
        ("created_after=yesterday", ["created_after"]),
        ("created_before=2026-02-30T00:00:00Z", ["created_before"]),
        ("seen_after=1795608000", ["seen_after"]),
        ("seen_before=2026-11-25", ["seen_before"]),
        ("idle_gt_s=-1", ["idle_gt_s"]),
        ("idle_gt_s=1h", ["idle_gt_s"]),
        ("min_bytes=many", ["min_bytes"]),
        ("limit=0&state=gone&zzz=1", ["zzz"]),
        ("limit=0&state=gone", ["state", "limit"]),
    ]:
        reply = admin.get(f"/api/v1/sessions?{query}")
        assert sorted(set(reply.wrong)) in (sorted(wrong), sorted(wrong)[:1], sorted(wrong)[-1:]), query
    for query in ["user=%zz", "user=%ff", "user=a%00b", "user=%0a", "%41%0a=1", "&".join(f"p{i}=1" for i in range(70))]:
        assert admin.get(f"/api/v1/sessions?{query}").problem == (400, "invalid-parameter"), query
    for query in ["?", "?&", "?limit=500&", "?user=a%2Bb", "?created_after=2026-11-25T12:00:00%2B02:00"]:
        assert admin.get(f"/api/v1/sessions{query}").status == 200, query


def test_an_answer_repeats_nothing_that_is_no_text(admin):
    reply = admin.get("/api/v1/sessions?" + "%3Cscript%3E%22%27" + "x" * 3000 + "=1")
    assert reply.problem == (400, "invalid-parameter")
    assert len(reply.body) < 3000


# --- request ids ---


def test_a_request_id_is_echoed_if_it_is_one(admin):
    assert admin.get("/livez", {"X-Request-Id": "a.b-c_D9"}).header("X-Request-Id") == "a.b-c_D9"
    for odd in ["", "a b", "x" * 65, "a/b", "\u00e4".encode("latin-1").decode("latin-1")]:
        assert admin.get("/livez", {"X-Request-Id": odd}).header("X-Request-Id") != odd
    reply = admin.get("/nothing", {"X-Request-Id": "mine"})
    assert reply.problem == (404, "not-found") and reply.header("X-Request-Id") == "mine"


# --- other sites' pages ---


def test_cors(serve):
    gateway = serve(admin={"cors_origins": ["https://admin.example.org", "http://localhost:8080"]})
    admin, path, mine = gateway.admin, "/api/v1/sessions", {"Origin": "http://localhost:8080"}

    def told(headers, method="GET"):
        connection = Connection(admin.address)
        connection.request(method, path, headers={"Authorization": f"Bearer {admin.token}", **headers})
        response = connection.getresponse()
        body, every = response.read(), response.getheaders()
        connection.close()
        sites = {name: value for name, value in every if name.startswith(("Access-", "Vary"))}
        if response.status != 204:
            openapi.check(method, path, response.status, [field for field in every if field[0] not in sites], body)
        return response.status, sites

    status, fields = told(mine)
    assert status == 200 and fields["Access-Control-Allow-Origin"] == mine["Origin"] and fields["Vary"] == "Origin"
    assert "ETag" in fields["Access-Control-Expose-Headers"]
    status, fields = told({**mine, "Access-Control-Request-Method": "GET"}, "OPTIONS")
    assert status == 204 and fields["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Authorization" in fields["Access-Control-Allow-Headers"]
    for other in ["http://localhost:80800", "https://localhost:8080", "null", "HTTP://localhost:8080", "https://admin.example.org.evil"]:
        assert told({"Origin": other}) == (200, {})
        assert told({"Origin": other}, "OPTIONS") == (405, {})
    assert serve().admin.get(path, mine).status == 200  # nothing is said where none is configured: see harness/admin.py


# --- credentials ---


def test_whoami(serve):
    gateway = serve(tokens=[grant("helpdesk", [READ, REVOKE], not_after="2999-01-01T00:00:00Z")])
    assert gateway.admin.get("/api/v1/whoami").json == {"name": "ops", "scopes": ["*"], "via": "bearer", "expires_at": None}
    assert gateway.by("helpdesk").get("/api/v1/whoami").json == {
        "name": "helpdesk",
        "scopes": [READ, REVOKE],
        "via": "bearer",
        "expires_at": "2999-01-01T00:00:00.000Z",
    }
    assert gateway.local.get("/api/v1/whoami").json == {"name": f"uid:{os.getuid()}", "scopes": ["*"], "via": "peer", "expires_at": None}


BAD = ['Bearer realm="sessiongate"', 'error="invalid_token"']


def refused(reply):
    assert reply.problem == (401, "unauthenticated")
    assert all(part in reply.header("WWW-Authenticate") for part in BAD)
    return True


def test_tokens_that_are_none(serve):
    gateway = serve(
        tokens=[
            grant("old", not_after="2020-01-01T00:00:00Z"),
            grant("far", networks=["192.0.2.0/24", "2001:db8::/32"]),
            grant("near", networks=["192.0.2.0/24", "127.0.0.0/8"]),
            grant("twice", token="sga_twice_old"),
            grant("twice", token="sga_twice_new"),
        ]
    )
    for token in ["sga_ops_", token_of("ops")[:-1], token_of("ops") + "x", hashlib.sha256(token_of("ops").encode()).hexdigest(), "x"]:
        assert refused(Admin(gateway.admin.address, token).get("/api/v1"))
    assert refused(gateway.by("old").get("/api/v1")) and refused(gateway.by("far").get("/api/v1"))
    for good in [gateway.by("near"), Admin(gateway.admin.address, "sga_twice_old"), Admin(gateway.admin.address, "sga_twice_new")]:
        assert good.get("/api/v1").status == 200
    # presented on a Unix socket it is judged as well, though its peer needs none
    assert refused(Admin(gateway.local.address, "sga_nobody").get("/api/v1"))
    assert refused(Admin(gateway.local.address, token_of("near")).get("/api/v1"))
    assert Admin(gateway.local.address, token_of("ops")).get("/api/v1/whoami").json["via"] == "bearer"


def test_schemes(admin):
    token = admin.token
    for value in [f"bearer {token}", f"BEARER {token}", f"Bearer   {token}"]:
        assert admin.get("/api/v1", {"Authorization": value}).status == 200, value
    for value in ["Basic b3BzOm9wcw==", token, f"Bearer{token}", ""]:
        reply = admin.get("/api/v1", {"Authorization": value})
        assert reply.problem == (401, "unauthenticated") and "invalid_token" not in reply.header("WWW-Authenticate"), value
    for value in ["Bearer", "Bearer ", f"Bearer {token} {token}", f"Bearer {token},{token}"]:
        assert refused(admin.get("/api/v1", {"Authorization": value})), value


def test_two_authorizations_are_none(admin):
    connection = Connection(admin.address)
    connection.putrequest("GET", "/api/v1")
    for _ in range(2):
        connection.putheader("Authorization", f"Bearer {admin.token}")
    connection.endheaders()
    assert Reply(connection.getresponse(), "GET", "/api/v1").problem == (400, "invalid-parameter")
    connection.close()


@pytest.mark.parametrize("name", ["token", "access_token"])
def test_a_token_in_the_url(gateway, name):
    for path in ["/api/v1/sessions", "/livez", "/nothing"]:
        reply = gateway.admin.get(f"{path}?{name}={token_of('ops')}")
        assert reply.problem == (400, "token-in-url")
        assert gateway.nobody.get(f"{path}?{name}=x").problem == (400, "token-in-url")
    assert token_of("ops") not in gateway.log


def test_ten_failures_a_minute(gateway):
    bad = Admin(gateway.admin.address, "sga_guess")
    for _ in range(10):
        assert refused(bad.get("/api/v1"))
        assert gateway.nobody.get("/api/v1").status == 401  # no credentials are no failure
    reply = bad.get("/api/v1")
    assert reply.problem == (429, "rate-limited")
    assert 0 < int(reply.header("Retry-After")) <= 60
    assert gateway.admin.get("/api/v1").status == 200  # good ones from there still pass
    local = Admin(gateway.local.address, "sga_guess")
    for _ in range(12):
        assert refused(local.get("/api/v1"))


def test_a_reload_brings_other_tokens(serve):
    gateway = serve()
    other = Admin(gateway.admin.address, token_of("other"))
    assert refused(other.get("/api/v1"))
    gateway.config["admin"]["tokens"] = [grant("other", [READ])]
    gateway.reload(gateway.config)
    wait_until(lambda: other.get("/api/v1").status == 200, what="the new token to be known")
    assert refused(gateway.admin.get("/api/v1"))
    assert gateway.local.get("/readyz").json["checks"]["config"]["generation"] == 2


def test_a_token_ends(serve):
    end = time.time() + 3
    at = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    gateway = serve(tokens=[grant("short", [READ], not_after=at)])
    first = gateway.by("short").get("/api/v1").status
    assert first == 200 or time.time() > end
    wait_until(lambda: gateway.by("short").get("/api/v1").status in (401, 429), what="the token to end")
    assert time.time() >= end - 0.01  # to the millisecond


def test_about(serve):
    gateway = serve(node="gw7")
    about = gateway.admin.get("/api/v1").json
    assert (about["name"], about["node"]) == ("sessiongate", "gw7")
    assert about["version"] and about["store"]["layout"] == "native"
    assert about["limits"]["page"] == 500

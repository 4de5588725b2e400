"""What the API says of itself. That every answer of these suites is as it says is looked at where they are given
(harness/admin.py), and that it has what the tables of the program have in tests/unit/rest/openapi.c."""

import re

import pytest
from jsonschema import Draft202012Validator

from harness import openapi
from harness.problem import URN
from harness.recipe import Recipe

BASE = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("X-Request-Id", "x"), ("Content-Type", "application/json")]


def nodes(node):
    """All objects in it."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(child)


def test_it_is_served(gateway):
    reply = gateway.nobody.get("/openapi.json")
    served, source = reply.json, openapi.strict(openapi.SOURCE.read_bytes())
    assert served["info"].pop("version") == gateway.admin.get("/api/v1").json["version"]
    assert source["info"].pop("version") == "@VERSION@"
    assert served == source
    etag = reply.header("ETag")
    assert gateway.nobody.get("/openapi.json", {"If-None-Match": etag}).status == 304
    assert gateway.nobody.get("/openapi.json", {"If-None-Match": '"1"'}).status == 200
    assert gateway.nobody.call("HEAD", "/openapi.json").header("ETag") == etag


def test_its_schemas_are_schemas():
    document = openapi.strict(openapi.SOURCE.read_bytes())
    schemas = [node["schema"] for node in nodes(document) if isinstance(node.get("schema"), dict)]
    for schema in [*schemas, *document["components"]["schemas"].values()]:
        Draft202012Validator.check_schema(schema)
        for node in nodes(schema):
            named = isinstance(node.get("properties"), dict) and "$ref" not in node
            assert not named or node["additionalProperties"] is False, f"others may be there: {node}"


def test_each_operation_is_whole():
    known = openapi.operations()
    names = [operation["operationId"] for operation in known.values()]
    assert len(set(names)) == len(names)
    for (method, path), operation in known.items():
        item = openapi.document()["paths"][path]
        parameters = [(p["in"], p["name"]) for p in [*item.get("parameters", []), *operation.get("parameters", [])]]
        assert len(set(parameters)) == len(parameters), f"{method} {path}"
        assert {name for place, name in parameters if place == "path"} == set(re.findall(r"{(\w+)}", path))
        assert operation["summary"] and set(operation["tags"]) <= {tag["name"] for tag in openapi.document()["tags"]}
        for status, response in operation["responses"].items():
            assert re.fullmatch("[1-5][0-9]{2}", status) and response["description"]
            assert "content" in response or status in ("204", "304"), f"{method} {path}: {status}"


def test_all_of_it_is_used():
    text = openapi.SOURCE.read_text()
    for kind in ("parameters", "headers", "responses", "schemas"):
        for name in openapi.document()["components"][kind]:
            assert f'#/components/{kind}/{name}"' in text or name in ("NotFound", "MethodNotAllowed"), f"{kind}: {name}"


def test_the_page_has_every_route_and_every_problem():
    page, problem = Recipe("admin-api").text, openapi.document()["components"]["schemas"]["Problem"]
    for method, path in openapi.operations():
        assert f"| `{method} {path}` |" in page
    for type in problem["properties"]["type"]["enum"]:
        assert f"`{type.removeprefix(URN)}`" in page


@pytest.mark.parametrize(
    "method, target, status, more, body, said",
    [
        ("GET", "/livez", 200, [], b'{"status":"pass"}', None),
        ("GET", "/livez?x=1", 200, [], b'{"status":"warn"}', "pass"),
        ("GET", "/livez", 200, [], b'{"status":"pass","x":1}', "Additional properties"),
        ("GET", "/livez", 200, [], b'{"status":"pass","status":"pass"}', "twice"),
        ("GET", "/livez", 200, [], b"{}", "required property"),
        ("GET", "/livez", 200, [("Server", "x")], b'{"status":"pass"}', "server"),
        ("GET", "/livez", 201, [], b'{"status":"pass"}', "documented nowhere"),
        ("GET", "/readyz", 200, [], b'{"status":"pass"}', "required property"),
        ("HEAD", "/livez", 200, [], b"", None),
        ("HEAD", "/livez", 200, [], b"{}", "{}"),
        ("POST", "/livez", 200, [], b'{"status":"pass"}', "documented nowhere"),
        ("GET", "/nothing", 200, [], b"{}", "documented nowhere"),
        ("DELETE", "/api/v1/sessions/x", 204, [], b"", "has content"),
        ("DELETE", "/api/v1/users/x/sessions", 200, [], b'{"revoked":-1}', "less than the minimum"),
        ("GET", "/api/v1/sessions/x", 304, [], b"", "etag"),
    ],
)
def test_what_is_none_is_noticed(method, target, status, more, body, said):
    if said is None:
        openapi.check(method, target, status, BASE + more, body)
        return
    with pytest.raises(AssertionError, match=f"(?i){re.escape(said)}"):
        openapi.check(method, target, status, BASE + more, body)


def test_a_path_is_of_one_template():
    assert openapi.template("/api/v1/sessions/revoke") == "/api/v1/sessions/revoke"
    assert openapi.template("/api/v1/sessions/x") == "/api/v1/sessions/{id}"
    assert openapi.template("/api/v1/sessions/") is openapi.template("/api/v1/users/x") is None

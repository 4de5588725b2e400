"""What rest/openapi.json says of an answer: whether the route has one of that status, type, fields and content. A schema is
looked up and compiled once in a process."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

SOURCE = Path(__file__).resolve().parents[2] / "rest" / "openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")
# Of every answer, whatever the route.
COMMON = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
FIELDS = {"connection", "content-length", "content-type", "date", "transfer-encoding", "x-request-id", *COMMON}


@cache
def document():
    return _inline(strict(SOURCE.read_bytes()))


def strict(text):
    """JSON as others read it: no member twice, no NaN."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)


def _object(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a member twice: {[name for name, _ in pairs]}"
    return members


def _no_number(text):
    raise AssertionError(f"{text} is no JSON")


def _inline(root):
    """Without references: what stands beside one holds as well (JSON Schema 2020-12). Nothing here contains itself."""

    def inlined(node):
        if isinstance(node, list):
            return [inlined(item) for item in node]
        if not isinstance(node, dict):
            return node
        rest = {name: inlined(value) for name, value in node.items() if name != "$ref"}
        if not isinstance(node.get("$ref"), str):
            return rest
        target = inlined(_follow(root, node["$ref"]))
        rest.pop("description", None)
        return {"allOf": [target, rest]} if rest else target

    return inlined(root)


def _follow(root, reference):
    node = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@cache
def operations():
    """{(method, path): operation}"""
    return {(method.upper(), path): item[method] for path, item in document()["paths"].items() for method in METHODS if method in item}


@cache
def template(path):
    """The one of paths that a path is of, or None. What stands there as it is counts before what stands for anything."""
    parts = path.split("/")
    for known in sorted(document()["paths"], key=lambda known: known.count("{")):
        wanted = known.split("/")
        if len(wanted) == len(parts) and all(_matches(*pair) for pair in zip(wanted, parts)):
            return known
    return None


def _matches(wanted, part):
    return bool(part) if wanted.startswith("{") else wanted == part


def find(method, path):
    return operations().get(("GET" if method == "HEAD" else method, template(path)))


def responses(method, path):
    """{status: response}: all that can be answered to this."""
    general = document()["components"]["responses"]
    operation = find(method, path)
    if template(path) is None:
        return {"400": general["BadRequest"], "404": general["NotFound"]}
    if operation is None:
        return {"400": general["BadRequest"], "405": general["MethodNotAllowed"]}
    return operation["responses"]


_compiled = {}


def _validate(schema, value, what):
    """schema lasts as long as the document."""
    if id(schema) not in _compiled:
        _compiled[id(schema)] = Draft202012Validator(schema)
    for error in _compiled[id(schema)].iter_errors(value):
        raise AssertionError(f"{what}: {error.json_path}: {error.message[:500]}")


def check_schema(name, value):
    """A value that is no answer: an event of a stream, a line of the audit."""
    _validate(document()["components"]["schemas"][name], value, name)


def check_head(method, target, status, fields):
    """Of an answer whose body is still to come: what its content may be. fields: [(name, value)]."""
    what = f"{method} {target}: {status}"
    known = responses(method, target.partition("?")[0])
    assert str(status) in known, f"{what} is documented nowhere; {sorted(known)} are"
    response = known[str(status)]
    _check_fields(response.get("headers", {}), fields, what)
    return response.get("content")


def _check_fields(documented, fields, what):
    named = [(name.lower(), value) for name, value in fields]
    given = dict(named)
    assert len(given) == len(named), f"{what}: a field twice: {fields}"
    for name, value in COMMON.items():
        assert given.get(name) == value, f"{what}: {name} is not {value}: {fields}"
    assert given.get("x-request-id"), f"{what}: no X-Request-Id: {fields}"
    for name, header in documented.items():
        assert name.lower() in given or not header.get("required"), f"{what}: no {name}: {fields}"
        if name.lower() in given:
            _validate(header["schema"], given[name.lower()], f"{what}: {name}")
    undocumented = set(given) - FIELDS - {name.lower() for name in documented}
    assert not undocumented, f"{what}: {undocumented} are documented nowhere"


def check(method, target, status, fields, body):
    """All of an answer."""
    content = check_head(method, target, status, fields)
    kind = next((value for name, value in fields if name.lower() == "content-type"), None)
    what = f"{method} {target}: {status}"
    if content is None:
        assert (kind, body) == (None, b""), f"{what}: has content: {kind} {body[:300]!r}"
        return
    assert kind is not None, f"{what}: no Content-Type"
    base = kind.partition(";")[0]
    assert base in content, f"{what}: {kind} is documented nowhere; {sorted(content)} are"
    if method == "HEAD":
        assert body == b"", f"{what}: {body[:300]!r}"
        return
    value = strict(body) if base.endswith("json") else body.decode()
    _validate(content[base]["schema"], value, what)


def check_request(method, target, kind, body):
    """Of a call that was taken: that its parameters and its body are documented, too."""
    path, _, query = target.partition("?")
    operation, what = find(method, path), f"{method} {target}"
    _check_query([*document()["paths"][template(path)].get("parameters", []), *operation.get("parameters", [])], query, what)
    wanted = operation.get("requestBody")
    if wanted is None or (not body and not wanted["required"]):
        return
    base = kind.partition(";")[0].strip().lower()
    assert base in wanted["content"], f"{what} takes {base}, which is documented nowhere"
    _validate(wanted["content"][base]["schema"], strict(body), what)


def _check_query(parameters, query, what):
    schemas = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
    for name, text in parse_qsl(query):
        assert name in schemas, f"{what}: {name} is documented nowhere"
        _validate(schemas[name], _typed(schemas[name], text), f"{what}: {name}")


def _typed(schema, text):
    """What stands in a URL, as JSON."""
    if schema.get("type") == "array":
        return text.split(",")
    return strict(text) if schema.get("type") in ("integer", "boolean") else text

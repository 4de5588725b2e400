"""The configuration in force, and its reload: /api/v1/config (admin-api.md section 2)."""

import base64
import json
import os
import re
import subprocess
import threading

from harness.admin import Admin, grant
from harness.gateway import PROGRAM, begin
from harness.process import PATIENCE_S, wait_until

CONFIG, RELOAD = "/api/v1/config", "/api/v1/config/reload"


def reload(who, **parameters):
    query = "?" + "&".join(f"{name}={value}" for name, value in parameters.items()) if parameters else ""
    return who.call("POST", RELOAD + query)


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


# --- what is in force ---


def test_it_has_the_structure_of_the_file(serve):
    gateway = serve(session={"idle_timeout": "7m"}, realms={"intranet": {"session": {"absolute_timeout": "8h"}, "cookie": {"name": "other"}}})
    shown = gateway.admin.get(CONFIG).json
    assert shown["session"]["idle_timeout"] == "7m" and shown["session"]["anonymous_idle_timeout"] == "7m"
    assert shown["realms"]["intranet"]["session"]["absolute_timeout"] == "8h"
    assert shown["realms"]["intranet"]["session"]["idle_timeout"] == "7m"  # as the default realm has it
    assert shown["routes"][0]["path"] == "/" and shown["routes"][0]["application"] == next(iter(shown["applications"]))
    assert shown["limits"]["requests"] == 4096 and shown["limits"]["params_size"] == "256k"
    assert shown["cookie"]["name"] == "auto" and shown["cookie"]["http_only"] is True
    assert shown["listen_session_api"] is None and shown["routes"][0]["login_url"] is None


def test_read_again_it_is_the_same_configuration(serve):
    """Which --check and a reload say: nothing is unknown, mistyped or other than before, but for the secrets."""
    gateway = serve(
        trusted_proxies=["10.0.0.0/8", "::1"],
        session={"idle_timeout": "90s", "max_size": "64k"},
        log={"level": "debug"},
    )
    shown = without_nulls(gateway.admin.get(CONFIG).json)
    assert shown["trusted_proxies"] == ["10.0.0.0/8", "::1"]
    for mine, written in zip(shown["admin"]["tokens"], gateway.config["admin"]["tokens"]):
        mine["sha256"] = written["sha256"]
    for follows in ["anonymous_idle_timeout", "remember_idle_timeout"]:  # they do not any more once they are written
        del shown["session"][follows]
    gateway.write(shown)
    assert reload(gateway.admin, dry_run="true").json == {"generation": 1, "changed": [], "restart_required": []}


# Every text of the configuration is in one of these two: a new one has to be judged.
HOLD_SECRETS = {
    "store.url": "redis://user:{}@127.0.0.1:6379/0",
    "store.encryption_keys": "{}",
    "applications.<name>.adapter.php.save_path": "tcp://127.0.0.1:6379?weight=1, tcp://127.0.0.1:6380?auth={}",
    "applications.<name>.params": "{}",
    "admin.tokens[].sha256": "{}",
    "admin.webhooks[].url": "http://user:{}@127.0.0.1:1/hook?key={}",
    "admin.webhooks[].secret": "{}",
}
SHOWN = {
    "listen[].owner", "listen[].group", "listen_session_api[].owner", "listen_session_api[].group", "node", "drop_params",
    "cookie.name", "cookie.path", "cookie.domain", "header.name",
    "realms.<name>.cookie.name", "realms.<name>.cookie.path", "realms.<name>.cookie.domain", "realms.<name>.header.name",
    "store.namespace", "store.tls.ca", "store.tls.certificate", "store.tls.key",
    "applications.<name>.adapter.php.cookie", "applications.<name>.adapter.php.file", "applications.<name>.login_from",
    "routes[].name", "routes[].host", "routes[].path", "routes[].methods", "routes[].application", "routes[].realm", "routes[].allow_users",
    "routes[].login_url", "routes[].logout_url", "routes[].self_service",
    "limits.spool_dir", "admin.listen[].owner", "admin.listen[].group", "admin.tls.certificate", "admin.tls.key", "admin.tls.client_ca",
    "admin.cors_origins", "admin.tokens[].name", "admin.tokens[].certificate_san", "admin.tokens[].realms", "admin.tokens[].applications",
    "admin.tokens[].users", "admin.audit_file", "log.to",
}  # fmt: skip


def texts():
    """The paths of all settings that are texts, from the program's own table."""
    reference = subprocess.run([PROGRAM, "--print-options"], stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE_S).stdout
    rows = re.findall(r"^### `(.*)`\n\n(.*)$", reference, re.M)
    return {path for path, kind in rows if re.match(r"text|list of texts|names and values", kind)}


def test_every_text_has_been_judged():
    assert texts() == SHOWN | set(HOLD_SECRETS)


class Secrets:
    """A distinct one for each place; names are of letters alone, so that none is found in another."""

    def __init__(self):
        self.given = []

    def __call__(self, path):
        self.given.append(f"hush{len(self.given):04d}")
        return HOLD_SECRETS[path].replace("{}", self.given[-1])


def test_no_secret_is_told(serve):
    secret = Secrets()
    key = base64.b64encode(os.urandom(32)).decode()
    hidden_hash = grant("other")["sha256"]
    names = ["DB_PASSWORD", "api_key", "PHP_VALUE", "X_TOKEN"]
    params = {name: secret("applications.<name>.params") for name in names}
    params["DATABASE_URL"] = "pgsql://shop:hush9999@db/shop"
    params["HARMLESS"] = "seen"
    php = {"create": "lazy", "adopt": "redis", "until": "2099-01-01", "save_path": secret("applications.<name>.adapter.php.save_path"), "file": ""}
    gateway = serve(
        tokens=[grant("other")],
        admin={"webhooks": [{"url": secret("admin.webhooks[].url"), "secret": secret("admin.webhooks[].secret")}]},
        store={"encryption_keys": [key]},
        application={"params": params, "adapter": {"php": php}},
    )
    shown = gateway.admin.get(CONFIG)
    for given in [*secret.given, "hush9999", key, hidden_hash, grant("ops")["sha256"]]:
        assert given not in shown.body.decode(), given
    config = shown.json
    (application,) = config["applications"].values()
    assert {name: application["params"][name] for name in names} == dict.fromkeys(names, "***")
    assert application["params"]["DATABASE_URL"] == "pgsql://shop:***@db/shop" and application["params"]["HARMLESS"] == "seen"
    assert application["adapter"]["php"]["save_path"] == "tcp://127.0.0.1:6379?***"
    assert config["store"]["encryption_keys"] == ["***"]
    assert config["admin"]["webhooks"][0]["url"] == "http://user:***@127.0.0.1:1/hook?***"
    assert config["admin"]["webhooks"][0]["secret"] == "***"
    assert [token["sha256"] for token in config["admin"]["tokens"]] == ["***", "***"]


def test_no_secret_of_a_complaint_is_told(serve):
    gateway = serve()
    gateway.write({**gateway.config, "store": {"url": "redis://user:hush0@[::1/0"},
                   "admin": {**gateway.config["admin"], "tokens": [grant("ops"), {"name": "a", "scopes": ["*"], "sha256": "hush1"}],
                             "webhooks": [{"url": "ftp://hush2", "secret": "hush3"}]}})  # fmt: skip
    refused = reload(gateway.admin)
    assert refused.problem == (422, "invalid-config") and b"hush" not in refused.body
    wait_until(lambda: "reload refused" in gateway.log, what="the log to say so")
    assert "hush" not in gateway.log


# --- a reload ---


def test_what_it_changes_holds_when_it_is_answered(serve):
    gateway = serve(workers=2)
    changed = {**gateway.config, "routes": [{**route, "methods": ["DELETE"]} for route in gateway.config["routes"]]}
    for number, config, status in [(2, changed, 404), (3, gateway.config, 200), (4, changed, 404)]:
        gateway.write(config)
        told = reload(gateway.admin).json
        assert told == {"generation": number, "changed": ["routes[0].methods"], "restart_required": []}
        for _ in range(4):  # on any worker
            assert gateway.ask().status == status
    assert gateway.admin.get("/readyz").json["checks"]["config"]["generation"] == 4


def test_what_changes_is_named(serve):
    gateway = serve()
    app = next(iter(gateway.config["applications"]))
    (settings,) = gateway.config["applications"].values()
    routes = gateway.config["routes"]
    for change, names in [
        ({}, []),
        ({"log": {"level": "info"}}, ["log.level"]),
        ({"session": {"idle_timeout": "5m"}}, ["session.idle_timeout"]),
        ({"session": {"idle_timeout": "5m", "anonymous_idle_timeout": "6m"}}, ["session.idle_timeout", "session.anonymous_idle_timeout"]),
        ({"realms": {"a": {"cookie": {"name": "a"}}}}, ["realms.a"]),
        ({"applications": {app: {**settings, "queue": {"size": 7}, "params": {"A": "b"}}}}, [f"applications.{app}.queue.size", f"applications.{app}.params"]),
        ({"applications": {app: settings, "more": settings}}, ["applications.more"]),
        ({"routes": [{**routes[0], "require": "login"}]}, ["routes[0].require"]),
        ({"routes": [*routes, {"path": "/b", "application": app}]}, ["routes"]),
        ({"trusted_proxies": ["10.0.0.1"], "limits": {"params": 5}}, ["trusted_proxies", "limits.params"]),
    ]:
        gateway.write({**gateway.config, **change})
        assert reload(gateway.admin, dry_run="true").json == {"generation": 1, "changed": names, "restart_required": []}, change


def test_what_takes_a_restart_is_named_and_not_in_force(serve):
    gateway = serve()
    gateway.write({**gateway.config, "node": "other", "limits": {"params": 77}, "admin": {**gateway.config["admin"], "events_kept": 5}})
    told = reload(gateway.admin).json
    assert told["generation"] == 2 and told["changed"] == ["node", "limits.params", "admin.events_kept"]
    assert told["restart_required"] == ["node", "admin.events_kept"]
    shown = gateway.admin.get(CONFIG).json
    assert (shown["node"] != "other", shown["limits"]["params"], shown["admin"]["events_kept"]) == (True, 77, 10000)
    again = reload(gateway.admin).json  # nothing is other than at the last one, and what waits still waits
    assert again == {"generation": 3, "changed": [], "restart_required": ["node", "admin.events_kept"]}


def test_all_errors_are_told_and_nothing_changes(serve):
    gateway = serve()
    before = gateway.admin.get(CONFIG).json
    gateway.write({**gateway.config, "nonsense": 1, "workers": "many", "session": {"idle_timeout": "soon"}, "limits": {"params": 5}})
    refused = reload(gateway.admin)
    assert refused.problem == (422, "invalid-config")
    errors = json.loads(refused.body)["errors"]
    assert sorted(error["parameter"] for error in errors) == ["nonsense", "session.idle_timeout", "workers"]
    for error in errors:  # as --check says it
        assert re.match(rf"{re.escape(gateway.file)}:\d+:\d+: {error['parameter']}: ", error["detail"])
    wait_until(lambda: all(error["detail"] in gateway.log for error in errors), what="the log to say the same")
    assert gateway.admin.get(CONFIG).json == before
    assert gateway.admin.get("/readyz").json["checks"]["config"]["generation"] == 1
    os.remove(gateway.file)
    gone = reload(gateway.admin)
    assert gone.problem == (422, "invalid-config")
    assert json.loads(gone.body)["errors"] == [{"parameter": None, "detail": f"{gateway.file}: No such file or directory"}]
    gateway.write({**gateway.config, "log": {"to": "/nowhere/at/all"}})
    log = reload(gateway.admin)
    assert [error["parameter"] for error in json.loads(log.body)["errors"]] == ["log.to"]
    gateway.write(gateway.config)
    assert reload(gateway.admin).json == {"generation": 2, "changed": [], "restart_required": []}


def test_a_body_is_no_parameter(serve):
    gateway = serve()
    assert gateway.admin.post(RELOAD, {"dry_run": True}).wrong == ["dry_run"]
    assert gateway.admin.call("POST", RELOAD, b"dry_run=true").problem == (415, "unsupported-media-type")
    assert gateway.admin.get("/readyz").json["checks"]["config"]["generation"] == 1
    assert gateway.admin.post(RELOAD, {}).json["generation"] == 2


def counted(gateway):
    text = gateway.admin.get("/metrics").body.decode()
    return tuple(int(re.search(rf'config_reloads_total{{result="{result}"}} (\d+)', text)[1]) for result in ["ok", "rejected"])


def test_who_did_it_is_told(serve):
    gateway = serve(tokens=[grant("deploy", ["config:write"])])
    deploy = gateway.by("deploy")
    assert reload(deploy, dry_run="true").status == 200
    assert reload(deploy, dry_run="false").status == 200
    gateway.write({**gateway.config, "workers": "many"})
    assert reload(deploy).status == 422
    assert reload(deploy, dry_run="true").status == 422
    assert reload(deploy, dry_run="maybe").wrong == ["dry_run"]
    lines = gateway.admin.get("/api/v1/audit").json["data"]
    assert [(line["actor"], line["action"], line["result"], line["status"]) for line in reversed(lines)] == [
        ("deploy", "config.reload", result, status) for result, status in [("dry_run", 200), ("ok", 200), ("failed", 422), ("failed", 422), ("refused", 400)]
    ]
    events = gateway.admin.get("/api/v1/events?types=config.reloaded,config.rejected").json["data"]
    assert [(event["type"], event["actor"]) for event in events] == [("config.reloaded", "deploy"), ("config.rejected", "deploy")]
    assert counted(gateway) == (1, 1)  # who only looks changes nothing
    gateway.reload(gateway.config)
    wait_until(lambda: counted(gateway) == (2, 1), what="the signal's reload")
    wait_until(lambda: len(gateway.admin.get("/api/v1/events?types=config.reloaded").json["data"]) == 2, what="it to be told")
    assert gateway.admin.get("/api/v1/events?types=config.reloaded").json["data"][-1]["actor"] is None


def test_many_at_once(serve):
    gateway = serve(workers=2)
    told = []
    threads = [threading.Thread(target=lambda: told.append(reload(gateway.admin).json)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(answer["generation"] for answer in told) == list(range(2, 10))
    assert gateway.admin.get("/readyz").json["checks"]["config"]["generation"] == 9


def test_the_callers_own_token_may_go(serve):
    gateway = serve(tokens=[grant("last", ["config:write"])])
    gateway.write({**gateway.config, "admin": {**gateway.config["admin"], "tokens": [grant("ops")]}})
    assert reload(gateway.by("last")).json["changed"] == ["admin.tokens"]
    assert reload(gateway.by("last")).status == 401


def test_a_limited_token_sees_and_changes_nothing_of_it(serve):
    limits = {"realm": {"realms": ["default"]}, "user": {"users": ["alice"]}}
    gateway = serve(tokens=[grant(name, ["config:read", "config:write"], **limit) for name, limit in limits.items()])
    for name in limits:
        assert gateway.by(name).get(CONFIG).problem == (403, "insufficient-scope")
        assert reload(gateway.by(name)).problem == (403, "insufficient-scope")
    assert gateway.admin.get("/readyz").json["checks"]["config"]["generation"] == 1


def test_without_a_file_there_is_none_to_load(directory):
    front, port = f"unix:{directory}/f.sock", f"unix:{directory}/a.sock"
    process = begin("bare", [PROGRAM, "--listen", front, "--app", "127.0.0.1:1", "--store", "memory:", "--admin", port], directory)
    try:
        admin = Admin(port)
        assert admin.get(CONFIG).json["listen"][0]["address"] == front
        refused = reload(admin)
        assert refused.problem == (422, "invalid-config") and "without a file" in refused.detail
    finally:
        process.stop()


def test_while_it_drains(draining):
    refused = reload(draining.admin)
    assert refused.problem == (503, "draining") and refused.header("Retry-After")
    assert draining.admin.get(CONFIG).status == 200

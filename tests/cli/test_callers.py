"""Who calls: tokens, where they come from, what is said of them; the command line itself."""

import hashlib
import json
import os
import re

import pytest

from harness.admin import grant, sha256
from harness.ctl import ERROR, OK, REFUSED, USAGE, Ctl


def test_who_one_is(ctl, by):
    assert ctl("whoami").json["via"] == "peer"
    assert by("ops")("whoami").json == {"name": "ops", "scopes": ["*"], "via": "bearer", "expires_at": None}
    assert ctl("status").json["status"] == "pass"
    assert by()("status").status == OK


def test_refused(serve, visitor):
    gateway = serve(tokens=[grant("reader", ["users:read"])])
    no_token = Ctl(gateway.admin.address)
    assert (no_token("list").status, no_token("list").out) == (REFUSED, "")
    ran = Ctl(gateway.admin.address, gateway.by("reader").token)("list")
    assert ran.status == REFUSED and "sessions:read" in ran.err
    assert Ctl(gateway.local.address, "sga_no_" + "x" * 43)("list").status == REFUSED


def write(path, text, mode=0o600):
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)
    return path


def test_token_files(gateway, by, directory):
    token = gateway.admin.token
    good = write(f"{directory}/token", token + "\n")
    ran = by()("whoami", "--token-file", good)
    assert (ran.json["name"], ran.err) == ("ops", "")
    assert by()("whoami", "--token-file", good, SESSIONCTL_TOKEN="nonsense").status == OK
    for mode in [0o644, 0o640, 0o604]:
        ran = by()("whoami", "--token-file", write(f"{directory}/open", token, mode))
        assert ran.status == OK and "can be read by others" in ran.err and token not in ran.err
    for bad in [write(f"{directory}/empty", ""), write(f"{directory}/two", f"{token}\n{token}\n"), f"{directory}/none", directory]:
        ran = by()("whoami", "--token-file", bad)
        assert ran.status == USAGE and bad in ran.err and token not in ran.err
    assert by()("whoami", SESSIONCTL_TOKEN="a\r\nX-Evil: 1").status == USAGE


def test_urls(gateway, ctl):
    token = {"SESSIONCTL_TOKEN": gateway.admin.token}
    address = gateway.admin.address
    for url in [f"http://{address}", f"http://{address}/"]:
        ran = ctl("-u", url, "whoami", **token)
        assert (ran.status, ran.err) == (OK, "")
    assert ctl("whoami", "--url", f"http://{address}", "-o", "json", **token, http_proxy="http://127.0.0.1:1").status == OK
    for url in [address, "unix:", "ftp://a", f"http://{address}/api", f"http://{address}?token=x", "http://", "http://a b"]:
        assert ctl("-u", url, "whoami").status == USAGE, url
    ran = ctl("-u", f"http://ops:secret@{address}", "whoami")
    assert ran.status == USAGE and "secret" not in ran.err


@pytest.mark.parametrize(
    "words",
    [[], ["nothing"], ["token"], ["token", "old"], ["config"], ["list", "x"], ["list", "--yes"], ["get"], ["get", "a", "b"], ["get", ""], ["--nothing"],
     ["list", "-o", "xml"], ["list", "--user"], ["whoami", "--all"], ["token", "new"], ["config", "check"],
     ["config", "reload", "x"], ["config", "reload", "--yes"], ["config", "check", "--dry-run", "f"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use(ctl, words):
    ran = ctl(*words)
    assert (ran.status, ran.out) == (USAGE, "") and "Try: sessionctl --help" in ran.err


def test_options_stand_anywhere(ctl, gateway, visitor):
    browser = visitor(gateway, "alice")
    for words in [["-o", "ndjson", "get", browser.id], ["get", "-o", "ndjson", browser.id], ["get", browser.id, "-ondjson"]]:
        assert ctl(*words).json["id"] == browser.id
        assert ctl(*words, POSIXLY_CORRECT="1").json["id"] == browser.id
    assert ctl("-o", "json", "get", "--", browser.id).json["id"] == browser.id
    assert "-o" in ctl("get", "--", "-o").err or ctl("get", "--", "-o").status == 3


def test_help_and_version(ctl):
    ran = ctl("--help")
    assert ran.status == OK and "sessionctl [-u" in ran.out and "token new" in ran.out
    assert ctl("list", "-h").out == ran.out
    assert re.fullmatch(r"sessionctl \d+\.\d+\.\d+\n", ctl("--version").out)


# --- what asks nobody ---


def test_a_new_token_is_one(serve, ctl):
    made = ctl("token", "new", "bot", "--scopes", "sessions:read, users:read")
    token = re.search(r"^sga_bot_[A-Za-z0-9_-]{43}$", made.out, re.M)[0]
    entry = json.loads(re.search(r"^- (.*)$", made.out, re.M)[1])
    assert entry == {"name": "bot", "sha256": sha256(token), "scopes": ["sessions:read", "users:read"]}
    gateway = serve(tokens=[entry])
    assert Ctl(gateway.admin.address, token)("whoami").json["scopes"] == ["sessions:read", "users:read"]
    other = ctl("token", "new", "bot", "-o", "json").json
    assert other["token"] != token and other["entry"]["scopes"] == ["*"]
    assert other["entry"]["sha256"] == hashlib.sha256(other["token"].encode()).hexdigest()
    for name in ["Bot", "a b", "x" * 33, "ä", "a_b"]:
        assert ctl("token", "new", name).status == USAGE
    assert len(ctl("token", "new", "x" * 32, "-o", "json").json["token"]) == 4 + 32 + 1 + 43


def test_config_check(gateway, ctl, directory):
    assert ctl("config", "check", gateway.file).status == OK
    ran = ctl("config", "check", write(f"{directory}/bad.yaml", "listen: 1\n"))
    assert ran.status == USAGE and "bad.yaml" in ran.err
    assert ctl("config", "check", f"{directory}/none.yaml").status == USAGE


def test_config_reload(gateway, ctl, by):
    gateway.write({**gateway.config, "limits": {"params": 5}, "node": "other"})
    told = ctl("config", "reload", "--dry-run")
    assert (told.status, told.json) == (OK, {"generation": 1, "changed": ["node", "limits.params"], "restart_required": ["node"]})
    assert ctl("config", "reload").json["generation"] == 2
    shown = ctl("config", "reload", "-o", "table").out
    assert re.search(r"generation +3", shown) and re.search(r"restart_required +node", shown)
    gateway.write({**gateway.config, "nonsense": 1})
    one = ctl("config", "reload")
    assert one.status == ERROR and one.out == "" and "nonsense: unknown setting" in one.err
    gateway.write({**gateway.config, "nonsense": 1, "workers": "many"})
    for words in [["config", "reload"], ["config", "reload", "--dry-run"]]:
        refused = ctl(*words)
        checked = ctl("config", "check", gateway.file)
        assert refused.status == ERROR and not [line for line in checked.err.splitlines() if line not in refused.err]
    assert by()("config", "reload").status == REFUSED

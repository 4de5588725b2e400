"""The section `admin` of the configuration (configuration.md)."""

import json
import os
import subprocess

import pytest

from harness.address import free_port
from harness.admin import Admin, grant
from harness.certificates import Authority
from harness.gateway import PROGRAM, begin
from harness.process import PATIENCE_S


@pytest.fixture
def check(directory):
    """check(admin): the complaints, or None."""

    def check(admin):
        path = os.path.join(directory, "checked.yaml")
        config = {
            "listen": f"unix:{directory}/front.sock",
            "applications": {"app": {"servers": ["127.0.0.1:9"]}},
            "routes": [{"path": "/", "application": "app"}],
            "admin": admin,
        }
        with open(path, "w") as out:
            json.dump(config, out)
        run = subprocess.run([PROGRAM, "-c", path, "-t"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S)
        assert run.returncode in (0, 2)
        return run.stderr if run.returncode else None

    return check


OPS = grant("ops")


@pytest.mark.parametrize(
    "admin",
    [
        {},
        {"listen": "unix:/tmp/sg-none.sock"},
        {"listen": "127.0.0.1:9180", "tokens": [OPS]},
        {"listen": "[::1]:9180", "tokens": [OPS, OPS]},
        {"listen": ["127.9.9.9:9180", {"address": "unix:/tmp/sg-none.sock", "mode": "0600"}], "tokens": [OPS]},
        {"listen": "192.0.2.1:9180", "allow_plaintext": True, "tokens": [OPS]},
        {"tokens": [grant("a", ["sessions:read"], realms=["default"], applications=["app"], users=["alice"])]},
        {"tokens": [grant("a", not_after="2030-01-01T00:00:00+02:00", networks=["10.0.0.0/8", "::1"])]},
    ],
)
def test_good(check, admin):
    assert check(admin) is None


@pytest.mark.parametrize(
    "admin, complaint",
    [
        ({"listen": "127.0.0.1:9180"}, "admin.listen"),
        ({"listen": "192.0.2.1:9180", "tokens": [OPS]}, "admin.listen"),
        ({"listen": "[::]:9180", "tokens": [OPS]}, "admin.listen"),
        ({"listen": {"address": "127.0.0.1:9180", "mode": "0600"}, "tokens": [OPS]}, "only a unix: socket has one"),
        ({"listen": "9180", "tokens": [OPS]}, "admin.listen"),
        ({"tokens": [{**OPS, "sha256": "abc"}]}, "64 hexadecimal digits"),
        ({"tokens": [{**OPS, "sha256": "g" * 64}]}, "64 hexadecimal digits"),
        ({"tokens": [{"name": "ops", "scopes": ["*"]}]}, "missing"),
        ({"tokens": [{"name": "ops", "sha256": "a" * 64}]}, "missing"),
        ({"tokens": [{**OPS, "scopes": []}]}, "an empty list"),
        ({"tokens": [{**OPS, "scopes": ["sessions:raed"]}]}, "did you mean sessions:read?"),
        ({"tokens": [{**OPS, "name": "Ops!"}]}, "a name is"),
        ({"tokens": [{**OPS, "not_after": "tomorrow"}]}, "expected a time"),
        ({"tokens": [{**OPS, "networks": ["home"]}]}, "networks"),
        ({"tokens": [{**OPS, "realms": ["nowhere"]}]}, "there is no such realm"),
        ({"tokens": [{**OPS, "applications": ["nothing"]}]}, "there is no such application"),
        ({"tokens": [{**OPS, "users": [" "]}]}, "a user is"),
        ({"token": [OPS]}, "did you mean tokens?"),
    ],
)
def test_refused(check, admin, complaint):
    said = check(admin)
    assert said is not None and complaint in said
    assert "checked.yaml:" in said


def test_on_the_command_line(directory):
    front, own = f"unix:{directory}/f.sock", f"unix:{directory}/a.sock"
    process = begin("named", [PROGRAM, "--listen", front, "--app", "127.0.0.1:9", "--admin", own], directory)
    try:
        assert Admin(own).get("/api/v1/whoami").json["via"] == "peer"
    finally:
        process.stop()
    process.assert_clean()


def test_tls(check, directory):
    pair = Authority(directory).sign("server")
    san = {"name": "robot", "scopes": ["*"], "certificate_san": "robot.test"}
    tls = {"certificate": pair[0], "key": pair[1]}
    good = {"listen": "192.0.2.1:9180", "tokens": [OPS], "tls": tls}
    assert check(good) is None
    assert check({**good, "tls": {**tls, "client_ca": pair[0]}, "tokens": [san]}) is None
    for change, complaint in [
        ({"tokens": [san]}, "without admin.tls.client_ca"),
        ({"tls": {"key": pair[1]}}, "a key without its certificate"),
        ({"tls": {**tls, "certificate": "/nowhere"}}, "No such file"),
        ({"tls": {**tls, "client_ca": "/nowhere"}}, "No such file"),
        ({"tls": {**tls, "client_ca": pair[0]}, "tokens": [{**san, **OPS}]}, "not both"),
    ]:
        assert complaint in check({**good, **change}), change


def test_a_key_that_is_anothers(directory):
    authority = Authority(directory)
    (certificate, _), (_, key) = authority.sign("one"), authority.sign("two")
    path = os.path.join(directory, "wrong.yaml")
    with open(path, "w") as out:
        json.dump(
            {
                "listen": f"unix:{directory}/front.sock",
                "applications": {"app": {"servers": ["127.0.0.1:9"]}},
                "routes": [{"path": "/", "application": "app"}],
                "admin": {"listen": f"127.0.0.1:{free_port()}", "tokens": [OPS], "tls": {"certificate": certificate, "key": key}},
            },
            out,
        )
    run = subprocess.run([PROGRAM, "-c", path], stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S)
    assert run.returncode == 1 and "admin.tls" in run.stderr

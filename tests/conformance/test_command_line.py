"""The program as its operator meets it: command-line.md, and the log of configuration.md."""

import json
import os
import signal
import subprocess

import pytest

from harness.fastcgi import get
from harness.front import Front
from harness.gateway import PROGRAM, begin
from harness.process import wait_until


def run(*arguments, **how):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=20, **how)


@pytest.fixture
def write(directory):
    def write_file(text, name="sessiongate.yaml"):
        path = f"{directory}/{name}"
        with open(path, "w") as out:
            out.write(text)
        return path

    return write_file


GOOD = """
listen: unix:/tmp/unused.sock
store: {url: "memory:"}
applications: {app: {servers: [127.0.0.1:9000]}}
routes: [{path: /, application: app}]
"""


def test_version():
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("sessiongate")


@pytest.mark.parametrize("option", ["-t", "--check"])
def test_check(write, option):
    assert run(option, "-c", write(GOOD)).returncode == 0


def test_check_tells_all_errors_in_one_run(write):
    path = write("listen: unix:/tmp/x.sock\nrouts: []\nlimits:\n  params: many\n  requests: 5\n  requests: 6\n")
    done = run("--check", "-c", path)
    assert done.returncode == 2
    for place in (f"{path}:2:1:", f"{path}:4:11:", f"{path}:6:3:"):
        assert place in done.stderr, done.stderr
    assert "limits.params" in done.stderr
    assert "did you mean" in done.stderr and "routes" in done.stderr


@pytest.mark.parametrize("size, status", [(65519, 0), (65520, 2)])
def test_check_refuses_a_param_that_no_record_holds(write, size, status):
    params = '{servers: [127.0.0.1:9000], params: {BIGP: "' + "z" * size + '"}}'
    done = run("--check", "-c", write(GOOD.replace("{servers: [127.0.0.1:9000]}", params)))
    assert done.returncode == status, done.stderr
    assert ("applications.app.params.BIGP" in done.stderr) == (status != 0)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["-c"], ["-c", "/nonexistent/file.yaml"]], ids=" ".join)
def test_wrong_use_is_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr


def test_what_cannot_start_is_1(write):
    done = run("-c", write(GOOD.replace("/tmp/unused.sock", "/nonexistent/dir/f.sock")))
    assert done.returncode == 1
    assert "/nonexistent/dir/f.sock" in done.stderr


def test_print_schema_is_json():
    schema = json.loads(run("--print-schema").stdout)
    assert "routes" in schema["properties"]


def test_print_schema_says_what_spares_an_application():
    route = json.loads(run("--print-schema").stdout)["properties"]["routes"]["anyOf"][0]
    assert route["required"] == ["path"]
    spared = {"required": ["mode"], "properties": {"mode": {"const": "authorize"}}}
    assert route["anyOf"] == [{"required": ["application"]}, spared]


def test_print_options_names_every_setting_that_the_schema_has():
    reference = run("--print-options").stdout
    for name in json.loads(run("--print-schema").stdout)["properties"]:
        assert name in reference


@pytest.mark.parametrize("server", ["nginx", "apache", "lighttpd", "caddy", "haproxy"])
def test_print_snippet(write, server):
    done = run("-c", write(GOOD), "--print-snippet", server)
    assert done.returncode == 0
    assert "/tmp/unused.sock" in done.stdout


def test_a_whole_gateway_without_a_file(directory, app):
    front = f"unix:{directory}/f.sock"
    process = begin("plain", [PROGRAM, "--listen", front, "--app", app.address, "--store", "memory:"], directory)
    try:
        connection = Front(front)
        connection.assert_alive()
        connection.close()
        wait_until(lambda: "f.sock" in process.log and "memory" in process.log, what="it to say where it listens and which store it uses")
    finally:
        process.stop()
    process.assert_clean()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_signals_that_end_it(start, number):
    gateway = start()
    gateway.ask()
    gateway.process.signal(number)
    assert gateway.process.wait() == 0


def test_a_left_over_socket_is_taken_over(start, directory):
    gateway = start()
    gateway.process.popen.kill()
    gateway.process.wait()
    assert os.path.exists(f"{directory}/front0.sock")
    gateway.begin("again", directory)
    assert gateway.ask().status == 200


def test_the_log_as_json(start):
    gateway = start(log={"format": "json"})
    gateway.ask({**get(), "REQUEST_URI": '/a"b\\c'})
    gateway.stop()
    lines = [json.loads(line) for line in gateway.log.splitlines()]
    (access,) = [line for line in lines if line.get("path") == '/a"b\\c']
    assert (access["status"], access["method"]) == (200, "GET")


def test_the_access_log_can_be_off(start):
    gateway = start(log={"access": False})
    gateway.ask({**get(), "REQUEST_URI": "/never-logged"})
    gateway.stop()
    assert "/never-logged" not in gateway.log


def test_sigusr1_reopens_the_log(start, directory):
    path = f"{directory}/access.log"
    gateway = start(log={"to": path})
    gateway.ask({**get(), "REQUEST_URI": "/before"})
    wait_until(lambda: "/before" in _read(path))
    os.rename(path, path + ".1")
    gateway.process.signal(signal.SIGUSR1)
    wait_until(lambda: os.path.exists(path))
    gateway.ask({**get(), "REQUEST_URI": "/after"})
    wait_until(lambda: "/after" in _read(path))
    assert "/after" not in _read(path + ".1")


def _read(path):
    with open(path) as file:
        return file.read()

"""The image of the gateway by itself, with as few rights as it can be given, between a scripted front and application."""

import itertools
import os
import signal
import time
from contextlib import contextmanager

import pytest

from harness.address import connect, free_port
from harness.application import Application
from harness.fastcgi import get, request
from harness.front import Front
from harness.process import wait_until

UID = 10001
LOCKED_UP = ("--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges")
# Docker's own time-out for stopping; who is not through then is killed.
STOP_S = 10


@pytest.fixture
def app():
    """Containers reach it by loopback."""
    application = Application(f"127.0.0.1:{free_port()}")
    yield application
    application.close()
    application.assert_framing()


class Running:
    def __init__(self, containers, name, *options, **environment):
        self.containers, self.name = containers, name
        self.address = f"127.0.0.1:{free_port()}"
        variables = {"SESSIONGATE_LISTEN": self.address, **environment}
        named = [word for pair in variables.items() for word in ("-e", "=".join(pair))]
        containers.podman("run", "-d", "--name", name, "--network", "host", *LOCKED_UP, *named, *options, "sessiongate")
        wait_until(self._listens, what="the gateway to listen")

    def _listens(self):
        assert self.state("Running"), f"it ended at start:\n{self.log}"
        try:
            connect(self.address, 1).close()
        except OSError:
            return False
        return True

    def state(self, what):
        return self.containers.inspect(self.name, f".State.{what}")

    @property
    def log(self):
        return self.containers.log(self.name)

    @property
    def healthy(self):
        return self.containers.podman("healthcheck", "run", self.name, check=False).returncode == 0

    def stop(self):
        """How long that took."""
        began = time.monotonic()
        self.containers.podman("stop", "-t", str(STOP_S), self.name)
        return time.monotonic() - began


@pytest.fixture
def run(containers):
    """run(options of podman…, VARIABLE=value…): the image, locked up."""
    names = (f"gateway{number}" for number in itertools.count())
    started = []

    def start(*options, **environment):
        started.append(next(names))
        return Running(containers, started[-1], *options, **environment)

    yield start
    for name in started:
        containers.podman("rm", "-f", "-t", "1", name, check=False)


@contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def status_of(pid):
    with open(f"/proc/{pid}/status") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)


def test_it_serves_without_root_or_rights_on_a_root_that_it_cannot_write(run, app):
    gateway = run(SESSIONGATE_APP=app.address)
    assert Front(gateway.address).ask().status == 200
    process = status_of(gateway.state("Pid"))
    assert process["Uid"].split() == process["Gid"].split() == [str(UID)] * 4
    assert [process[f"Cap{kind}"].strip("0") for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")] == [""] * 5
    assert process["NoNewPrivs"] == "1"


def test_its_user_can_write_nothing_but_sockets_and_scratch(containers):
    found = containers.podman(
        *("run", "--rm", "--network", "none", "--entrypoint", "find", "sessiongate"),
        *("/", "-xdev", "-type", "d", "-not", "-readable", "-prune", "-o", "-writable", "-not", "-type", "l", "-print"),
    )
    assert set(found.split()) <= {
        "/run/lock",
        "/run/sessiongate",
        "/run/sessiongate/api",
        "/run/sessiongate/front",
        "/tmp",
        "/var/tmp",
    }


def test_it_says_what_it_has_to_be_told(containers):
    done = containers.podman("run", "--rm", "--network", "none", "sessiongate", check=False)
    assert done.returncode == 2
    assert "SESSIONGATE_APP is not set" in done.stderr


def test_arguments_take_the_place_of_the_configuration(containers):
    done = containers.podman("run", "--rm", "--network", "none", "sessiongate", "--listen", "127.0.0.1:9100", "--app", "127.0.0.1:9000", "--check")
    assert done == "the configuration is good\n"


def test_the_log_is_what_the_engine_shows(run, app):
    gateway = run(SESSIONGATE_APP=app.address)
    Front(gateway.address).ask(get("/a/page"))
    wait_until(lambda: "/a/page" in gateway.log, what="the access log")


def test_a_secret_is_a_file_that_is_included(run, app, directory):
    secret = f"{directory}/store.yaml"
    with open(secret, "w") as out:
        out.write('store: {encryption_keys: ["too short"]}\n')
    with pytest.raises(AssertionError, match=r"/run/secrets/store.yaml:1:\d+: store.encryption_keys"):
        run("-v", f"{secret}:/run/secrets/store.yaml:ro", SESSIONGATE_APP=app.address)


def test_health_is_whether_the_front_answers(run, app):
    gateway = run(SESSIONGATE_APP=app.address)
    assert gateway.healthy
    with stopped(gateway.state("Pid")):
        assert not gateway.healthy
        # not the first time, and not while it may be starting
        wait_until(lambda: not gateway.healthy and gateway.state("Healthcheck.Status") == "unhealthy", what="the engine to see it")
        said = gateway.state("Healthcheck.Log")[-1]["Output"]
    assert said.strip() == f"fastcgi:{gateway.address}: does not answer"
    assert gateway.healthy
    assert gateway.state("Healthcheck.Status") == "healthy"


def test_health_is_not_that_of_the_application(run):
    """Restarting the gateway would help nobody."""
    gateway = run(SESSIONGATE_APP=f"127.0.0.1:{free_port()}")
    assert gateway.healthy
    assert Front(gateway.address).ask().status == 503
    assert gateway.healthy


def test_health_is_bad_where_nobody_listens(containers, run, app):
    gateway = run(SESSIONGATE_APP=app.address)
    nowhere = f"127.0.0.1:{free_port()}"
    done = containers.podman("exec", gateway.name, "/usr/bin/sessiongate", "--healthcheck", f"fastcgi:{nowhere}", check=False)
    assert done.returncode == 1
    assert done.stdout.strip() == f"fastcgi:{nowhere}: Connection refused"


def test_sigterm_ends_it_at_once_when_nothing_runs(run, app):
    gateway = run(SESSIONGATE_APP=app.address)
    assert Front(gateway.address).ask().status == 200
    assert gateway.stop() < STOP_S
    assert gateway.state("ExitCode") == 0
    assert "draining" in gateway.log


def test_sigterm_waits_for_a_request_that_runs(run, app, containers):
    def play(exchange):
        containers.podman("kill", "-s", "TERM", gateway.name)
        wait_until(lambda: "draining" in gateway.log, what="the drain")
        exchange.reply("X-A: b", body="done")

    gateway = run(SESSIONGATE_APP=app.address)
    app.play = play
    front = Front(gateway.address)
    front.send(request(get()))
    assert front.answer().body == b"done"
    containers.podman("wait", gateway.name)
    assert gateway.state("ExitCode") == 0

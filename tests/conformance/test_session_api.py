"""The session API of application.md section 9: how an application is told where it is, and with what ticket."""

import grp
import os
import pwd
import re
import stat
import subprocess

import pytest

from harness.gateway import Gateway
from harness.process import wait_until
from harness.session_api import SessionApi

API = {"session_api": True}
OWN_USER, OWN_GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def check(gateway):
    """What --check says."""
    argv = [gateway.program, "-c", gateway.file, "--check"]
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


def told(app, gateway, **how):
    """What one request's application is told."""
    gateway.ask(**how)
    params = app.requests[-1]
    return params.get("SESSION_SOCKET"), params.get("SESSION_TICKET")


def test_without_the_option_an_application_is_told_nothing(gateway, app):
    assert told(app, gateway) == (None, None)


def test_an_application_gets_a_socket_and_a_ticket_of_each_request_its_own(start, app, directory):
    gateway = start(application=API, listen_session_api=f"unix:{directory}/api.sock")
    seen = [told(app, gateway) for _ in range(20)]
    assert {socket for socket, _ in seen} == {f"{directory}/api.sock.0"}
    assert len({ticket for _, ticket in seen}) == 20
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", ticket) for _, ticket in seen)
    assert not [ticket for _, ticket in seen if ticket in gateway.log]


def test_a_route_without_sessions_has_no_ticket(start, app, directory):
    gateway = start(application=API, route={"session": "off"}, listen_session_api=f"unix:{directory}/api.sock")
    assert told(app, gateway) == (None, None)


def test_each_worker_has_a_socket_with_its_number_and_the_details_asked_for(start, directory):
    start(application=API, workers=3, listen_session_api={"address": f"unix:{directory}/api.sock", "mode": "0640"})
    for number in range(3):
        found = os.stat(f"{directory}/api.sock.{number}")
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o640


@pytest.mark.parametrize("details, mode", [({}, 0o666), ({"group": OWN_GROUP}, 0o660), ({"owner": OWN_USER}, 0o660), ({"group": OWN_GROUP, "mode": "0600"}, 0o600)])
def test_without_a_mode_applications_may_connect_whatever_the_umask(start, directory, details, mode):
    start(application=API, listen_session_api={"address": f"unix:{directory}/api.sock", **details})
    assert {stat.S_IMODE(os.stat(f"{directory}/api.sock.0{kind}").st_mode) for kind in ("", ".notes")} == {mode}


def test_the_sockets_go_with_the_gateway(start, directory):
    gateway = start(application=API, workers=2, listen_session_api=f"unix:{directory}/api.sock")
    gateway.stop()
    assert not [name for name in os.listdir(directory) if name.startswith("api.sock")]


def test_without_a_place_of_its_own_the_gateway_finds_one_and_leaves_nothing(start, app):
    gateway = start(application=API)
    socket, _ = told(app, gateway)
    folder = os.path.dirname(socket)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o711, "whoever is told the path may go through, nobody may look around"
    assert stat.S_IMODE(os.stat(socket).st_mode) == 0o666
    gateway.stop()
    assert not os.path.exists(folder)


@pytest.fixture
def place(directory, monkeypatch):
    """Where gateways make their folders."""
    path = os.path.join(directory, "run")
    os.mkdir(path)
    monkeypatch.setenv("RUNTIME_DIRECTORY", path)
    return path


def folder_of(app, gateway):
    return os.path.dirname(told(app, gateway)[0])


def test_what_a_killed_gateway_left_behind_the_next_one_removes(start, app, directory, place):
    alive = start(application=API)
    dead = Gateway({**alive.config, "listen": [f"unix:{directory}/dead.sock"], "workers": 2}, directory, name="dead")
    try:
        left = folder_of(app, dead)
    finally:
        dead.process.popen.kill()
        dead.process.wait()
    assert sorted(os.listdir(left)) == ["app.sock.0", "app.sock.0.notes", "app.sock.1", "app.sock.1.notes", "lock"]
    next_one = start(application=API)
    assert not os.path.exists(left)
    living = {folder_of(app, alive), folder_of(app, next_one)}
    assert {os.path.join(place, name) for name in os.listdir(place)} == living
    for gateway in (alive, next_one):
        api = SessionApi(*told(app, gateway))
        assert api.get().status == 401, "the ticket of an ended request reads nothing, but there is somebody to say so"
        api.close()


def test_what_is_not_a_dead_gateways_stays(start, app, directory, place):
    """A folder without our lock, what else lies in one that has it, one whose lock is another user's, and a link."""

    def make(name):
        path = os.path.join(place, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w"):
            return path

    kept = [make("sessiongate-public/app.sock.0"), make("sessiongate-AAAAAA/notes"), os.path.join(place, "sessiongate-BBBBBB")]
    make("sessiongate-AAAAAA/lock")
    os.symlink(directory, kept[-1])
    if os.geteuid() == 0:
        kept.append(make("sessiongate-CCCCCC/lock"))
        os.chown(kept[-1], 65534, 65534)
    start(application=API)
    assert [path for path in kept if not os.path.exists(path)] == []


def test_no_socket_is_opened_that_no_application_asks_for(start, directory):
    start(listen_session_api=f"unix:{directory}/api.sock")
    assert not os.path.exists(f"{directory}/api.sock.0")


def test_a_reload_may_be_the_first_to_need_it(start, app, directory, eventually_told):
    gateway = start(listen_session_api=f"unix:{directory}/api.sock")
    assert told(app, gateway) == (None, None)
    gateway.config["applications"]["app"].update(API)
    gateway.reload(gateway.config)
    assert eventually_told(gateway)[0] == f"{directory}/api.sock.0"


def reloaded(gateway):
    count = gateway.log.count("configuration reloaded")
    gateway.reload(gateway.config)
    wait_until(lambda: gateway.log.count("configuration reloaded") > count, what="the reload")
    return gateway.log


def test_a_reload_that_is_the_first_to_need_it_says_where(start, app, directory, eventually_told):
    """Nothing listens there yet, so nothing about it needs a restart. Later it does: programs have been told the path."""
    gateway = start()
    gateway.config.update(listen_session_api=f"unix:{directory}/one.sock")
    reloaded(gateway)
    gateway.config.update(listen_session_api=f"unix:{directory}/two.sock")
    gateway.config["applications"]["app"].update(API)
    assert "need a restart" not in reloaded(gateway)
    assert eventually_told(gateway)[0] == f"{directory}/two.sock.0"
    gateway.config.update(listen_session_api=f"unix:{directory}/three.sock")
    assert "these settings need a restart: listen_session_api" in reloaded(gateway)
    assert told(app, gateway)[0] == f"{directory}/two.sock.0"


@pytest.fixture
def eventually_told(app):
    """What an application is told, once it is told something."""

    def ask(gateway):
        wait_until(lambda: told(app, gateway)[0] is not None, what="the reload to count")
        return told(app, gateway)

    return ask


@pytest.mark.parametrize(
    "listen, words",
    [
        ("127.0.0.1:9000", "a Unix socket of its own"),
        ("fd:0", "a Unix socket of its own"),
        ("unix:api.sock", "an absolute path"),
        ("unix:/" + 107 * "x", "too long"),
        ("unix:/" + 105 * "x", "too long"),
        (["unix:/a", "unix:/b"], "one address is enough"),
        ([], "an empty list"),
    ],
)
def test_what_cannot_be_listened_on_is_refused_at_load(gateway, listen, words):
    gateway.write({**gateway.config, "listen_session_api": listen})
    said = check(gateway)
    assert said.returncode == 2 and words in said.stdout and "listen_session_api" in said.stdout

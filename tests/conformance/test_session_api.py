"""The session API of application.md section 9: how an application is told where it is, and with what ticket."""

import os
import re
import stat
import subprocess

import pytest

API = {"session_api": True}


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


def test_no_socket_is_opened_that_no_application_asks_for(start, directory):
    start(listen_session_api=f"unix:{directory}/api.sock")
    assert not os.path.exists(f"{directory}/api.sock.0")


def test_a_reload_may_be_the_first_to_need_it(start, app, directory, eventually_told):
    gateway = start(listen_session_api=f"unix:{directory}/api.sock")
    assert told(app, gateway) == (None, None)
    gateway.config["applications"]["app"].update(API)
    gateway.reload(gateway.config)
    assert eventually_told(gateway)[0] == f"{directory}/api.sock.0"


@pytest.fixture
def eventually_told(app):
    """What an application is told, once it is told something."""
    from harness.process import wait_until

    def ask(gateway):
        wait_until(lambda: told(app, gateway)[0] is not None, what="the reload to count")
        return told(app, gateway)

    return ask


@pytest.mark.parametrize(
    "listen, words",
    [
        ("127.0.0.1:9000", "a Unix socket of its own"),
        ("fd:0", "a Unix socket of its own"),
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

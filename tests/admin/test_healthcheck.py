"""sessiongate --healthcheck URL, as containers use it (command-line.md)."""

import signal
import socket
import subprocess

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.gateway import PROGRAM
from harness.process import PATIENCE_S, wait_until

WELL, NOT_WELL, WRONG_USE = 0, 1, 2


def check(url):
    """(exit status, what it says)"""
    argv = [PROGRAM, "--healthcheck", url]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.against_the_clock(2)
def test_a_gateway_that_is_well(gateway):
    tcp, local = gateway.admin.address, gateway.local.address
    port = tcp.rpartition(":")[2]
    for url in [f"http://{tcp}/readyz", f"http://{tcp}/livez", f"http://{tcp}", f"http://localhost:{port}/livez",
                tcp, local, f"{local}:/readyz", f"http://{local}:/livez", f"fastcgi:{gateway.address}"]:  # fmt: skip
        status, said = check(url)
        assert (status, url) == (WELL, url), said
    assert check(f"http://{tcp}/nowhere")[0] == NOT_WELL
    assert '"status":"pass"' in check(f"{local}:/readyz")[1]


@pytest.mark.against_the_clock(2)
def test_its_store_is_down(moody):
    gateway = moody(store={"timeout": "100ms"})
    gateway.store.tell("fail", "health")
    status, said = check(f"http://{gateway.admin.address}/readyz")
    assert status == NOT_WELL and '"fail"' in said
    assert check(gateway.admin.address)[0] == check(f"fastcgi:{gateway.address}")[0] == WELL


@pytest.mark.against_the_clock(2)
def test_it_drains(serve, held):
    gateway = serve(shutdown_grace="60s")
    front = gateway.front()
    front.send(fastcgi.request(fastcgi.get("/slow")))
    held.until(1)
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: check(f"{gateway.local.address}:/readyz")[0] == NOT_WELL, what="it to say that it drains")
    assert check(gateway.local.address)[0] == WELL
    held.release()
    front.answer()


def test_nobody_is_there(directory):
    for url in [f"http://127.0.0.1:{free_port()}/livez", f"unix:{directory}/none.sock", f"fastcgi:127.0.0.1:{free_port()}"]:
        status, said = check(url)
        assert status == NOT_WELL and said.strip(), url


def test_somebody_else_is_there():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        for url in [f"http://{address}", f"fastcgi:{address}"]:
            assert check(url) == (NOT_WELL, f"{url}: does not answer\n")


@pytest.mark.parametrize("url", ["", "https://127.0.0.1:1/livez", "http://", "ftp://x", "nonsense", "fastcgi:", "unix:", "fd:0"])
def test_what_cannot_be_asked_is_wrong_use(url):
    status, said = check(url)
    assert status == WRONG_USE and said.strip()

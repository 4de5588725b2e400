"""SIGTERM for a gateway whose sessions others have, too: the web server is to go to one of them, and nothing is lost."""

import signal
import time

import pytest

from harness import fastcgi
from harness.address import connect, free_port
from harness.gateway import inherited_listener
from harness.problem import problem
from harness.process import SOON_S, wait_until


ARRIVAL_S = 1  # so long the first request of a connection is waited for

SLOW = fastcgi.request(fastcgi.get("/slow"))


def refuses(gateway):
    try:
        connect(gateway.address, 1).close()
    except OSError:
        return True
    return False


@pytest.fixture(params=["unix", "tcp"])
def address(request, directory):
    return f"unix:{directory}/front.sock" if request.param == "unix" else f"127.0.0.1:{free_port()}"


@pytest.fixture(params=[1, 3], ids=lambda workers: f"{workers}-workers")
def leaving(request, shared, held, address):
    """leaving(first): a gateway that drains, while a request runs there; first(gateway) before it is told to."""
    made = []

    def leave(first=lambda gateway: None):
        gateway = shared(listen=[address], workers=request.param, shutdown_grace="30s")
        gateway.running = gateway.front()
        gateway.running.send(SLOW)
        held.until()
        first(gateway)
        gateway.process.signal(signal.SIGTERM)
        made.append(gateway)
        return gateway

    yield leave
    held.release()
    for gateway in made:
        assert gateway.running.answer().status == 200
        assert gateway.process.wait() == 0


def test_who_comes_now_is_refused(leaving):
    """Of a request that was not sent nothing is lost, whatever its method."""
    gateway = leaving()
    wait_until(lambda: refuses(gateway), what="nobody to listen there")


@pytest.mark.against_the_clock(ARRIVAL_S)
def test_who_has_connected_before_is_served_once(leaving):
    """Also when he asks a moment later, of workers that have nothing else to do."""
    fronts = []
    gateway = leaving(lambda gateway: fronts.extend(gateway.front() for _ in range(5)))
    wait_until(lambda: refuses(gateway), what="nobody to listen there")
    time.sleep(ARRIVAL_S / 2)
    for front in fronts:
        assert front.ask().status == 200
        front.send(fastcgi.request(fastcgi.get()))
        answer = front.answer()
        assert answer.cut or problem(answer) == (503, "draining")


def test_a_kept_connection_is_given_back(leaving):
    kept = []

    def keep(gateway):
        kept.append(gateway.front())
        assert kept[0].ask().status == 200

    leaving(keep)
    assert kept[0].closes_within(SOON_S)


def test_the_next_one_may_listen_in_its_place(shared, held, address):
    """Also for a Unix socket, whose file is then the next one's, and stays when the first has ended."""
    gateway = shared(listen=[address], shutdown_grace="30s")
    running = gateway.front()
    running.send(SLOW)
    held.until()
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: refuses(gateway), what="nobody to listen there")
    follower = shared(listen=[address])
    assert follower.ask().status == 200
    held.release()
    assert running.answer().status == 200
    assert gateway.process.wait() == 0
    assert follower.ask().status == 200


def test_who_comes_to_an_inherited_socket_waits_for_who_inherits_it_next(shared, held, directory):
    path = f"{directory}/inherited.sock"
    with inherited_listener(path) as listener:
        inherit = {"listen": ["fd:0"], "stdin": listener, "connect_to": f"unix:{path}"}
        gateway = shared(**inherit)
        front = gateway.front()
        front.send(SLOW)
        held.until()
        gateway.process.signal(signal.SIGTERM)
        wait_until(lambda: "draining" in gateway.log, what="the drain")
        held.release()
        assert front.answer().status == 200
        waiting = gateway.front()
        waiting.send(fastcgi.request(fastcgi.get()))
        assert gateway.process.wait() == 0
        shared(**inherit)
        assert waiting.answer().status == 200

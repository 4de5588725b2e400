"""The gateway in service: recycled applications, few processes, reload, the end."""

import signal
import time
from threading import Event, Thread

import pytest

from harness.gateway import inherited_listener
from harness.process import SOON_S, wait_until
from harness.webserver import nginx


class Load:
    """Visitors that ask again and again until told to stop; what each got and how long it took."""

    def __init__(self, visitor, path, visitors, **how):
        self.statuses, self.seconds, self.errors = [], [], []
        self._stop = Event()
        self._threads = [Thread(target=self._run, args=(visitor.twin(), path, how)) for _ in range(visitors)]
        for thread in self._threads:
            thread.start()

    def _run(self, visitor, path, how):
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self.statuses.append(visitor.ask(path, **how).status)
            except OSError as error:
                self.errors.append(error)
            self.seconds.append(time.monotonic() - began)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_U18_php_that_recycles_its_children(chain):
    """A child that ends after its fifth request looks like a stale connection: every sixth request meets one."""
    visitor = chain.start({"php": chain.php(children=3, max_requests=5, idle_connections=2)})
    load = Load(visitor, "/php/", 4)
    wait_until(lambda: len(load.statuses) + len(load.errors) >= 1000, 120)
    load.stop()
    assert (set(load.statuses), load.errors) == ({200}, [])


def test_php_that_recycles_its_children_loses_no_post(chain):
    """A POST is not repeated, so once a kept connection has been seen to end, it is not sent on one."""
    visitor = chain.start({"php": chain.php(children=3, max_requests=5, idle_connections=2)})
    for _ in range(30):
        assert visitor.ask("/php/").status == 200
    load = Load(visitor, "/php/", 2, method="POST", body=b"b" * 200_000)
    gets = Load(visitor, "/php/", 2)
    wait_until(lambda: len(load.statuses) + len(load.errors) >= 150, 120)
    for each in (load, gets):
        each.stop()
        assert (set(each.statuses), each.errors) == ({200}, [])


def test_one_libfcgi_process_behind_two_workers(chain):
    """It serves one connection at a time: a kept one would lock the other worker out."""
    c = chain.c()
    c["idle_connections"] = "auto"
    visitor = chain.start({"c": c}, workers=2)
    load = Load(visitor, "/c/", 6, wait=0.01)
    time.sleep(5)
    wait_until(lambda: len(load.statuses) > 100 or load.errors, 120)
    load.stop()
    assert (set(load.statuses), load.errors) == ({200}, [])
    assert max(load.seconds) < SOON_S


def test_reload_under_load_loses_no_request(chain):
    visitor = chain.start({"php": chain.php(), "c": chain.c()})
    visitor.ask("/c/", say="Login: alice")
    loads = [Load(visitor, "/php/", 2), Load(visitor, "/c/", 2)]
    for _ in range(15):
        time.sleep(0.2)
        chain.gateway.reload()
    for load in loads:
        load.stop()
        assert (set(load.statuses), load.errors) == ({200}, [])
    assert visitor.session()["USER"] == "alice", "sessions stay"


@pytest.mark.against_the_clock(3)
@pytest.mark.parametrize("keep_conn", ["on", "off"])
def test_sigterm_under_load_loses_no_request(chain, keep_conn):
    visitor = chain.start({"php": chain.php(children=12)}, webserver=nginx(keep_conn=keep_conn))
    replies = []
    threads = [Thread(target=lambda: replies.append(visitor.twin().ask("/php/", wait=3))) for _ in range(10)]
    for thread in threads:
        thread.start()
    wait_until(lambda: chain.connections("php.sock") == 10, what="all of them to reach PHP")
    chain.gateway.process.signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 10
    assert chain.gateway.process.wait() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_the_listener_may_be_inherited_on_fd_0(chain, workers):
    with inherited_listener(chain.path("front.sock")) as listener:
        visitor = chain.start({"c": chain.c()}, inherited=listener, workers=workers)
        visitor.ask("/c/", say="Login: alice")
        assert visitor.session()["USER"] == "alice"


def test_spawn_fcgi_style_hand_over(chain):
    """The next gateway waits on the same inherited socket while the one before it drains."""
    with inherited_listener(chain.path("front.sock")) as listener:
        visitor = chain.start({"c": chain.c()}, inherited=listener, webserver=nginx(keep_conn="off"))
        first = chain.gateway
        second = chain.spawn("second", [first.process.popen.args[0], "-c", first.file], stdin=listener)
        assert visitor.ask("/c/").status == 200
        first.process.signal(signal.SIGTERM)
        assert first.process.wait() == 0
        assert second.running()
        assert visitor.ask("/c/").status == 200


def test_memory_stays_flat_over_many_requests(chain):
    visitor = chain.start({"c": chain.c()})
    for _ in range(200):
        visitor.ask("/c/")
    before = chain.gateway.memory_kib()
    for _ in range(1000):
        visitor.ask("/c/")
    assert chain.gateway.memory_kib() - before < 1024

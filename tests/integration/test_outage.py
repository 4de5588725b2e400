"""Applications that are killed, stopped and restarted under load: every visitor gets an answer, and never another's."""

import http.client
import itertools
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from harness.chain import digest
from harness.process import wait_until

VISITORS = 6
BACK_S = 12.0  # about a second after an application is back visitors are served again; this machine may be busy


class Load:
    """Visitors with a session each, who check that every answer is to their own question."""

    def __init__(self, visitor, path):
        self.statuses, self.broken = [], []
        self._stop = Event()
        visitors = [visitor.twin() for _ in range(VISITORS)]
        for number, twin in enumerate(visitors):  # before anything fails
            assert twin.ask(path, say=f"Set: mine={number}").status == 200
        self._threads = [Thread(target=self._run, args=(twin, path, number)) for number, twin in enumerate(visitors)]
        for thread in self._threads:
            thread.start()

    def _run(self, visitor, path, number):
        try:
            for turn in itertools.count():
                if self._stop.is_set():
                    return
                self._look(visitor, path, number) if turn % 2 else self._send(visitor, path, f"{number}: {turn}")
        except (AssertionError, OSError, http.client.HTTPException) as error:
            self.broken.append(repr(error))

    def _look(self, visitor, path, number):
        reply = visitor.ask(path)
        if reply.status == 200:
            assert reply.session.get("ATTR_mine") == str(number), f"visitor {number} saw {reply.body!r}"
        self.statuses.append(reply.status)

    def _send(self, visitor, path, marker):
        body = marker.encode() * 100
        reply = visitor.ask(path, "POST", body)
        if reply.status == 200:
            assert reply.digest == digest(body), f"{marker} was answered {reply.body!r}"
        self.statuses.append(reply.status)

    def more(self, count, status):
        """Wait until so many more have been answered like that."""
        before = self.statuses.count(status)
        wait_until(lambda: self.broken or self.statuses.count(status) >= before + count, what=f"{count} answers {status}")
        assert not self.broken

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.broken


class Outage:
    """An application of the chain, with all its processes; settings: of the application."""

    def __init__(self, chain, kind, **settings):
        self.chain, self.kind = chain, kind
        self.application = getattr(chain, kind)(queue={"timeout": "20s"}, **settings)
        self.process = chain.processes[-1]

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]

    def signal(self, number):
        for pid in self.pids():
            os.kill(pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.process.signal(signal.SIGTERM)
        self.process.wait()

    def restart(self):
        getattr(self.chain, self.kind)()
        self.process = self.chain.processes[-1]


@contextmanager
def under_load(chain, kind, **settings):
    one = Outage(chain, kind, **settings)
    visitor = chain.start({kind: one.application})
    one.load = Load(visitor, f"/{kind}/")
    try:
        one.load.more(20, 200)
        yield one
    finally:
        one.load.stop()


KINDS = ["php", "c"]


@pytest.fixture(params=KINDS)
def mortal(chain, request):
    """Nobody waits long for who is dead, whatever read_timeout is."""
    with under_load(chain, request.param) as one:
        yield one


@pytest.fixture(params=KINDS)
def silent(chain, request):
    with under_load(chain, request.param, read_timeout="4s") as one:
        yield one


def assert_back(load):
    """All of them are served again, at once: whoever was still waiting has had an answer."""
    began = time.monotonic()
    load.more(1, 200)
    assert time.monotonic() - began < BACK_S
    load.more(20, 200)


@pytest.mark.parametrize("how", ["kill", "end"])
def test_applications_that_die_and_come_back(mortal, how):
    for _ in range(2):
        getattr(mortal, how)()
        mortal.load.more(20, 503)
        mortal.restart()
        assert_back(mortal.load)
    assert set(mortal.load.statuses) <= {200, 502, 503}
    # of those that were under way when it died
    assert mortal.load.statuses.count(502) <= 2 * 2 * VISITORS


def test_applications_that_stop_and_go_on(silent):
    silent.signal(signal.SIGSTOP)
    try:
        silent.load.more(VISITORS, 504)
    finally:
        silent.signal(signal.SIGCONT)
    assert_back(silent.load)
    assert set(silent.load.statuses) <= {200, 504}


def test_applications_that_stop_and_are_killed(silent):
    """What lay in the listen queue of the dead must not be waited for by the living."""
    silent.signal(signal.SIGSTOP)
    silent.load.more(VISITORS, 504)
    silent.kill()
    silent.restart()
    assert_back(silent.load)
    assert set(silent.load.statuses) <= {200, 502, 503, 504}


def test_a_child_of_php_that_is_killed_is_one_answer(chain):
    """FPM starts another; nobody else's answer is touched."""
    with under_load(chain, "php") as mortal:
        for _ in range(5):
            mortal.load.more(20, 200)
            os.kill(mortal.pids()[1], signal.SIGKILL)
        mortal.load.more(20, 200)
        assert set(mortal.load.statuses) <= {200, 502}
        assert mortal.load.statuses.count(502) <= 5

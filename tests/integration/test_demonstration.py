"""examples/demo: what `make run` and `make run STORE=redis` start, the lines they print, and that they leave nothing behind."""

import os
import re
import shlex
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from harness.gateway import PROGRAM, ROOT
from harness.process import PATIENCE_S, Process, wait_until

VISITOR = os.path.abspath(os.environ.get("VISITOR", ROOT / "build/examples/demo/visitor"))


# One at a time: two that start together may choose the same port.
pytestmark = pytest.mark.xdist_group("demonstration")


@contextmanager
def running(last_line, *store):
    with tempfile.TemporaryDirectory(prefix="sg-") as directory:
        process = Process("demo", [ROOT / "examples/demo/run", PROGRAM, VISITOR, *store], directory)
        try:
            wait_until(lambda: last_line in process.log or not process.running())
            assert process.running(), process.log
            yield process
        finally:
            process.stop()


@pytest.fixture
def demonstration():
    with running("log out on C") as process:
        yield process


@pytest.fixture
def shared():
    with running("kill -USR1", "redis") as process:
        yield process


def lines_to_try(demonstration):
    return [line.partition("#")[0] for line in demonstration.log.splitlines() if line.strip().startswith("curl")]


def run(line):
    return subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def test_the_three_lines(demonstration):
    log_in, known, log_out = lines_to_try(demonstration)
    assert "PHP knows you as alice" in run(log_in)
    assert "C knows you as alice" in run(known)
    assert "C does not know you" in run(log_out)
    assert "C does not know you" in run(known)


@pytest.mark.parametrize("name", ["php", "c"])
def test_visitors_text_is_escaped(demonstration, name):
    log_in = lines_to_try(demonstration)[0]
    keep = log_in.replace("/php/login", f"/{name}/note")
    page = run(keep.replace("user=alice", "note=%3Cscript%3E%22%27%26"))
    assert "<script>" not in page
    assert "script" in page.partition("Your note:")[2].partition("</p>")[0]
    heads = run(keep.replace("user=alice", "note=a%0D%0AX-Evil:%201").replace("-sL", "-sLD - -o /dev/null"))
    assert "303" in heads and "X-Evil" not in heads


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_nothing_behind(demonstration, number):
    children = _descendants(demonstration.pid)
    assert len(children) >= 4
    directory = re.search(r"/tmp/sessiongate-demo\.\w+", demonstration.log).group()
    demonstration.signal(number)
    assert demonstration.wait() == 0
    assert not os.path.exists(directory)
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]


class Visitor:
    """Comes again and again, reading and writing, until it is told to stop; says what was not as it should be."""

    def __init__(self, demonstration, name):
        self.log_in, self.known, _ = [line.replace("/try/jar", f"/try/{name}") for line in lines_to_try(demonstration)]
        self.name, self.visits, self.wrong, self._over = name, 0, [], Event()
        wait_until(self._is_known, what=f"{name} to be logged in")
        self._thread = Thread(target=self._come)
        self._thread.start()

    def _is_known(self):
        run(self.log_in.replace("user=alice", f"user={self.name}"))
        return f"knows you as {self.name}" in run(self.known)

    def _come(self):
        while not self._over.is_set():
            self._see(run(self.known))
            self._see(run(self.log_in.replace("/php/login", "/php/note").replace("user=alice", f"note={self.visits}")))
            self.visits += 1

    def _see(self, page):
        if f"knows you as {self.name}" not in page:
            self.wrong.append(page)

    def stop(self):
        self._over.set()
        self._thread.join()


@pytest.mark.against_the_clock(1)
def test_nobody_notices_that_gateways_are_restarted(shared):
    visitors = [Visitor(shared, f"visitor{n}") for n in range(4)]
    try:
        for count in (1, 2):
            shared.signal(signal.SIGUSR1)
            wait_until(lambda: shared.log.count("gateway2 was restarted") == count, what="both to be restarted")
            before = [visitor.visits for visitor in visitors]
            wait_until(lambda: all(visitor.visits > so_far for visitor, so_far in zip(visitors, before)), what="everybody to come again")
    finally:
        for visitor in visitors:
            visitor.stop()
    assert [visitor.wrong for visitor in visitors] == [[]] * len(visitors)
    assert shared.log.count("gateway1 was restarted") == 2


def test_two_gateways_leave_nothing_behind(shared):
    children = _descendants(shared.pid)
    assert len(children) >= 6
    directory = re.search(r"/tmp/sessiongate-demo\.\w+", shared.log).group()
    shared.signal(signal.SIGINT)
    assert shared.wait() == 0
    assert not os.path.exists(directory)
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]


def _descendants(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        direct = [int(child) for child in children.read().split()]
    return direct + [below for child in direct for below in _descendants(child)]

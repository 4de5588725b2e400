"""examples/demo: what `make run` starts, the three lines it prints, and that it leaves nothing behind."""

import os
import re
import shlex
import signal
import subprocess
import tempfile

import pytest

from harness.gateway import PROGRAM, ROOT
from harness.process import Process, wait_until

VISITOR = os.path.abspath(os.environ.get("VISITOR", ROOT / "build/examples/demo/visitor"))


# One at a time: two that start together may choose the same port.
pytestmark = pytest.mark.xdist_group("demonstration")


@pytest.fixture
def demonstration():
    with tempfile.TemporaryDirectory(prefix="sg-") as directory:
        process = Process("demo", [ROOT / "examples/demo/run", PROGRAM, VISITOR], directory)
        try:
            wait_until(lambda: "log out on C" in process.log or not process.running())
            assert process.running(), process.log
            yield process
        finally:
            process.stop()


def lines_to_try(demonstration):
    return [line.partition("#")[0] for line in demonstration.log.splitlines() if line.strip().startswith("curl")]


def run(line):
    return subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, timeout=20).stdout


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


def _descendants(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        direct = [int(child) for child in children.read().split()]
    return direct + [below for child in direct for below in _descendants(child)]

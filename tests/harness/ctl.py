"""sessionctl, run as people and scripts do: SESSIONCTL names it, build/sessionctl is the default."""

import json
import os
import pty
import re
import select
import subprocess
from pathlib import Path

from .process import ALARMS, PATIENCE_S, Unclean

ROOT = Path(__file__).resolve().parents[2]
CTL_PROGRAM = os.path.abspath(os.environ.get("SESSIONCTL", ROOT / "build" / "sessionctl"))

OK, ERROR, USAGE, NOT_FOUND, REFUSED, CONFLICT, UNAVAILABLE = range(7)


class Ran:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()


class Ctl:
    """To one address, with one token or none."""

    def __init__(self, address, token=None):
        self.url = address if address.startswith("unix:") else f"http://{address}"
        self.token = token

    def argv(self, words):
        return [CTL_PROGRAM, "-u", self.url, *words]

    def environment(self, more):
        own = {name: value for name, value in os.environ.items() if name not in ("SESSIONCTL_TOKEN", "NO_COLOR")}
        return {**own, **({"SESSIONCTL_TOKEN": self.token} if self.token else {}), **more}

    def __call__(self, *words, **environment):
        done = subprocess.run(self.argv(words), env=self.environment(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        if any(alarm in ran.err for alarm in ALARMS):
            raise Unclean(ran.err)
        return ran

    def popen(self, *words, **how):
        return subprocess.Popen(self.argv(words), env=self.environment({}), stdin=subprocess.DEVNULL, **how)

    def on_terminal(self, *words, until=(), **environment):
        """With stdout a terminal, of which the bytes come back. until: [(pattern, what is done when it is shown)]; after the
        last of them it is ended."""
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as terminal:
            child = subprocess.Popen(
                self.argv(words), env=self.environment({"TERM": "xterm", **environment}), stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE
            )
            os.close(theirs)
            shown = b""
            for pattern, act in until:
                while not re.search(pattern, _text(shown), re.S):
                    shown += _read(terminal)
                (act or child.terminate)()
            shown += b"".join(iter(lambda: _read(terminal), b""))
            err = child.communicate(timeout=PATIENCE_S)[1]
        return Ran(child.returncode, _text(shown), err.decode())


def _read(terminal):
    """What is shown next; nothing when nobody has the other end any more, for which Linux says EIO."""
    readable, _, _ = select.select([terminal], [], [], PATIENCE_S)
    assert readable, f"nothing was shown for {PATIENCE_S} s"
    try:
        return terminal.read(65536)
    except OSError:
        return b""


def _text(shown):
    return shown.decode("utf-8", "replace").replace("\r\n", "\n")

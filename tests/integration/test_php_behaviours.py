"""What PHP's sessions do: each script of php_behaviours/ says the same through the gateway as with PHP's own files, status,
headers, body, warnings and what becomes of the cookie, but for what it says about itself (harness/behaviour.py)."""

import json
import os
import subprocess

import pytest

from harness.behaviour import behaviours
from harness.chain import PAGES, temporary_chain
from harness.gateway import ROOT
from harness.process import PATIENCE_S
from harness.side_by_side import SideBySide

ADAPTER = ROOT / "build" / "adapters" / "php" / "sessiongate.php"
BEHAVIOURS = behaviours(PAGES / "php_behaviours")


@pytest.fixture(scope="session")
def sides():
    with temporary_chain() as chain:
        yield SideBySide(chain, BEHAVIOURS)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_as_with_files(sides, behaviour):
    sides.compare(behaviour)


def test_the_command_line_is_left_alone(tmp_path):
    """Also where its environment says what a gateway would."""
    said = json.dumps({"kind": "php", "application": "shop", "mode": "on", "create": "start", "split": "keys", "regenerate": "now", "lock": False})
    plain = _command_line(tmp_path, {})
    assert "started: active" in plain and list(tmp_path.glob("sess_*"))
    assert _command_line(tmp_path, {}, "-d", f"auto_prepend_file={ADAPTER}") == plain
    assert _command_line(tmp_path, {"SESSION_ADAPTER": said, "SESSION_STATE": "none"}, "-d", f"auto_prepend_file={ADAPTER}") == plain


def _command_line(save_path, environment, *settings):
    """What PHP's own files say of the session's phases there."""
    own = ["-d", f"session.save_path={save_path}", "-d", "display_errors=1", "-d", "output_buffering=4096"]
    argv = ["/usr/bin/php8.2", *own, *settings, PAGES / "php_behaviours" / "status.php"]
    return subprocess.run(argv, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, timeout=PATIENCE_S).stdout

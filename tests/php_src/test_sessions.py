"""php-src's own tests of sessions (ext/session/tests), side by side: what they say through the gateway is what they say with
PHP's own files. PHP_SRC names a checkout of the version that is installed: `make php-src-sessions PHP_SRC=…`."""

import os
import tomllib
from pathlib import Path

import pytest

from harness.chain import temporary_chain
from harness.phpt import Phpt
from harness.side_by_side import SideBySide

TESTS = Path(os.environ["PHP_SRC"]) / "ext" / "session" / "tests"
DIFFERENCES = tomllib.loads((Path(__file__).parent / "differences.toml").read_text())
SCRIPTS = [script for script in map(Phpt, sorted(TESTS.rglob("*.phpt"))) if script.answers_a_browser]


@pytest.fixture(scope="session")
def sides():
    with temporary_chain() as chain:
        yield SideBySide(chain, SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_as_with_files(sides, script):
    """differences.toml has those that differ, and why; one that no longer does must go from there."""
    if script.name not in DIFFERENCES:
        sides.compare(script)
        return
    with pytest.raises(AssertionError, match="request 1"):
        sides.compare(script)

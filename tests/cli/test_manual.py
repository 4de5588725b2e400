"""The manual pages: well-formed, and they have what --help has."""

import re
import subprocess

import pytest

from harness.ctl import CTL_PROGRAM, ROOT
from harness.gateway import PROGRAM


def usage_of(program):
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout


def read(page):
    """As a terminal shows it, without what makes it bold."""
    done = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", f"{ROOT}/docs/{page}"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)


@pytest.mark.parametrize("page, program", [("sessionctl.1", CTL_PROGRAM), ("sessiongate.8", PROGRAM)])
def test_they_are_well_formed_and_have_every_option(page, program):
    text, options = read(page), set(re.findall(r"(?<!\w)--?[A-Za-z][a-z-]*", usage_of(program)))
    assert len(options) > 10 and not [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", text)]


def test_sessionctls_has_every_command():
    text, commands = read("sessionctl.1"), re.findall(r"^  ((?!-)[a-z]+(?: (?:new|check|reload)\b)?)", usage_of(CTL_PROGRAM), re.M)
    assert len(commands) > 10 and not [command for command in commands if not re.search(rf"^     {command}\b", text, re.M)]

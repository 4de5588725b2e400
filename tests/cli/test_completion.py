"""What the shells complete, as they do it, is what there is."""

import os
import pty
import re
import subprocess
import time
from functools import cache

import pytest

from harness.ctl import CTL_PROGRAM, ROOT
from harness.process import PATIENCE_S

BASH = f"{ROOT}/cli/completion/sessionctl.bash"
ZSH = f"{ROOT}/cli/completion"


@cache
def usage():
    return subprocess.run([CTL_PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout


def commands():
    """{"list": {"--user", …}, "token new": …}, as the help has them."""
    lines = re.findall(r"^  ((?!-)[a-z]+(?: (?:new|check|reload)\b)?)(.*)$", usage(), re.M)
    return {name: set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", rest)) for name, rest in lines}


def bash(*words):
    """What is offered for the last of them."""
    script = f"""
        . '{BASH}'
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _sessionctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-uc", script, "bash", "sessionctl", *words], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split())


GLOBAL = {"-u", "--url", "-o", "--output", "--token-file", "--ca", "--certificate", "--key", "-h", "--help", "-V", "--version"}


def test_bash_knows_all_commands():
    assert bash("") == {name.split()[0] for name in commands()}
    assert bash("-o", "json", "re") == {"revoke"}
    assert bash("token", "") == {"new"} and bash("config", "") == {name.split()[1] for name in commands() if name.startswith("config ")}
    assert bash("get", "") == set()


def test_bash_knows_all_options():
    assert GLOBAL <= set(re.findall(r"(?<!\w)--?[A-Za-z][a-z-]*", usage()))
    for name, options in commands().items():
        more = {"events": {"--follow"}, "doctor": {"--verbose"}}.get(name, set())
        more |= {"--state", "--idle-gt", "--ip"} if name == "revoke" else set()
        assert bash(*name.split(), "-") == GLOBAL | options | more, name
    assert bash("-") == GLOBAL


def test_bash_knows_values(tmp_path):
    assert bash("list", "-o", "") == {"table", "json", "ndjson"}
    assert bash("list", "--state", "au") == bash("list", "--state", "=", "au") == {"authenticated"}
    assert bash("list", "--user", "") == set()
    names = set(re.search(r"--filter k=v +with the API's names: (.*?)\n  -h", usage(), re.S)[1].replace(",", " ").split())
    assert bash("revoke", "--filter", "") == {f"{name}=" for name in names}
    (tmp_path / "token").touch()
    assert bash("whoami", "--token-file", f"{tmp_path}/") == {f"{tmp_path}/token"}
    assert bash("config", "check", f"{tmp_path}/") == {f"{tmp_path}/token"}


def zsh(line, until):
    """What a zsh shows when Tab is pressed behind the line."""
    ours, theirs = pty.openpty()
    begin = f"PS1=; fpath=({ZSH} $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=9999; print ready\n"
    with open(ours, "r+b", buffering=0) as terminal:
        child = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "dumb", "COLUMNS": "200"}, start_new_session=True)
        os.close(theirs)
        try:
            terminal.write(begin.encode())
            _read_until(terminal, r"\nready")
            terminal.write(line.encode() + b"\t")
            return _read_until(terminal, until)
        finally:
            child.kill()
            child.wait()


def _read_until(terminal, pattern):
    seen, deadline = "", time.monotonic() + PATIENCE_S
    while not re.search(pattern, seen):
        assert time.monotonic() < deadline, seen
        seen += terminal.read(4096).decode("utf-8", "replace").replace("\r", "")
    return seen


@pytest.mark.parametrize("line, until", [("sessionctl who", "whoami"), ("sessionctl revoke --rea", "reason"), ("sessionctl list --state au", "authenticated"), ("sessionctl -o json tok", "token")])
def test_zsh_completes(line, until):
    assert until in zsh(line, until)


def test_zsh_knows_the_same():
    with open(f"{ZSH}/_sessionctl") as file:
        text = file.read()
    described = re.findall(r"^\t['\"]([a-z]+):", text, re.M)
    assert set(described) == {name.split()[0] for name in commands()}
    with open(BASH) as file:
        assert set(re.findall(r"--[a-z][a-z-]+", text)) == set(re.findall(r"--[a-z][a-z-]+", file.read()))

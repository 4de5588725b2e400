"""A page of docs/ whose lines somebody may type: its blocks, and its commands with what they print."""

import os
import re
import subprocess

from .gateway import ROOT
from .process import PATIENCE_S

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
PROMPT = "$ "
MARK = "\x01"


class Recipe:
    def __init__(self, name):
        self.text = (ROOT / "docs" / f"{name}.md").read_text()
        self.blocks = BLOCK.findall(self.text)

    def block(self, language):
        (block,) = [text for kind, text in self.blocks if kind == language]
        return block

    def steps(self):
        """[(command, what it prints)]"""
        steps = []
        for kind, text in self.blocks:
            for line in text.splitlines() if kind == "console" else ():
                if line.startswith(PROMPT):
                    steps.append((line.removeprefix(PROMPT), []))
                else:
                    steps[-1][1].append(line)
        return [(command, "\n".join(printed)) for command, printed in steps]


def run(steps, directory, env=None):
    """All of them in one shell, as somebody would type them; what each prints."""
    script = "".join(f"printf '{MARK}'\n{command}\n" for command, _ in steps)
    done = subprocess.run(["bash", "-c", script], cwd=directory, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=4 * PATIENCE_S)
    return done.stdout.split(MARK)[1:]

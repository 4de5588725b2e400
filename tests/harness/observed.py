"""What --observe-report prints, taken apart."""

import subprocess

from .gateway import PROGRAM
from .process import PATIENCE_S

COLUMNS = [
    "REQUESTS", "WITH-SESSION", "SESSIONS", "CREATED", "PARALLEL", "REPORTS", "UNTOLD", "SIZE-HALF", "SIZE-MOST", "SIZE-MAX",
    "KEYS-MAX", "WRITERS", "AFTER-HEADER", "PARALLEL-WRITERS", "SAME-KEY",
]  # fmt: skip


def ask(file, program=PROGRAM, **how):
    return subprocess.run([program, "-c", file, "--observe-report"], capture_output=True, text=True, timeout=PATIENCE_S, **how)


class Report:
    """rows: {application: {column: number, or None for -}}; keys: {application: {key: {column: number}}}."""

    def __init__(self, text):
        self.text, self.rows, self.keys, self.said = text, {}, {}, {}
        head, *details = text.split("\n\n", 1)[1].split("\n\n")
        for line in head.splitlines()[1:]:
            name, *cells = line.split()
            self.rows[name] = {column: _number(value) for column, value in zip(COLUMNS, cells, strict=True)}
        assert head.splitlines()[0].split() == ["APPLICATION", *COLUMNS]
        for block in details:
            first, *lines = block.splitlines()
            name = first.partition(",")[0]
            self.said[name] = [line.removeprefix("  - ") for line in lines if line.startswith("  - ")]
            table = [line.split() for line in lines if not line.startswith("  - ")]
            self.keys[name] = {row[-1]: dict(zip(table[0], map(int, row[:-1]))) for row in table[1:]}


def _number(text):
    return None if text == "-" else int(text.removeprefix("~"))


def report(gateway):
    done = ask(gateway.file)
    assert done.returncode == 0, done.stderr
    return Report(done.stdout)

""".dockerignore: what the image is built from is what the Makefile builds the programs from. The image itself: tests/image."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_TESTS = {"bench", "examples", "tests"}


def test_no_folder_of_the_programs_is_left_out():
    built_from = set(re.findall(r"^\t(\w+)/\S+\.(?:c|lua)\b", (ROOT / "Makefile").read_text(), re.M)) - OF_TESTS
    sent = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.M))
    assert {"backends", "cli", "gateway", "rest"} <= built_from <= sent

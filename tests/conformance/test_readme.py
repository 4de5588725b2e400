"""README.md: the table of rules names cases that exist, and `make mutations` knows each rule."""

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROWS = [line.split("|")[1:-1] for line in (HERE / "README.md").read_text().splitlines() if re.match(r"\| \d", line)]


def test_the_cases_of_the_rules_exist():
    names = {name for file in HERE.glob("test_*.py") for name in re.findall(r"^def test_(\w+)", file.read_text(), re.M)}
    named = {case for row in ROWS for case in re.findall(r"`([^`()]+)`", row[-1])}
    assert len(named) > 50
    assert not [case for case in named if not any(name == case or name.startswith(case + "_") for name in names)]


MUTATIONS = tomllib.loads((HERE.parent / "mutations" / "rules.toml").read_text())["mutation"]


def test_the_mutations_fit_the_sources():
    root = HERE.parents[1]
    assert not [m["rule"] for m in MUTATIONS if (root / m["file"]).read_text().count(m["old"]) != 1]


def test_each_rule_is_broken_on_purpose_somewhere():
    broken = {rule.split()[0] for mutation in MUTATIONS for rule in mutation["rule"].split(", ")}
    assert broken == {row[0].strip() for row in ROWS}

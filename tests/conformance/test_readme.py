"""README.md: the table of rules names cases that exist, and `make mutations` knows each rule. docs/security.md: so do its tables."""

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROWS = [line.split("|")[1:-1] for line in (HERE / "README.md").read_text().splitlines() if re.match(r"\| \d", line)]


# those that every store passes, and the one in Redis alone
SUITE = {name for file in HERE.glob("../backends/suite_*.c") for name in re.findall(r"^void suite_(\w+)", file.read_text(), re.M)}
SUITE |= set(re.findall(r"^Test\(redis, (\w+)\)", (HERE / "../backends/redis.c").read_text(), re.M))


def test_the_cases_of_the_rules_exist():
    names = {name for file in HERE.glob("test_*.py") for name in re.findall(r"^def test_(\w+)", file.read_text(), re.M)}
    names |= {name for file in HERE.glob("../stores/test_*.py") for name in re.findall(r"^def test_(\w+)", file.read_text(), re.M)}
    names |= SUITE
    named = {case for row in ROWS for case in re.findall(r"`([^`()]+)`", row[-1])}
    assert len(named) > 50
    assert not [case for case in named if not any(name == case or name.startswith(case + "_") for name in names)]


MUTATIONS, OF_THE_API = [tomllib.loads((HERE.parent / "mutations" / name).read_text())["mutation"] for name in ["rules.toml", "admin.toml"]]


def test_the_mutations_fit_the_sources():
    root = HERE.parents[1]
    assert not [m["what"] for m in MUTATIONS + OF_THE_API if (root / m["file"]).read_text().count(m["old"]) != 1]


def test_the_suites_of_the_mutations_exist():
    assert not [name for m in MUTATIONS for name in m.get("suite", []) if name not in SUITE]


def test_the_cases_of_the_admin_api_exist():
    cases = {case for m in OF_THE_API for case in m.get("admin", [])}
    units = {tuple(name.split("/")) for m in OF_THE_API for name in m.get("unit", [])}
    assert len(cases) > 20 and units
    for case in cases:
        file, _, name = case.partition("::")
        assert defines(f"admin/{file}", name), case
    for suite, name in units:
        assert name == "*" or defines(f"unit/rest/{suite}.c", name), name


def test_each_rule_is_broken_on_purpose_somewhere():
    broken = {rule.split()[0] for mutation in MUTATIONS for rule in mutation["rule"].split(", ")}
    assert broken == {row[0].strip() for row in ROWS}


# docs/security.md

TESTS = HERE.parent
SECURITY = (TESTS.parent / "docs" / "security.md").read_text()
NAMED = re.findall(r"`([\w/.]+)::(\w+)`", SECURITY)
ASVS = {"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2}


def defines(file, name):
    """As a test of pytest, of Criterion, or of the suite that every store passes."""
    text = (TESTS / file).read_text()
    return re.search(rf"^(def {name}\(|Test\(\w+, {name}\)|void {name}\()", text, re.M)


def test_the_tests_that_the_page_on_security_names_exist():
    assert len(NAMED) > 80
    assert not [f"{file}::{name}" for file, name in NAMED if not (TESTS / file).exists() or not defines(file, name)]


def test_each_requirement_of_asvs_7_has_its_row():
    numbers = re.findall(r"^\| (7\.\d\.\d) ", SECURITY, re.M)
    assert numbers == [f"{section}.{n}" for section, count in ASVS.items() for n in range(1, count + 1)]


def test_each_row_names_a_test_or_leaves_it_to_others():
    """The last column, but for what is not ours to do: the page says so."""
    bare = [row.split(" | ")[0] for row in SECURITY.splitlines() if row.startswith("| ") and re.search(r"\| \|$", row)]
    assert bare == ["| bound to other properties of the visitor", "| 7.1.3"]

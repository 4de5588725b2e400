"""docs/grafana-dashboard.json asks for nothing that /metrics does not tell, by no label that it does not have."""

import json
import re

from harness.gateway import ROOT
from harness.metrics import Metrics

# Samples of a histogram, in the place of its own name.
SUFFIXES = ["_bucket", "_sum", "_count"]
# Those that Prometheus adds to each sample, and that of a bucket.
COLLECTED = {"job", "instance", "le"}
NAME = re.compile(r"\b(?:sessiongate|process)_[a-z_]+")
ASKED = re.compile(r"\b((?:sessiongate|process)_[a-z_]+)\{([^}]*)\}")


def expressions(part):
    """All that a data source is asked for, wherever in the dashboard."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("expr", "query") and isinstance(value, str):
                yield value
            yield from expressions(value)
    elif isinstance(part, list):
        for value in part:
            yield from expressions(value)


def dashboard():
    return json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text())


def families(metrics):
    """{name of a family, or of a histogram's samples}"""
    told = {line.split()[2]: line.split()[3] for line in metrics.text.splitlines() if line.startswith("# TYPE ")}
    histograms = [name for name, type in told.items() if type == "histogram"]
    return {name for name in told if name not in histograms} | {name + suffix for name in histograms for suffix in SUFFIXES}


def test_every_name_exists(gateway):
    names = {name for asked in expressions(dashboard()) for name in NAME.findall(asked)}
    assert len(names) > 20
    assert names <= families(Metrics(gateway.admin)), names - families(Metrics(gateway.admin))


def test_every_label_exists(gateway, visitor):
    visitor(gateway, "alice").visit(say="X-Session-Logout: 1")
    Metrics(gateway.admin)
    labels = {}
    for family in Metrics(gateway.admin).families.values():
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    for asked in expressions(dashboard()):
        by = {label for group in re.findall(r"\bby \(([^)]*)\)", asked) for label in group.split(", ")}
        for name, matchers in ASKED.findall(asked):
            if name not in labels:
                continue  # nothing of the kind has happened here
            wanted = {matcher.partition("=")[0] for matcher in matchers.split(",")} | by
            assert wanted <= labels[name] | COLLECTED, f"{asked}: {wanted - labels[name] - COLLECTED}"


def test_panels_lie_beside_each_other():
    seen, panels = set(), dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for place in (panel["gridPos"] for panel in panels):
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24 and (x, y) not in seen
                seen.add((x, y))

"""What /metrics says, read by Prometheus' own client library."""

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as prometheus

OPEN_METRICS = "application/openmetrics-text"


class Metrics:
    """One scrape."""

    def __init__(self, admin, accept=None):
        reply = admin.get("/metrics", headers={"Accept": accept} if accept else None)
        assert reply.status == 200, reply.body
        self.type, self.text = reply.header("Content-Type"), reply.body.decode()
        parser = openmetrics if self.type.startswith(OPEN_METRICS) else prometheus
        self.families = {family.name: family for family in parser.text_string_to_metric_families(self.text)}

    def __call__(self, name, **labels):
        """The sum of the samples of that name with these labels, whatever else they have; 0: there are none."""
        return sum(s.value for s in self.samples(name) if labels.items() <= s.labels.items())

    def samples(self, name):
        return [s for family in self.families.values() for s in family.samples if s.name == name]

    def labels(self, name, label):
        return {s.labels[label] for s in self.samples(name)}

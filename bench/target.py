"""What was promised, beside what was measured."""

from dataclasses import dataclass

WIDTH = 76  # of the longest name


@dataclass
class Target:
    """At most must, better aim; with at_least the other way round."""

    name: str
    must: float
    aim: float = None
    at_least: bool = False
    unit: str = ""

    def _reaches(self, measured, bound):
        return measured >= bound if self.at_least else measured <= bound

    def verdict(self, measured):
        if not self._reaches(measured, self.must):
            return "missed"
        if self.aim is None:
            return "met"
        return "met, and the aim" if self._reaches(measured, self.aim) else "met, the aim missed"

    def row(self, measured):
        sign = ">=" if self.at_least else "<="
        aim = "" if self.aim is None else f"{sign} {self.aim:g}{self.unit}"
        must = f"{sign} {self.must:g}{self.unit}"
        value = f"{measured:.2f}" if abs(measured) < 100 else f"{measured:.0f}"
        return f"{self.name:{WIDTH}} {must:>12} {aim:>12} {value + self.unit:>12}   {self.verdict(measured)}"


def table(measured):
    """measured: [(Target, value)]"""
    yield f"{'':{WIDTH}} {'must':>12} {'aim':>12} {'measured':>12}"
    for target, value in measured:
        yield target.row(value)

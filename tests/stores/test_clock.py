"""Redis's clock decides; a gateway whose own is another says so."""

import pytest

from harness.browser import Browser
from harness.process import wait_until


@pytest.mark.parametrize(("seconds", "side"), [(60, "behind"), (-60, "ahead of")])
def test_a_clock_that_is_far_off_is_told_once(elsewhen, start, seconds, side):
    server = elsewhen(seconds)
    gateway = start(store=server.store, workers=3)
    visitor = Browser(gateway)
    for _ in range(5):
        assert visitor.visit(say="X-Session-Set: a=1").status == 200
    wait_until(lambda: gateway.log.count("greeting -> ready") == 3, what="all of its workers")
    wait_until(lambda: f"s {side} that of Redis" in gateway.log, what="the log to say so")
    assert gateway.log.count("that of Redis") == 1
    assert visitor.visit().state == "anonymous"


def test_a_clock_that_is_a_little_off_is_not_told(elsewhen, gate):
    gateway = gate(elsewhen(1))
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 200
    assert "that of Redis" not in gateway.log

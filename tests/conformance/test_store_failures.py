"""The store fails, hangs, is slow or loses answers: nobody is logged out, and nobody becomes somebody else."""

import time

import pytest

from harness.browser import Browser
from harness.problem import problem


def test_what_a_request_costs_the_store(moody):
    """One read and one write at the most; no write when nothing changed and the last touch is recent."""
    gateway = moody()
    browser = Browser(gateway)
    for say, cost in [
        ((), {}),
        ("X-Session-Set: a=1", {"create": 1}),
        ((), {"find": 1}),
        ("X-Session-Set: a=2", {"find": 1, "save": 1}),
        ("X-Session-Login: alice", {"find": 1, "save": 1}),
        ("X-Session-Rotate: 1", {"find": 1, "save": 1}),
        ("X-Session-Logout: self", {"find": 1, "remove": 1}),
    ]:
        with gateway.store.counting() as spent:
            assert browser.visit(say=say).status == 200
        assert spent == cost, say


def test_a_touch_costs_one_write(moody):
    gateway = moody(session={"touch_interval": 0})
    browser = Browser(gateway)
    browser.visit(say="X-Session-Set: a=1")
    with gateway.store.counting() as spent:
        browser.visit()
    assert spent == {"find": 1, "touch": 1}


def test_a_session_that_an_administrator_ends_is_no_more(moody):
    gateway = moody()
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    assert gateway.store.remove(browser.token[:20]) == "ok"
    assert browser.visit().state == "none"


def test_a_slow_store_is_waited_for(moody):
    gateway = moody(store={"timeout": "20s"})
    browser = Browser(gateway)
    gateway.store.tell("fine", after=150)
    began = time.monotonic()
    browser.visit(say="X-Session-Login: alice")
    assert browser.visit().state == "authenticated"
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("mood", ["fail", "refuse", "hang", "stall", "lose", "drop"])
def test_a_session_that_cannot_be_loaded_is_503(moody, mood):
    gateway = moody(store={"timeout": "200ms"})
    browser = Browser(gateway)
    browser.visit(say="X-Session-Login: alice")
    gateway.store.tell(mood, "find")
    page = browser.visit()
    assert problem(page.answer) == (503, "store-unavailable")
    assert page.set_cookies == {}
    gateway.store.fine()
    assert browser.visit().state == "authenticated"

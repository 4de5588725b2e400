"""limits.unknown_tokens behind nginx: whose tokens are counted. tests/conformance/test_unknown_tokens.py is about the rest."""

import itertools

import pytest

from harness.chain import Visitor
from harness.process import wait_until

LIMIT = 3
NUMBERS = itertools.count()


class Stranger:
    """Brings a token that nobody has ever had, another one each time."""

    def __init__(self, port):
        self.port = port

    def come(self, forwarded_for, token=None):
        token = token or f"{next(NUMBERS):A>20}".ljust(52, "s")
        return Visitor(self.port, f"sg_session={token}").ask("/c/", headers={"X-Forwarded-For": forwarded_for})

    def statuses(self, *forwarded_for):
        return [self.come(address).status for address in forwarded_for]


@pytest.fixture
def stranger(chain):
    """Before a gateway whose store is old enough to know for certain what never was."""

    def begin(**settings):
        session = {"idle_timeout": "1s", "anonymous_idle_timeout": "1s"}
        port = chain.start({"c": chain.c()}, session=session, limits={"unknown_tokens": LIMIT}, **settings).port
        some = Stranger(port)
        wait_until(lambda: some.come("198.51.100.1", "A" * 52).all("Set-Cookie"), what="the store to be old enough")
        return some

    return begin


def test_behind_a_trusted_proxy_it_is_the_visitor_who_counts(stranger):
    stranger = stranger(trusted_proxies=["127.0.0.1"])
    assert stranger.statuses(*["203.0.113.9"] * (LIMIT + 1)) == [200] * LIMIT + [429]
    assert stranger.statuses("203.0.113.8") == [200]
    assert stranger.statuses("192.0.2.1, 203.0.113.9") == [429], "what stands to the left anybody may write"
    assert Visitor(stranger.port).ask("/c/", headers={"X-Forwarded-For": "203.0.113.9"}).status == 200


def test_nobody_else_is_believed(stranger):
    stranger = stranger()
    assert stranger.statuses("192.0.2.1", "192.0.2.2", "192.0.2.3") == [200, 200, 429], "with the one that waited"

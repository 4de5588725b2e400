"""Whom the gateway takes for its Redis by TLS, and what it says when it does not."""

import pytest

from harness.browser import Browser
from harness.certificates import Authority
from harness.process import wait_until
from harness.redis_server import RedisServer, Security


class Elsewhere(Security):
    """Its certificate is another server's."""

    names = "IP:127.0.0.2,DNS:redis.example.org"


@pytest.fixture
def authority(directory):
    return Authority(directory)


def assert_refused(gateway, reason):
    wait_until(lambda: reason in gateway.log, what=f'"{reason}" in the log')
    assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 503


def assert_works(gateway):
    browser = Browser(gateway)
    assert browser.visit(say="X-Session-Set: a=1").status == 200
    assert browser.visit().seen["SESSION_ATTR_a"] == "1"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_is_for_an_address_or_a_name(serve, gate, authority, host):
    server = serve(RedisServer, security=Security(authority, password="let-me-in"))
    assert_works(gate(server, {"url": server.url.replace("127.0.0.1", host)}))


def test_a_certificate_of_another_server_is_refused(serve, gate, authority):
    server = serve(RedisServer, security=Elsewhere(authority))
    assert_refused(gate(server), "IP address mismatch")
    assert_refused(gate(server, {"url": server.url.replace("127.0.0.1", "localhost")}), "hostname mismatch")


def test_a_certificate_of_another_authority_is_refused(serve, gate, authority, directory):
    server = serve(RedisServer, security=Security(authority))
    other = Authority(directory, "other")
    assert_refused(gate(server, {"tls": {"ca": other.ca}}), "self-signed certificate")
    assert_refused(gate(server, {"tls": {}}), "certificate")


def test_without_verify_anybody_will_do(serve, gate, authority):
    server = serve(RedisServer, security=Elsewhere(authority))
    gateway = gate(server, {"tls": {"verify": False}})
    assert_works(gateway)
    wait_until(lambda: "store.tls.verify: whoever answers" in gateway.log, what="the log to say so")


def test_a_client_shows_its_certificate(serve, gate, authority):
    server = serve(RedisServer, security=Security(authority, client_certificates=True))
    assert_works(gate(server))
    assert_refused(gate(server, {"tls": {"ca": authority.ca}}), "does it want a certificate?")


def test_a_server_without_tls_is_none(serve, gate, authority):
    server = serve(RedisServer)
    url = server.url.replace("redis:", "rediss:")
    assert_refused(gate(server, {"url": url, "tls": {"ca": authority.ca}}), "no connection by TLS in time")

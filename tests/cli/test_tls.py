"""https://, and certificates on both sides."""

import pytest

from harness.admin import token_of
from harness.certificates import Authority
from harness.ctl import ERROR, OK, REFUSED, Ctl


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def secure(serve, authority):
    """secure(names): a gateway whose API is by TLS, with such a certificate; what it gives asks it with https://."""

    def start(names="IP:127.0.0.1,DNS:localhost"):
        certificate, key = authority.sign("server", names)
        robot = {"name": "robot", "certificate_san": "robot.test", "scopes": ["sessions:read"]}
        gateway = serve(tokens=[robot], admin={"tls": {"certificate": certificate, "key": key, "client_ca": authority.ca}})

        def ctl(*words, token=token_of("ops")):
            return Ctl(gateway.admin.address, token)("-u", f"https://{gateway.admin.address}", *words)

        return ctl

    return start


def test_whom_it_trusts(secure, authority, directory):
    ctl = secure()
    ran = ctl("--ca", authority.ca, "whoami")
    assert (ran.status, ran.err) == (OK, "") and ran.json["name"] == "ops"
    other = Authority(directory, "other")
    for trusted in [[], ["--ca", other.ca], ["--ca", f"{directory}/none"]]:
        ran = ctl(*trusted, "whoami")
        assert (ran.status, ran.out) == (ERROR, "") and ran.err


def test_somebody_elses_name(secure, authority):
    assert secure("DNS:other.example")("--ca", authority.ca, "whoami").status == ERROR


def test_a_certificate_in_the_place_of_a_token(secure, authority):
    ctl = secure()
    certificate, key = authority.sign("client", "DNS:robot.test")
    shown = ["--ca", authority.ca, "--certificate", certificate]
    assert ctl(*shown, "--key", key, "whoami", token=None).json["name"] == "robot"
    assert ctl(*shown, "--key", key, "whoami").json["name"] == "ops"
    assert ctl("--ca", authority.ca, "list", token=None).status == REFUSED
    assert ctl(*shown, "--key", authority.key, "whoami").status == ERROR

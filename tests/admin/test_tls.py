"""The admin API by TLS, and certificates in the place of tokens (configuration.md, admin-api.md section 1)."""

import ssl

import pytest

from harness.address import connect
from harness.admin import Admin, grant, token_of
from harness.certificates import Authority
from harness.process import PATIENCE_S


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def secure(serve, authority):
    """secure(…as serve…): the API by TLS, which asks for certificates; gateway.shown(certificate, key) is a client."""

    def secure(tokens=(), client_ca=authority.ca, **settings):
        certificate, key = authority.sign("server")
        tls = {"certificate": certificate, "key": key, **({"client_ca": client_ca} if client_ca else {})}
        gateway = serve(tokens=tokens, admin={"tls": tls}, **settings)
        gateway.shown = lambda *pair, token=None: Admin(gateway.admin.address, token, context(authority, *pair))
        return gateway

    return secure


def context(authority, certificate=None, key=None):
    tls = ssl.create_default_context(cafile=authority.ca)
    if certificate:
        tls.load_cert_chain(certificate, key)
    return tls


def by_certificate(name, san, **limits):
    entry = grant(name, **limits)
    return {**{key: value for key, value in entry.items() if key != "sha256"}, "certificate_san": san}


def test_tokens_by_tls(secure):
    gateway = secure(client_ca=None)
    assert gateway.shown(token=token_of("ops")).get("/api/v1/whoami").json["via"] == "bearer"
    assert gateway.shown().get("/api/v1").problem == (401, "unauthenticated")
    assert gateway.local.get("/api/v1/whoami").json["via"] == "peer"  # a Unix socket is as it was
    with pytest.raises(Exception):
        gateway.nobody.get("/livez")  # in clear
    for _ in range(20):  # half a handshake, and none at all
        connect(gateway.admin.address, PATIENCE_S).sendall(b"\x16\x03\x01\x02\x00\x01")
    assert gateway.shown(token=token_of("ops")).get("/api/v1").status == 200


def test_a_whole_conversation(secure, visitor):
    gateway = secure()
    admin = gateway.shown(token=token_of("ops"))
    made = {visitor(gateway, "alice").id for _ in range(40)}
    assert {session["id"] for session in admin.walk(limit=7)} == made
    assert admin.post("/api/v1/sessions/revoke", {"ids": sorted(made), "dry_run": False}).json["revoked"] == 40


def test_certificates(secure, authority, directory):
    gateway = secure(
        tokens=[
            by_certificate("robot", "robot.test", scopes=["sessions:read"]),
            by_certificate("person", "ann@example.org"),
            by_certificate("service", "spiffe://example.org/ops", not_after="2020-01-01T00:00:00Z"),
            by_certificate("host", "192.0.2.7"),
        ]
    )
    for number, (names, who) in enumerate(
        [
            ("DNS:other.test,DNS:robot.test", "robot"),
            ("email:ann@example.org", "person"),
            ("IP:192.0.2.7", "host"),
            ("URI:spiffe://example.org/ops", None),  # it has ended
            ("DNS:robot.test.evil.test", None),
            ("DNS:Robot.test", None),
            ("DNS:192.0.2.70", None),
        ]
    ):
        client = gateway.shown(*authority.sign(f"client{number}", names))
        reply = client.get("/api/v1/whoami")
        if who is None:
            assert reply.problem == (401, "unauthenticated"), names
        else:
            assert (reply.json["name"], reply.json["via"]) == (who, "certificate")
    robot = authority.sign("robot", "DNS:robot.test")
    assert gateway.shown(*robot).revoke("A" * 20).problem == (403, "insufficient-scope")
    # a token suffices, and one that is presented is judged
    assert gateway.shown(token=token_of("ops")).get("/api/v1").status == 200
    assert gateway.shown(*robot, token=token_of("ops")).get("/api/v1/whoami").json["name"] == "ops"
    assert gateway.shown(*robot, token="sga_none").get("/api/v1").problem == (401, "unauthenticated")


def test_a_certificate_of_somebody_elses(secure, directory):
    gateway = secure(tokens=[by_certificate("robot", "robot.test")])
    stranger = Authority(directory, "stranger").sign("robot", "DNS:robot.test")
    try:
        status = gateway.shown(*stranger).get("/api/v1").status
    except (ssl.SSLError, ConnectionError):
        status = 401  # some clients are told in the handshake
    assert status == 401


def test_cursors_of_a_certificate(secure, authority, visitor):
    gateway = secure(tokens=[by_certificate("robot", "robot.test")])
    for _ in range(3):
        visitor(gateway, "alice")
    robot = gateway.shown(*authority.sign("robot", "DNS:robot.test"))
    assert len(robot.walk(limit=1)) == 3

"""What --print-snippet says for several hosts and paths, for TCP, and for tokens in Authorization: each web server, run with it."""

import pytest

from harness.address import free_port
from harness.webserver import apache, caddy, haproxy, lighttpd, nginx

SERVERS = {"nginx": nginx(), "apache": apache(), "lighttpd": lighttpd(), "caddy": caddy(), "haproxy": haproxy()}

ROUTES = [
    {"host": "www.example.org", "path": "/a b/", "application": "exact"},
    {"host": "*.example.org", "path": "/wild/", "application": "wild"},
    {"host": "*.deep.example.org", "path": "/$deep/", "application": "deep"},
    {"path": "/any/", "application": "any"},
    {"path": "/any/more/", "application": "more"},
]

VISITS = [
    ("www.example.org", "/a%20b/c", "exact"),
    ("WWW.example.org", "/a%20b/c", "exact"),
    ("www.example.org", "/wild/", "wild"),
    ("www.example.org", "/any/", "any"),
    ("some.example.org", "/wild/x?y", "wild"),
    ("some.example.org", "/any/more/", "more"),
    ("some.deep.example.org", "/$deep/", "deep"),
    ("some.deep.example.org", "/wild/", "wild"),
    ("some.deep.example.org", "/any/more/x", "more"),
    ("other.test", "/any/", "any"),
    ("other.test", "/any/more/", "more"),
    ("other.test", "/wild/", None),
    ("some.example.org", "/a%20b/c", None),
    ("www.example.org", "/", None),
]


@pytest.fixture(params=SERVERS)
def webserver(request):
    return SERVERS[request.param]


def say_name(exchange):
    exchange.read_body()
    exchange.reply("Content-Type: text/plain", body=exchange.params["APPLICATION"])


def start(chain, webserver, routes, play=say_name, **sections):
    """Its applications are one, which is told by which name it was reached."""
    one = chain.scripted(play)
    names = {route["application"] for route in routes}
    return chain.start({name: {**one, "params": {"APPLICATION": name}} for name in names}, webserver, routes=routes, **sections)


def test_hosts_and_paths(chain, webserver):
    """What is nobody's is refused by web server or gateway; Caddy's way to do so is an empty page."""
    visitor = start(chain, webserver, ROUTES)
    reached = []
    for host, uri, _ in VISITS:
        for written in (host, f"{host}:{chain.port}"):
            reply = visitor.ask(uri, headers={"Host": written})
            reached.append((host, uri, reply.body.decode() if reply.status == 200 and reply.body else None))
    assert reached == [visit for visit in VISITS for _ in range(2)]


def test_tcp(chain, webserver):
    routes = [{"path": "/", "application": "one"}]
    visitor = start(chain, webserver, routes, listen=[f"127.0.0.1:{free_port()}"])
    for _ in range(3):
        assert visitor.ask("/").body == b"one"


def test_tokens_in_authorization(chain, webserver):
    """They reach the gateway, which keeps them; other credentials go on to the application."""

    def play(exchange):
        exchange.read_body()
        params = exchange.params
        seen = f"{params.get('SESSION_USER')} {params.get('HTTP_AUTHORIZATION')} {params.get('REMOTE_USER')}"
        exchange.reply("X-Session-Login: alice", body=seen)

    routes = [{"path": "/", "application": "one", "token": "header"}]
    visitor = start(chain, webserver, routes, play, header={"name": "Authorization"})
    token = visitor.ask("/").all("X-Auth-Token")[0]
    assert visitor.ask("/", headers={"Authorization": f"Bearer {token}"}).body == b"alice None alice"
    assert visitor.ask("/", headers={"Authorization": "Custom words"}).body == b"None Custom words None"

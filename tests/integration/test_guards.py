"""Web servers that ask before they serve: nginx's auth_request, lighttpd's and Apache's Authorizer, Caddy's forward_auth, each
with what --print-snippet says of routes with mode: authorize."""

import os
import re
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from harness.address import free_port
from harness.application import Application
from harness.chain import Visitor, together
from harness.gateway import PROGRAM, ROOT
from harness.process import wait_until
from harness.webserver import WebServer, apache, caddy, lighttpd, nginx

SECRET = "for members only\n"
LOGIN_URL = "/login?app=x"
ROUTES = [
    {"path": "/", "application": "one"},
    {"path": "/members/", "name": "members", "mode": "authorize", "login_url": LOGIN_URL},
    {"path": "/members/only/", "name": "only", "mode": "authorize", "allow_users": ["alice"]},
    {"path": "/members/page/", "application": "one"},
    {"path": "/a b/", "mode": "authorize"},
]
FILES = ["/members/secret.txt", "/members/only/secret.txt", "/a%20b/secret.txt"]

SERVERS = {"nginx": nginx(), "apache": apache(), "lighttpd": lighttpd(), "caddy": caddy()}


def play(exchange):
    """Says what X-Test-Say asks for, and whom it sees; a request for /slow waits until the test sets its event."""
    exchange.read_body()
    params = exchange.params
    if params["REQUEST_URI"] == "/slow":
        exchange.wait(play.released)
    said = params.get("HTTP_X_TEST_SAY")
    exchange.reply(*([said] if said else []), body=f"{params.get('SESSION_USER')} at {params['REQUEST_URI']}")


class Site:
    """A web server with files below the paths of ROUTES, the gateway, and an application at / who logs visitors in."""

    def __init__(self, chain, webserver, routes=ROUTES, **sections):
        self.chain, self.kind = chain, webserver.kind
        play.released = threading.Event()
        for folder in ("members/only", "members/page", "a b"):
            os.makedirs(chain.path(folder))
            chain.write(f"{folder}/secret.txt", SECRET)
        chain.write("members/secret.txt", SECRET)
        os.makedirs(chain.path("login"))
        listen = [{"address": f"unix:{chain.path('front.sock')}", "mode": "0666"}, f"127.0.0.1:{free_port()}"]
        self.visitor = chain.start({"one": chain.scripted(play)}, webserver, routes=routes, listen=listen, **sections)
        self.ask, self.gateway = self.visitor.ask, chain.gateway

    def login(self, user="alice", visitor=None):
        reply = (visitor or self.visitor).ask("/", headers={"X-Test-Say": f"X-Session-Login: {quote(user)}"})
        assert reply.status == 200 and reply.all("Set-Cookie")

    def configure(self, **sections):
        """Another configuration, from the next request on."""
        before = self.gateway.log.count("configuration reloaded")
        self.gateway.reload({**self.gateway.config, **sections})
        wait_until(lambda: self.gateway.log.count("configuration reloaded") > before, what="the reload")

    @contextmanager
    def slow(self):
        """While a request for /slow is in the application."""
        before = len(self.chain.application.requests)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(Visitor(self.visitor.port).ask, "/slow")
            wait_until(lambda: len(self.chain.application.requests) > before, what="a slow request")
            try:
                yield
            finally:
                play.released.set()
            waiting.result()

    def serves(self, path=FILES[0], **how):
        reply = self.ask(path, **how)
        assert (reply.status, reply.body) == (200, SECRET.encode()), reply.body[:300]
        assert not reply.all("Set-Cookie"), "the session's cookie is not set by who only asks"
        return reply

    def hides(self, path=FILES[0], **how):
        """Whatever is answered, it is not the file."""
        reply = self.ask(path, **how)
        assert reply.status >= 300 and SECRET.encode() not in reply.body, reply.body[:300]
        assert not reply.all("Set-Cookie")
        return reply

    def fails(self, path=FILES[0], **how):
        reply = self.hides(path, **how)
        assert reply.status >= 500, reply.status


@pytest.fixture(params=[together(name) for name in SERVERS])
def webserver(request):
    return SERVERS[request.param]


@pytest.fixture
def site(chain, webserver):
    return lambda **settings: Site(chain, webserver, **settings)


def test_who_may_see_what(site):
    s = site()
    for path in FILES:
        s.hides(path)
    bob = Visitor(s.visitor.port)
    s.login("alice")
    s.login("bob", bob)
    for path in FILES:
        s.serves(path)
        s.serves(path, method="GET", headers={"X-Session-User": "mallory"})
    assert s.ask("/members/none.txt").status == 404
    assert s.ask("/members/secret.txt", "HEAD").body == b""
    assert bob.ask("/members/secret.txt").body == SECRET.encode()
    assert bob.ask("/members/only/secret.txt").status == 403, "allow_users of the longer path"
    assert s.ask("/members/page/x").body == b"alice at /members/page/x"
    assert Visitor(s.visitor.port).ask("/members/page/x").body == b"None at /members/page/x", "the application's own affair"
    assert s.ask("/").body == b"alice at /"
    assert s.ask("/", headers={"X-Test-Say": "X-Session-Logout: self"}).status == 200
    s.hides()


def test_nobody_may_pass_where_that_is_said(site):
    s = site(routes=[ROUTES[0], {**ROUTES[1], "require": "none"}])
    assert s.serves(headers={"X-Session-User": "mallory"}).all("X-Session-User") == []
    s.login()
    s.serves()
    assert s.ask("/members/secret.txt", headers={"Cookie": "sg_session=nonsense"}).body == SECRET.encode()


SPELLINGS = ["/members/%73ecret.txt", "//members//secret.txt", "/x/../members/secret.txt", "/%6dembers/secret.txt", "/members%2fsecret.txt"]


def test_no_spelling_of_a_path_leads_past_it(site):
    """Caddy takes paths in any case: so the route is chosen by its name."""
    s = site()
    for path in [*SPELLINGS, "/MEMBERS/secret.txt", "/Members/only/../secret.txt"]:
        reply = s.ask(path)
        assert SECRET.encode() not in reply.body, path
    os.symlink(s.chain.path("members"), s.chain.path("MEMBERS"))
    assert SECRET.encode() not in s.ask("/MEMBERS/secret.txt").body


def test_bodies_are_nothing_to_an_authorizer(site):
    s = site(limits={"body_size": 10, "spool_dir": ""})
    s.hides(method="POST", body=b"x" * 100000)
    s.login()
    for chunked in (False, True):
        body = iter([b"x" * 50000] * 2) if chunked else b"x" * 100000
        reply = s.ask("/members/secret.txt", "POST", body, chunked=chunked)
        assert reply.status == 200 or (s.kind, reply.status) == ("nginx", 405), "nginx posts to no file"


def test_where_visitors_log_in(site):
    """nginx and Caddy redirect, Apache shows a page that goes there, lighttpd says it in a header."""
    s = site()
    reply = s.hides("/members/secret.txt?a=1&b=%2F", headers={"Accept": "text/html"})
    if s.kind in ("nginx", "caddy"):
        assert reply.status == 302
        url = reply.all("Location")[0]
    elif s.kind == "apache":
        assert reply.status == 401
        url = re.search(rb'content="0; url=([^"]*)"', reply.body)[1].decode()
    else:
        assert reply.status == 401
        url = reply.all("X-Session-Login-Redirect")[0]
    assert urlsplit(url).path == "/login"
    assert parse_qs(urlsplit(url).query) == {"app": ["x"], "next": ["/members/secret.txt?a=1&b=%2F"]}
    assert not reply.all("WWW-Authenticate"), "no browser asks for a password"


@pytest.mark.against_the_clock(4)
def test_the_session_lives_on_what_is_asked(site):
    """Each question is a request of the session's: it does not end while its visitor only sees files."""
    peek = {"path": "/peek", "application": "one", "session": "peek", "require": "login"}
    s = site(routes=[*ROUTES, peek], session={"idle_timeout": "4s", "touch_interval": 0})
    bob = Visitor(s.visitor.port)
    s.login("bob", bob)
    s.login()

    def bob_is_gone():
        s.serves()
        return bob.twin().ask("/peek").status == 401

    wait_until(bob_is_gone, what="the session that nobody asks about to end")


# Nothing is served when something fails.


MOODS = ["fail", "hang", "lose"]


@pytest.mark.against_the_clock(0.3)
def test_the_store_cannot_be_reached(chain, webserver):
    s = Site(chain, webserver, **chain.moody(timeout="300ms"))
    s.login()
    s.serves()
    for mood in MOODS:
        chain.store.tell(mood, "find")
        s.fails()
        chain.store.fine()
        s.serves()
    chain.store.tell("fail", "touch", "save")
    s.serves()


def test_the_gateway_dies_while_it_is_asked(chain, webserver):
    """And is not there for the next question."""
    s = Site(chain, webserver, **chain.moody(timeout="60s"))
    s.login()
    chain.store.tell("hang", "find")
    with ThreadPoolExecutor(1) as pool:
        before = chain.store.asked()["find"]
        asked = pool.submit(s.fails)
        wait_until(lambda: chain.store.asked()["find"] > before, what="the question")
        s.gateway.process.signal(signal.SIGKILL)
        asked.result()
    s.fails()
    s.gateway.process.wait()
    chain.gateway = None  # it did not end well


def stop(process):
    """Until it has, whatever it was at."""
    process.signal(signal.SIGSTOP)
    wait_until(lambda: process.state() == "T", what="the process to stop")


def test_the_gateway_stands_still(site):
    s = site()
    s.login()
    s.serves()
    stop(s.gateway.process)
    try:
        s.fails()
    finally:
        s.gateway.process.signal(signal.SIGCONT)
    wait_until(lambda: s.ask(FILES[0]).status == 200, what="the gateway to go on")


def test_the_gateway_shuts_down(site):
    s = site()
    s.login()
    s.serves()
    with s.slow():
        s.gateway.process.signal(signal.SIGTERM)
        wait_until(lambda: "draining" in s.gateway.log, what="the gateway to drain")
        s.fails()
        s.fails("/members/only/secret.txt")


def test_the_gateway_is_full(site):
    s = site()
    s.login()
    s.configure(limits={"requests": 1})
    with s.slow():
        s.fails()
    s.serves()
    s.configure(limits={"params": 3})
    assert s.hides().status != 200
    s.configure(limits={})
    s.serves()


def test_a_reload_neither_opens_nor_closes(site):
    s = site()
    s.login()
    stranger, over = Visitor(s.visitor.port), threading.Event()

    def ask(visitor):
        found = []
        while not over.is_set():
            found.append(visitor.ask(FILES[0]).status)
        return found

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(ask, visitor) for visitor in (s.visitor.twin(), stranger)]
        for n in range(10):
            s.configure(limits={"params": 900 + n})
        over.set()
        known, unknown = (set(one.result()) for one in both)
    assert known == {200}
    assert unknown <= {302, 401}


def test_a_configuration_that_does_not_fit_the_web_servers(site):
    s = site()
    s.login()
    s.serves()
    s.configure(routes=[ROUTES[0]])
    s.hides("/members/secret.txt")
    s.hides("/members/only/secret.txt")
    off = {"path": "/members/", "name": "members", "mode": "authorize", "session": "off"}
    s.configure(routes=[ROUTES[0], off])
    assert s.hides("/members/secret.txt").status == 403
    s.configure(routes=ROUTES)
    s.serves()


# What those behind the web server are told.


class Behind(BaseHTTPRequestHandler):
    """A server of HTTP that says which headers of a session it sees."""

    def do_GET(self):
        seen = [f"{name}={self.headers.get_all(name)}" for name in ("X-Session-User", "X-Session-Id")]
        body = " ".join(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def behind():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def in_front_of(kind, address):
    """The snippet's files handed to a server of HTTP instead."""
    if kind == "nginx":
        told = "proxy_set_header X-Session-User $session_user; proxy_set_header X-Session-Id $session_id"
        return WebServer(kind, (("try_files $uri =404;", f"proxy_pass http://{address}; {told};"),))
    return WebServer(kind, (("\t\t\tfile_server", f"\t\t\treverse_proxy {address}"),))


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_what_a_client_says_of_itself_never_survives(chain, behind, kind):
    routes = [ROUTES[0], {"path": "/members/", "name": "members", "mode": "authorize", "require": "none"}]
    s = Site(chain, in_front_of(kind, behind), routes=routes)
    mallory = {"X-Session-User": "mallory", "X-Session-Id": "m" * 20}
    assert s.ask("/members/", headers=mallory).body in (
        b"X-Session-User=[''] X-Session-Id=['']",
        b"X-Session-User=None X-Session-Id=None",
    )
    s.login("J\u00fcrgen O'Neil")
    reply = s.ask("/members/", headers=mallory)
    assert re.fullmatch(rb"X-Session-User=\['J%C3%BCrgen%20O%27Neil'\] X-Session-Id=\['[\w-]{20}'\]", reply.body), reply.body


def test_what_lighttpd_tells_an_application(chain):
    """As the environment of who answers what was asked about; it writes names in capitals."""

    def environment(exchange):
        names = ("REMOTE_USER", "SESSION_ID", "SESSION_ATTR_COLOUR")
        exchange.reply(body=" ".join(f"{name}={exchange.params.get(name)}" for name in names))

    application = Application(f"unix:{chain.path('behind.sock')}", environment)
    try:
        other = f'".txt" => (( "socket" => "{chain.path("behind.sock")}" )),\n\t)'
        edits = (("\t)\n\tsetenv.add-environment", f"\t{other}\n\tsetenv.add-environment"),)
        routes = [ROUTES[0], {"path": "/members/", "name": "members", "mode": "authorize", "expose": ["each"]}]
        s = Site(chain, WebServer("lighttpd", edits), routes=routes)
        assert s.ask(FILES[0]).status == 401
        s.login("J\u00fcrgen")
        s.ask("/", headers={"X-Test-Say": "X-Session-Set: colour=blue%20green"})
        body = s.ask(FILES[0], headers={"X-Session-User": "mallory"}).body.decode()
        assert re.fullmatch(r"REMOTE_USER=J%C3%BCrgen SESSION_ID=[\w-]{20} SESSION_ATTR_COLOUR=blue%20green", body)
    finally:
        application.close()


def test_whom_apache_takes_the_visitor_for(chain):
    """The user of the session, as if he had given a password; a client's own words are nothing."""
    edits = (("\t\tRequire valid-user\n", '\t\tRequire valid-user\n\t\tHeader set X-Seen "expr=%{REMOTE_USER}"\n'),)
    s = Site(chain, WebServer("apache", edits))
    s.login("J\u00fcrgen")
    reply = s.serves(headers={"Authorization": "Basic bWFsbG9yeTp4", "X-Session-User": "mallory"})
    assert reply.all("X-Seen") == ["J%C3%BCrgen"]
    assert not reply.all("X-Session-User") and not reply.all("WWW-Authenticate")


# What is printed for the configuration of the documentation stands there.

DOCUMENTATION = (ROOT / "docs" / "authorizer.md").read_text()
BLOCKS = {
    title.split("\n")[0].lower(): re.search(r"```\w*\n(.*?)\n```", title, re.S)[1].split("\n\n")
    for title in DOCUMENTATION.split("\n## ")[2:]
}


@pytest.mark.parametrize("kind", SERVERS)
def test_the_documentation_shows_what_is_printed(chain, kind):
    file = chain.write("documented.yaml", re.search(r"```yaml\n(.*?)```", DOCUMENTATION, re.S)[1])
    printed = subprocess.run([PROGRAM, "-c", file, "--print-snippet", kind], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert all(f"{block}\n" in printed for block in BLOCKS[kind])

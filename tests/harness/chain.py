"""The whole chain, of real programs: a web server, the gateway, PHP-FPM, fcgiwrap, Perl, Ruby and libfcgi applications."""

import hashlib
import http.client
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from . import php_fpm
from .address import free_port
from .application import Application
from .gateway import PROGRAM, ROOT, STORE_TIMEOUT, Gateway, inherited_listener
from .moody import MOODY_PROGRAM, MoodyStore
from .process import Process
from .webserver import nginx

PAGES = ROOT / "tests" / "integration"
PAGE = os.path.abspath(os.environ.get("PAGE", ROOT / "build/tests/integration/page"))

BROWSER_PATIENCE_S = 120  # 20 MB in pieces of 8 KiB, on a machine that has much else to do


def digest(body):
    """What Reply.digest is for this body."""
    return len(body), hashlib.sha256(body).hexdigest()


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.getheaders(), response.read()

    def all(self, name):
        return [value for n, value in self.headers if n.lower() == name.lower()]

    @property
    def digest(self):
        """(bytes, SHA-256) of the body that the application was sent, as it says."""
        assert self.status == 200, f"{self.status} {self.body[:300]!r}"
        length, sha256 = self.body.decode().split()
        return int(length), sha256

    @property
    def session(self):
        """{name without SESSION_: value} as the application shows it."""
        assert self.status == 200, f"{self.status} {self.body[:300]!r}"
        pairs = (line.partition("=") for line in self.body.decode().splitlines())
        return {name.removeprefix("SESSION_"): value for name, _, value in pairs}


class Visitor:
    """A browser with one cookie."""

    def __init__(self, port, cookie=None):
        self.port, self.cookie = port, cookie

    def ask(self, path, method="GET", body=None, say=(), wait=0, status=None, headers=None, chunked=False):
        said = [say] if isinstance(say, str) else say
        sent = dict(headers or {})
        if said:
            sent["X-Test-Say"] = "|".join(said)
        if wait:
            sent["X-Test-Wait"] = str(wait)
        if status:
            sent["X-Test-Status"] = str(status)
        if self.cookie:
            sent["Cookie"] = self.cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BROWSER_PATIENCE_S)
        try:
            connection.request(method, path, body, sent, encode_chunked=chunked)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        self._learn(reply)
        return reply

    def _learn(self, reply):
        for line in reply.all("Set-Cookie"):
            first, *attributes = [part.strip() for part in line.split(";")]
            self.cookie = None if "Max-Age=0" in attributes else first

    def session(self, path="/c/"):
        return self.ask(path).session

    def twin(self):
        return Visitor(self.port, self.cookie)


def together(name):
    """A fixture's param, all whose tests run in one process: its servers start once."""
    return pytest.param(name, marks=pytest.mark.xdist_group(name))


@contextmanager
def temporary_chain():
    """In a directory of its own, all of which ends with it."""
    directory = tempfile.mkdtemp(prefix="sg-")
    chain = Chain(directory)
    try:
        yield chain
    finally:
        try:
            chain.stop()
        finally:
            shutil.rmtree(directory)


class Chain:
    def __init__(self, directory):
        self.directory, self.processes, self.gateway, self.port = directory, [], None, None
        self.application, self.webserver, self.store = None, None, None
        os.chmod(directory, 0o755)  # Apache's processes are www-data's

    def spawn(self, name, argv, **how):
        process = Process(name, argv, self.directory, orphaned=signal.SIGTERM, **how)
        self.processes.append(process)
        return process

    def serve(self, name, argv, address):
        """Spawned, and listening there."""
        self.spawn(name, argv).until_it_listens(address)

    def path(self, name):
        return os.path.join(self.directory, name)

    def connections(self, name):
        """To who listens there, at this moment."""
        with open("/proc/net/unix") as sockets:
            connected = [line.split() for line in sockets if line.rstrip().endswith(self.path(name))]
        return len([fields for fields in connected if fields[3] == "00000000"])

    def write(self, name, text):
        Path(self.path(name)).write_text(text)
        return self.path(name)

    def folder(self, name):
        os.makedirs(self.path(name))
        return self.path(name)

    # The applications; each gives its configuration.

    def c(self, **settings):
        address = f"unix:{self.path('c.sock')}"
        self.spawn("page", [PAGE, self.path("c.sock")]).until_it_listens(address)
        return {"servers": [address], "idle_connections": 0, **settings}

    def perl(self, **settings):
        address = f"unix:{self.path('perl.sock')}"
        self.spawn("perl", ["/usr/bin/perl", PAGES / "page.pl", self.path("perl.sock")]).until_it_listens(address)
        return {"servers": [address], "idle_connections": 0, **settings}

    def cgi(self, **settings):
        address = f"unix:{self.path('cgi.sock')}"
        argv = ["/usr/sbin/fcgiwrap", "-c", "2", "-s", address]
        self.spawn("fcgiwrap", argv).until_it_listens(address)
        shutil.copy(PAGES / "page.cgi", self.path("page.cgi"))
        return {"servers": [address], "idle_connections": 0, "params": {"SCRIPT_FILENAME": self.path("page.cgi")}, **settings}

    def ruby(self, **settings):
        with inherited_listener(self.path("ruby.sock")) as listener:
            self.spawn("ruby", ["/usr/bin/ruby", PAGES / "page.rb"], stdin=listener)
        return {"servers": [f"unix:{self.path('ruby.sock')}"], "idle_connections": 0, **settings}

    def php(self, children=4, max_requests=0, pool=(), **settings):
        """pool: as php_fpm.argv()'s settings."""
        self.php_argv = php_fpm.argv(self.directory, children=children, max_requests=max_requests, settings=pool)
        shutil.copy(PAGES / "page.php", self.path("page.php"))  # while nobody can meet half of it
        self._start_php()
        return {"servers": [f"unix:{self.path('php.sock')}"], "params": {"SCRIPT_FILENAME": self.path("page.php")}, **settings}

    def _start_php(self):
        self.php_fpm = self.spawn("php-fpm", self.php_argv)
        self.php_fpm.until_it_listens(f"unix:{self.path('php.sock')}")

    def restart_php(self):
        """Stopped and started, as after an upgrade: nothing that its processes knew is left."""
        self.php_fpm.stop()
        self._start_php()

    def scripted(self, play, **settings):
        """An application that a test watches and directs: see application.py."""
        self.application = Application(f"unix:{self.path('app.sock')}", play)
        return {"servers": [self.application.address], **settings}

    # What stands before them.

    def moody(self, **settings):
        """What start() needs for a store that misbehaves as self.store is told (moody.py); settings: of its section."""
        self.store = MoodyStore(self.path("store.sock"))
        return {"program": MOODY_PROGRAM, "store": {"url": self.store.url(), **settings}}

    def start(self, applications, webserver=nginx(), inherited=None, listen=None, routes=None, program=PROGRAM, **sections):
        """The gateway, with a route /name/ for each application unless routes says more, and a web server; a visitor."""
        front = self.path("front.sock")
        config = {
            "listen": ["fd:0"] if inherited else listen or [{"address": f"unix:{front}", "mode": "0666"}],
            "store": {"url": "memory:", "timeout": STORE_TIMEOUT},
            "applications": applications,
            "routes": routes or [{"path": f"/{name}/", "application": name} for name in applications],
            **sections,
        }
        how = {"stdin": inherited, "connect_to": f"unix:{front}"} if inherited else {}
        self.gateway = Gateway(config, self.directory, program=program, **how)
        self.port = free_port()
        snippet = self.gateway.snippet(webserver.kind)
        if inherited:
            snippet = snippet.replace("unix:/run/sessiongate/front.sock", f"unix:{front}")
        file = self.write(f"{webserver.kind}.conf", webserver.configuration(snippet, self.directory, self.port))
        self.webserver = self.spawn(webserver.kind, webserver.argv(file, self.directory), env=self._home())
        self.webserver.until_it_listens(f"127.0.0.1:{self.port}")
        return Visitor(self.port)

    def _home(self):
        """Caddy keeps its state there."""
        return {"HOME": self.directory, "XDG_DATA_HOME": self.directory, "XDG_CONFIG_HOME": self.directory}

    def stop(self):
        """Those in front first."""
        try:
            for process in reversed(self.processes):
                process.stop()
            if self.application is not None:
                self.application.close()
        finally:
            if self.gateway is not None:
                self.gateway.stop()

"""The measured chain: wrk, nginx, the gateway, an application; all of it on one CPU."""

import http.client
import json
import subprocess
from pathlib import Path

from harness.gateway import ROOT, Gateway
from harness.process import die_with_parent

from .application import Application
from .nginx import Nginx
from .place import Place

WRK_SCRIPT = ROOT / "bench" / "wrk.lua"
SESSIONS = 1000
TRIES = 5
PROCESSES = 8
# nginx keeps 64 connections, and each of them holds a process of a libfcgi application for itself.
DIRECT_PROCESSES = 72


class Load:
    """What wrk counted."""

    def __init__(self, requests, seconds, errors, p50_ms, p99_ms):
        self.requests, self.seconds, self.errors = requests, seconds, errors
        self.p50_ms, self.p99_ms = p50_ms, p99_ms
        self.rate = requests / seconds


class Visitors:
    """The Cookie headers that wrk rotates."""

    def __init__(self, file, cookies):
        self.file, self.first = file, cookies[0]
        Path(file).write_text("".join(cookie + "\n" for cookie in cookies))


class Way:
    """From nginx's port to an application; through a gateway, or straight (gateway is None). store: the processes that
    keep the sessions, where those are others."""

    def __init__(self, chain, name, application, gateway=None, logged=True, store=()):
        self.chain, self.name, self.gateway, self.logged = chain, name, gateway, logged
        self.application, self.store = application.pids(), list(store)
        self.address = gateway.address if gateway else application.address
        self.visitors = None

    @property
    def port(self):
        return self.chain.nginx.ports[self.name]

    def get(self, path, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            response = connection.getresponse()
            body = response.read().decode()
            assert response.status == 200, f"{self.name}{path}: {response.status} {body[:300]}"
            return response, body
        finally:
            connection.close()

    def strangers(self):
        """Of visitors the same bytes, which mean nothing."""
        return Visitors(self.chain.path(f"{self.name}.cookies"), [f"sg_session={n:052d}" for n in range(SESSIONS)])

    def visitors_of(self, path):
        """Each with a session that this page has started."""
        cookies = [self.get(path)[0].getheader("Set-Cookie").partition(";")[0] for _ in range(SESSIONS)]
        return Visitors(self.chain.path(f"{self.name}{path.replace('/', '.')}.cookies"), cookies)

    def attributes(self, visitors):
        """Of the first one's session, as the application sees them."""
        return dict(line.split("=") for line in self.get("/show", visitors.first)[1].splitlines())

    def load(self, path, connections, seconds, visitors=None):
        """Anew when not one request has ended: the machine stood still all the time."""
        for _ in range(TRIES):
            load = self._load(path, connections, seconds, visitors)
            if load.requests > 0:
                return load
        raise AssertionError(f"{self.name}: no request to {path} has ended in {seconds} s")

    def _load(self, path, connections, seconds, visitors):
        argv = ["/usr/bin/wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", WRK_SCRIPT]
        argv += [f"http://127.0.0.1:{self.port}{path}", "--", (visitors or self.visitors).file]
        wrk = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        try:
            said = wrk.communicate()[0]
        finally:
            wrk.kill()
            wrk.wait()
        assert wrk.returncode == 0, said
        return Load(**json.loads(said.splitlines()[-1]))


class Chain(Place):
    """Name the ways first, then start()."""

    def __init__(self, cpu):
        super().__init__()
        self.cpu, self.ways, self.nginx = cpu, [], None

    def straight(self, name):
        return self.add(Way(self, name, self._application(name, DIRECT_PROCESSES)))

    def through_gateway(self, name, under=(), logged=True, store=None):
        """logged: nginx and the gateway write their access logs, each to a file, as both do by default; under: a
        program to run the gateway with; store: settings of that section."""
        application = self._application(name, PROCESSES)
        gateway = self.gateway_before(application, PROCESSES, name, under, logged, store)
        return self.add(Way(self, name, application, gateway, logged))

    def gateway_before(self, application, processes, name, under=(), logged=True, store=None, **settings):
        """settings: of the application's section."""
        servers = {
            "servers": [application.address],
            "idle_connections": processes,
            "max_connections": processes,
        }
        config = {
            "listen": [f"unix:{self.path(name)}.front"],
            "store": {"url": "memory:", **(store or {})},
            "applications": {"app": {**servers, **settings}},
            "routes": [{"path": "/", "application": "app"}],
            "log": {"to": self.path(f"{name}.access"), "access": logged},
        }
        return self.owns(Gateway(config, self.directory, name=name, under=under))

    def _application(self, name, processes):
        return self.owns(Application(f"{name}-app", processes, self.directory))

    def add(self, way):
        self.ways.append(way)
        return way

    def listen(self, settings=""):
        """From here on there are ports; settings: nginx's own."""
        hops = {way.name: way.address for way in self.ways}
        logged = {way.name for way in self.ways if way.logged}
        self.nginx = self.owns(Nginx(self.directory, hops, settings, logged=logged))

    def start(self):
        self.listen()
        for way in self.ways:
            way.visitors = way.visitors_of("/start") if way.gateway else way.strangers()

    def pids(self):
        """Of everything whose CPU time is ours."""
        applications = [pid for way in self.ways for pid in [*way.application, *way.store]]
        gateways = [way.gateway.process.pid for way in self.ways if way.gateway]
        return [self.nginx.worker, *applications, *gateways]

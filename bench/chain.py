"""The measured chain: wrk, nginx, the gateway, a libfcgi application; all of it on one CPU."""

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
PROCESSES = 8
# nginx keeps 64 connections, and each of them holds a process of a libfcgi application for itself.
DIRECT_PROCESSES = 72


class Load:
    """What wrk counted."""

    def __init__(self, requests, seconds, errors, p50_ms, p99_ms):
        self.requests, self.seconds, self.errors = requests, seconds, errors
        self.p50_ms, self.p99_ms = p50_ms, p99_ms
        self.rate = requests / seconds


class Way:
    """From nginx's port to an application; through a gateway, or straight (gateway is None)."""

    def __init__(self, chain, name, application, gateway=None, logged=True):
        self.chain, self.name, self.gateway, self.logged = chain, name, gateway, logged
        self.application = application.pids()
        self.address = gateway.address if gateway else application.address
        self.cookies = chain.path(f"{name}.cookies")

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

    def start_sessions(self):
        """The Cookie headers that wrk rotates; without a gateway the same bytes, which mean nothing."""
        if self.gateway is None:
            lines = [f"sg_session={n:052d}" for n in range(SESSIONS)]
        else:
            lines = [self.get("/start")[0].getheader("Set-Cookie").partition(";")[0] for _ in range(SESSIONS)]
        Path(self.cookies).write_text("".join(line + "\n" for line in lines))
        self.first = lines[0]

    def attributes(self):
        """Of the first session, as the application sees them."""
        return dict(line.split("=") for line in self.get("/show", self.first)[1].splitlines())

    def load(self, path, connections, seconds):
        argv = ["/usr/bin/wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", WRK_SCRIPT]
        argv += [f"http://127.0.0.1:{self.port}{path}", "--", self.cookies]
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
        return self._add(Way(self, name, self._application(name, DIRECT_PROCESSES)))

    def through_gateway(self, name, under=(), logged=True):
        """logged: nginx and the gateway write their access logs, each to a file, as both do by default; under: a
        program to run the gateway with."""
        application = self._application(name, PROCESSES)
        servers = {
            "servers": [application.address],
            "idle_connections": PROCESSES,
            "max_connections": PROCESSES,
        }
        config = {
            "listen": [f"unix:{self.path(name)}.front"],
            "store": {"url": "memory:"},
            "applications": {"app": servers},
            "routes": [{"path": "/", "application": "app"}],
            "log": {"to": self.path(f"{name}.access"), "access": logged},
        }
        gateway = self.owns(Gateway(config, self.directory, name=name, under=under))
        return self._add(Way(self, name, application, gateway, logged))

    def _application(self, name, processes):
        return self.owns(Application(f"{name}-app", processes, self.directory))

    def _add(self, way):
        self.ways.append(way)
        return way

    def start(self):
        hops = {way.name: way.address for way in self.ways}
        logged = {way.name for way in self.ways if way.logged}
        self.nginx = self.owns(Nginx(self.directory, hops, logged=logged))
        for way in self.ways:
            way.start_sessions()

    def pids(self):
        """Of everything whose CPU time is ours."""
        applications = [pid for way in self.ways for pid in way.application]
        gateways = [way.gateway.process.pid for way in self.ways if way.gateway]
        return [self.nginx.worker, *applications, *gateways]

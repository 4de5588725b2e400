"""The measured chain: wrk, nginx with one worker, the gateway, a libfcgi application; all of it on one CPU."""

import http.client
import json
import os
import subprocess
from pathlib import Path

from harness.address import connect, free_port
from harness.gateway import ROOT, Gateway
from harness.process import Process, die_with_parent, wait_until

from . import cpu

APPLICATION = os.path.abspath(os.environ.get("BENCH_APPLICATION", ROOT / "build/bench/application"))
WRK_SCRIPT = ROOT / "bench" / "wrk.lua"
SESSIONS = 1000
PROCESSES = 8
# nginx keeps 64 connections, and each of them holds a process of a libfcgi application for itself.
DIRECT_PROCESSES = 72

NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log stderr warn;
{user}
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
	include /etc/nginx/fastcgi_params;
	fastcgi_keep_conn on;
	{hops}
}}
"""

HOP = """
	upstream {name} {{ server {address}; keepalive 64; }}
	server {{ listen 127.0.0.1:{port}; location / {{ fastcgi_pass {name}; }} }}
"""


class Load:
    """What wrk counted."""

    def __init__(self, requests, seconds, errors, p50_ms, p99_ms):
        self.requests, self.seconds, self.errors = requests, seconds, errors
        self.p50_ms, self.p99_ms = p50_ms, p99_ms
        self.rate = requests / seconds


class Way:
    """From nginx's port to an application; through a gateway, or straight (gateway is None)."""

    def __init__(self, chain, name, application, gateway=None):
        self.chain, self.name, self.gateway = chain, name, gateway
        self.application = [application.pid, *cpu.children(application.pid)]
        self.port = free_port()
        self.cookies = chain.path(f"{name}.cookies")

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


class Chain:
    """Name the ways first, then start(); stop() ends everything, from the front to the back."""

    def __init__(self, directory, cpu):
        self.directory, self.cpu, self.ways = directory, cpu, {}
        self.servers, self.gateways, self.applications = [], [], []
        self.nginx = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def _spawn(self, kind, name, argv, address):
        process = Process(name, argv, self.directory)
        kind.append(process)

        def listens():
            assert process.running(), f"{name} ended at start:\n{process.log}"
            try:
                connect(address, 1).close()
            except OSError:
                return False
            return True

        wait_until(listens, what=name)
        return process

    def _application(self, name, processes):
        socket = self.path(f"{name}.app")
        application = self._spawn(self.applications, f"{name}-application", [APPLICATION, socket, str(processes)], f"unix:{socket}")
        wait_until(lambda: len(cpu.children(application.pid)) == processes, what="the application's processes")
        return application, f"unix:{socket}"

    def straight(self, name):
        application, address = self._application(name, DIRECT_PROCESSES)
        return self._add(Way(self, name, application), address)

    def through_gateway(self, name, under=(), **log):
        """The access log is on and goes to a file unless log says otherwise; under: a program to run it with."""
        application, address = self._application(name, PROCESSES)
        front = f"unix:{self.path(name)}.front"
        config = {
            "listen": [front],
            "store": {"url": "memory:"},
            "applications": {
                "app": {"servers": [address], "idle_connections": PROCESSES, "max_connections": PROCESSES}
            },
            "routes": [{"path": "/", "application": "app"}],
            "log": {"to": self.path(f"{name}.access"), **log},
        }
        gateway = Gateway(config, self.directory, name=name, under=under)
        self.gateways.append(gateway)
        return self._add(Way(self, name, application, gateway), front)

    def _add(self, way, address):
        self.ways[way] = address
        return way

    def start(self):
        hops = "".join(HOP.format(name=way.name, address=address, port=way.port) for way, address in self.ways.items())
        user = "user root root;" if os.geteuid() == 0 else ""
        with open(self.path("nginx.conf"), "w") as conf:
            conf.write(NGINX.format(dir=self.directory, user=user, hops=hops))
        argv = ["/usr/sbin/nginx", "-c", self.path("nginx.conf"), "-p", self.directory, "-e", "stderr"]
        master = self._spawn(self.servers, "nginx", argv, f"127.0.0.1:{next(iter(self.ways)).port}")
        (self.nginx,) = wait_until(lambda: cpu.children(master.pid), what="nginx's worker")
        for way in self.ways:
            way.start_sessions()

    def pids(self):
        """Of everything whose CPU time is ours."""
        applications = [pid for way in self.ways for pid in way.application]
        return [self.nginx, *applications, *(gateway.process.pid for gateway in self.gateways)]

    def stop(self):
        """From the front to the back."""
        for part in [*self.servers, *self.gateways, *self.applications]:
            part.stop()

"""The whole chain, of real programs: nginx, the gateway, PHP-FPM, fcgiwrap, Perl and libfcgi applications."""

import http.client
import os
import shutil
import socket
from pathlib import Path

from .address import connect, free_port
from .gateway import ROOT, Gateway
from .process import Process, wait_until

PAGES = ROOT / "tests" / "integration"
PAGE = os.path.abspath(os.environ.get("PAGE", ROOT / "build/tests/integration/page"))

NGINX = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log stderr warn;
{user}
events {{ worker_connections 1024; }}
http {{
	access_log off; client_max_body_size 16m;
	client_body_temp_path {dir}/t1; fastcgi_temp_path {dir}/t2; proxy_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
	upstream gate {{ server unix:{front}; keepalive 16; }}
	server {{
		listen 127.0.0.1:{port};
		location / {{
			include /etc/nginx/fastcgi_params;
			fastcgi_pass gate;
			fastcgi_keep_conn {keep_conn};
			fastcgi_request_buffering {request_buffering};
			fastcgi_buffer_size 32k; fastcgi_buffers 8 32k;
			fastcgi_next_upstream off;
		}}
	}}
}}
"""

PHP_FPM = """
[global]
daemonize = no
error_log = {dir}/php.log
[site]
{user}
listen = {dir}/php.sock
pm = static
pm.max_children = {children}
pm.max_requests = {max_requests}
"""


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.getheaders(), response.read()

    def all(self, name):
        return [value for n, value in self.headers if n.lower() == name.lower()]

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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
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


class Chain:
    def __init__(self, directory):
        self.directory, self.processes, self.gateway, self.port = directory, [], None, None
        self.root = os.geteuid() == 0

    def spawn(self, name, argv, **how):
        process = Process(name, argv, self.directory, **how)
        self.processes.append(process)
        return process

    def _until_it_listens(self, process, address):
        def listens():
            assert process.running(), f"{process.name} ended at start:\n{process.log}"
            try:
                connect(address, 1).close()
            except OSError:
                return False
            return True

        wait_until(listens, what=process.name)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        Path(self.path(name)).write_text(text)
        return self.path(name)

    # The applications; each gives its configuration.

    def c(self, **settings):
        address = f"unix:{self.path('c.sock')}"
        self._until_it_listens(self.spawn("page", [PAGE, self.path("c.sock")]), address)
        return {"servers": [address], "idle_connections": 0, **settings}

    def perl(self, **settings):
        address = f"unix:{self.path('perl.sock')}"
        self._until_it_listens(self.spawn("perl", ["/usr/bin/perl", PAGES / "page.pl", self.path("perl.sock")]), address)
        return {"servers": [address], "idle_connections": 0, **settings}

    def cgi(self, **settings):
        address = f"unix:{self.path('cgi.sock')}"
        argv = ["/usr/sbin/fcgiwrap", "-c", "2", "-s", address]
        self._until_it_listens(self.spawn("fcgiwrap", argv), address)
        shutil.copy(PAGES / "page.cgi", self.path("page.cgi"))
        return {"servers": [address], "idle_connections": 0, "params": {"SCRIPT_FILENAME": self.path("page.cgi")}, **settings}

    def php(self, children=4, max_requests=0, **settings):
        user = "user = root\ngroup = root" if self.root else ""
        conf = PHP_FPM.format(dir=self.directory, user=user, children=children, max_requests=max_requests)
        argv = ["/usr/sbin/php-fpm8.2", "--nodaemonize", "--fpm-config", self.write("php.conf", conf)]
        address = f"unix:{self.path('php.sock')}"
        process = self.spawn("php-fpm", argv + (["--allow-to-run-as-root"] if self.root else []))
        self._until_it_listens(process, address)
        shutil.copy(PAGES / "page.php", self.path("page.php"))
        return {"servers": [address], "params": {"SCRIPT_FILENAME": self.path("page.php")}, **settings}

    # What stands before them.

    def start(self, applications, keep_conn="on", request_buffering="on", inherited=None, **sections):
        """The gateway, with a route /name/ for each application, and nginx; a visitor."""
        front = self.path("front.sock")
        config = {
            "listen": ["fd:0" if inherited else f"unix:{front}"],
            "store": {"url": "memory:"},
            "applications": applications,
            "routes": [{"path": f"/{name}/", "application": name} for name in applications],
            **sections,
        }
        how = {"stdin": inherited} if inherited else {}
        self.gateway = Gateway(config, self.directory, connect_to=f"unix:{front}", **how)
        self.port = free_port()
        conf = NGINX.format(
            dir=self.directory,
            front=front,
            port=self.port,
            user="user root root;" if self.root else "",
            keep_conn=keep_conn,
            request_buffering=request_buffering,
        )
        nginx = self.spawn("nginx", ["/usr/sbin/nginx", "-c", self.write("nginx.conf", conf), "-p", self.directory, "-e", "stderr"])
        self._until_it_listens(nginx, f"127.0.0.1:{self.port}")
        return Visitor(self.port)

    def stop(self):
        """Those in front first."""
        try:
            for process in reversed(self.processes):
                process.stop()
        finally:
            if self.gateway is not None:
                self.gateway.stop()

    def raw(self, data):
        """Bytes to nginx, and everything that it answers until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as s:
            s.sendall(data)
            got = b""
            while part := s.recv(1 << 16):
                got += part
            return got

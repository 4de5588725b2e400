"""A redis-server of a test's own: in a folder, on a port of its own or a Unix socket, plain or by TLS. It keeps its place
when it is killed and started again."""

import os
import signal

from .address import free_port
from .process import PATIENCE_S, Process, wait_until
from .resp import RedisError, Resp

SERVER = "/usr/bin/redis-server"
TRIES = 20

# A server that others hear nothing of for less has not gone: it, or its machine, stands still.
STANDSTILL_MS = 20000


class Security:
    """What all servers of a deployment ask of who connects."""

    names = "IP:127.0.0.1,DNS:localhost"  # that their certificate is for

    def __init__(self, authority=None, client_certificates=False, user=None, password=None):
        """authority: all connections are TLS (certificates.py). user and password: nobody else may do anything."""
        self.authority, self.user, self.password = authority, user, password
        self.client_certificates = client_certificates
        self.certificate = authority.sign("server", self.names) if authority else None
        self.client = authority.sign("client") if client_certificates else None

    def settings(self):
        lines = []
        if self.authority:
            certificate, key = self.certificate
            lines += [f"tls-cert-file {certificate}", f"tls-key-file {key}", f"tls-ca-cert-file {self.authority.ca}"]
            lines += [f"tls-auth-clients {'yes' if self.client_certificates else 'no'}"]
        return lines + self.login()

    def login(self):
        """The user has to be able to replicate, too."""
        if not self.password:
            return []
        lines = [f"user {self.user or 'default'} on >{self.password} ~* &* +@all"]
        return lines + (["user default off"] if self.user else [])

    def towards_others(self):
        """What a server says to the one that it replicates."""
        lines = ["tls-replication yes"] if self.authority else []
        if self.password:
            lines += [f"masterauth {self.password}"] + ([f"masteruser {self.user}"] if self.user else [])
        return lines

    def credentials(self):
        """As a URL has them."""
        return f"{self.user or ''}:{self.password}@" if self.password else ""

    def scheme(self, plain):
        return plain.replace("redis", "rediss", 1) if self.authority else plain

    def store(self, url):
        """The gateway's settings."""
        if not self.authority:
            return {"url": url}
        certificate, key = self.client or ("", "")
        return {"url": url, "tls": {"ca": self.authority.ca, "certificate": certificate, "key": key}}

    def connect(self, address, timeout=PATIENCE_S):
        """Let in already."""
        client = Resp(address, timeout, self.authority and self.authority.ca, self.client)
        if self.password:
            client.ask("AUTH", *([self.user] if self.user else []), self.password)
        return client


class RedisServer:
    """Started at once, and ready when it is made."""

    def __init__(self, directory, name="redis", settings=(), security=None, unix=False, sentinel=False, env=None):
        self.name, self.security, self.sentinel = name, security or Security(), sentinel
        self.folder = os.path.join(directory, name)
        self.settings, self.env = list(settings), env
        self.socket = os.path.join(self.folder, "s") if unix else None
        self.process = None
        os.mkdir(self.folder)
        self._settle()

    def _settle(self):
        """Another test may be quicker to take the port."""
        for _ in range(TRIES):
            self.port = 0 if self.socket else free_port()
            self._write()
            try:
                return self.start()
            except AssertionError:
                if self.process.running() or "Address already in use" not in self.process.log:
                    raise
        raise AssertionError("no port is free")

    def _write(self):
        lines = ["bind 127.0.0.1", f"dir {self.folder}", "daemonize no", *self.security.settings()]
        if self.security.authority and not self.socket:
            lines += ["port 0", f"tls-port {self.port}"]
        else:
            lines += [f"port {self.port}"]
        if self.socket:
            lines += [f"unixsocket {self.socket}"]
        if not self.sentinel:
            lines += ['save ""', "repl-diskless-sync-delay 0", *self.security.towards_others()]
        with open(self._file, "w") as file:
            file.write("\n".join([*lines, *self.settings]) + "\n")

    @property
    def _file(self):
        return os.path.join(self.folder, "redis.conf")

    @property
    def address(self):
        return f"unix:{self.socket}" if self.socket else f"127.0.0.1:{self.port}"

    @property
    def url(self):
        if self.socket:
            return f"redis+unix://{self.security.credentials()}{self.socket}"
        return f"{self.security.scheme('redis')}://{self.security.credentials()}{self.address}"

    @property
    def store(self):
        return self.security.store(self.url)

    def start(self):
        argv = [SERVER, self._file, *(["--sentinel"] if self.sentinel else [])]
        self.process = Process(self.name, argv, self.folder, env=self.env)
        wait_until(self._answers, what=f"{self.name} to answer")

    def _answers(self):
        assert self.process.running(), self.process.log
        try:
            self.ask("PING")
        except (OSError, RedisError):  # not there yet, or loading its data
            return False
        return True

    def connect(self, timeout=PATIENCE_S):
        return self.security.connect(self.address, timeout)

    def ask(self, *words):
        """On a connection for itself."""
        with self.connect() as client:
            return client.ask(*words)

    def info(self, section):
        lines = self.ask("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def kill(self):
        self.process.signal(signal.SIGKILL)
        self.process.wait()

    def hang(self):
        self.process.signal(signal.SIGSTOP)
        wait_until(lambda: self.process.state() == "T", what=f"{self.name} to stand still")

    def resume(self):
        self.process.signal(signal.SIGCONT)

    def stop(self):
        """Whatever it is doing; its data is of no use to anybody."""
        if self.process and self.process.running():
            self.kill()

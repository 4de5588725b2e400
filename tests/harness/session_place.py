"""Where PHP keeps sessions by itself: files, redis, memcached. Each makes its place, for one chain, and looks into it."""

import os

from .address import connect, free_port
from .process import PATIENCE_S


class Files:
    kind = "files"

    def __init__(self, chain, depth=""):
        self.folder = chain.path("old")
        os.mkdir(self.folder)
        self.save_path = depth + self.folder

    def ids(self):
        return {name.removeprefix("sess_") for _, _, names in os.walk(self.folder) for name in names}


class Redis:
    kind = "redis"

    def __init__(self, chain):
        socket = chain.path("redis.sock")
        argv = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--dir", chain.directory]
        chain.serve("redis", [*argv, "--save", "", "--appendonly", "no", "--daemonize", "no"], f"unix:{socket}")
        self.socket, self.save_path = socket, f"unix://{socket}?prefix=OLD:"

    def ids(self):
        """In the protocol's inline form: KEYS OLD:*"""
        with connect(f"unix:{self.socket}", PATIENCE_S) as s:
            s.sendall(b"KEYS OLD:*\r\nQUIT\r\n")
            lines = s.makefile().read().split("\n")
        return {line.strip().removeprefix("OLD:") for line in lines if line.startswith("OLD:")}


class Memcached:
    kind = "memcached"

    def __init__(self, chain):
        port = free_port()
        argv = ["/usr/bin/memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "root", "-m", "64"]
        chain.serve("memcached", argv, f"127.0.0.1:{port}")
        self.save_path = f"127.0.0.1:{port}"

    def ids(self):
        with connect(self.save_path, PATIENCE_S) as s:
            s.sendall(b"lru_crawler metadump all\r\n")
            lines = []
            with s.makefile() as answer:
                while (line := answer.readline().strip()) != "END":
                    lines.append(line)
        keys = [line.split()[0].removeprefix("key=") for line in lines]
        return {key.removeprefix("memc.sess.key.") for key in keys if not key.startswith("memc.sess.lock.")}


PLACES = {place.kind: place for place in (Files, Redis, Memcached)}

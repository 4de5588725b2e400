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

    def forget(self, id):
        os.remove(os.path.join(self.folder, f"sess_{id}"))


class Redis:
    kind = "redis"

    def __init__(self, chain):
        socket = chain.path("redis.sock")
        argv = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--dir", chain.directory]
        chain.serve("redis", [*argv, "--save", "", "--appendonly", "no", "--daemonize", "no"], f"unix:{socket}")
        self.socket, self.save_path = socket, f"unix://{socket}?prefix=OLD:"

    def ids(self):
        return {line.removeprefix("OLD:") for line in self._ask("KEYS OLD:*") if line.startswith("OLD:")}

    def forget(self, id):
        assert ":1" in self._ask(f"DEL OLD:{id}")

    def _ask(self, command):
        """Inline, as the protocol has it for people."""
        with connect(f"unix:{self.socket}", PATIENCE_S) as s:
            s.sendall(f"{command}\r\nQUIT\r\n".encode())
            return s.makefile().read().split()


class Memcached:
    kind = "memcached"

    def __init__(self, chain):
        port = free_port()
        argv = ["/usr/bin/memcached", "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "root", "-m", "64"]
        chain.serve("memcached", argv, f"127.0.0.1:{port}")
        self.save_path = f"127.0.0.1:{port}"

    def ids(self):
        keys = [word.removeprefix("key=") for word in self._ask("lru_crawler metadump all", "END") if word.startswith("key=")]
        return {key.removeprefix("memc.sess.key.") for key in keys if not key.startswith("memc.sess.lock.")}

    def forget(self, id):
        self._ask(f"delete memc.sess.key.{id}", "DELETED")

    def _ask(self, command, end):
        """The words before the line that ends the answer."""
        words = []
        with connect(self.save_path, PATIENCE_S) as s, s.makefile() as answer:
            s.sendall(f"{command}\r\n".encode())
            while (line := answer.readline().strip()) != end:
                assert line, "it hung up"
                words += line.split()
        return words


PLACES = {place.kind: place for place in (Files, Redis, Memcached)}

"""A redis-server that keeps nothing on disk, on a Unix socket."""

import os

from harness.process import Process
from harness.resp import Resp


class Redis:
    def __init__(self, directory, under=(), **settings):
        """under: a program to run it with, and its arguments; settings: by the names of redis.conf, with underscores."""
        self.socket = os.path.join(directory, "redis.sock")
        argv = [*under, "/usr/bin/redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", directory]
        argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        argv += [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self.process = Process("redis", argv, directory)
        try:
            self.process.until_it_listens(f"unix:{self.socket}")
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"redis+unix://{self.socket}"

    def ask(self, *words):
        with Resp(f"unix:{self.socket}", timeout=60) as client:
            return client.ask(*words)

    def stop(self):
        self.process.stop()

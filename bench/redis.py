"""A redis-server that keeps nothing on disk, on a Unix socket."""

import os

from harness.process import Process

from .nginx import until_it_listens


class Redis:
    def __init__(self, directory):
        self.socket = os.path.join(directory, "redis.sock")
        argv = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", directory]
        argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        self.process = Process("redis", argv, directory)
        try:
            until_it_listens(self.process, f"unix:{self.socket}")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.stop()

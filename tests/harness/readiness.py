"""Whether a program has said that all is open: sd_notify(3), as systemd hears it."""

import os
import socket


class Readiness:
    """A socket accepts before the rest is open: who only connects, may look at what is not yet there."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)

    @property
    def env(self):
        """For the program that is to speak."""
        return {"NOTIFY_SOCKET": self.path}

    def told(self):
        try:
            return b"READY=1" in self.socket.recv(4096).split(b"\n")
        except BlockingIOError:
            return False

    def close(self):
        """What is said later reaches nobody: a full queue would hold up the speaker."""
        self.socket.close()
        os.unlink(self.path)

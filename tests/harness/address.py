"""Addresses as the configuration spells them: unix:/path, 127.0.0.1:9000."""

import random
import socket
import struct
from collections import deque


def connect(address, timeout):
    if address.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        # waits for room in the listen queue, where a socket with a timeout of Python's fails at once
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(timeout), 0))
        s.connect(address.removeprefix("unix:"))
        s.settimeout(timeout)
    else:
        host, _, port = address.rpartition(":")
        s = socket.create_connection((host, int(port)), timeout)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def listen(address, backlog=128):
    if address.startswith("unix:"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(address.removeprefix("unix:"))
    else:
        host, _, port = address.rpartition(":")
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host, int(port)))
    s.listen(backlog)
    return s


# Below those that Linux gives to outgoing connections (ip_local_port_range), which would take one before it is listened on.
PORTS = range(10000, 32768)
HELD = 256
_held = deque()


def free_port():
    """A port of 127.0.0.1 that nobody listens on, and that no other process of the tests is given: by as many later ones it
    is held under an abstract name, which this network's processes share."""
    while True:
        port = random.choice(PORTS)
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0sessiongate-test-port-{port}")
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        _held.append(name)
        if len(_held) > HELD:
            _held.popleft().close()
        return port

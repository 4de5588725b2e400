"""HTTP as bytes: what a client may send to a web server, and what comes back, whatever both look like."""

import socket
from dataclasses import dataclass

from .chain import BROWSER_PATIENCE_S


@dataclass
class Answer:
    """status is None when none came."""

    status: int
    headers: list  # (name, value) as they were written
    body: bytes

    def all(self, name):
        return [value for n, value in self.headers if n.lower() == name.lower()]


def octets(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def send(port, path="/", lines=(), method="GET", body=b"", host="example.test", source="127.0.0.1"):
    """A request on a connection of its own, from the address source; the socket."""
    s = socket.create_connection(("127.0.0.1", port), BROWSER_PATIENCE_S, (source, 0))
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "Connection: close"]
    s.sendall(b"\r\n".join(map(octets, head)) + b"\r\n\r\n" + body)
    return s


def receive(s):
    """All of the answer, to its end; closes."""
    data = b""
    with s:
        while True:
            try:
                got = s.recv(1 << 16)
            except ConnectionResetError:  # what was refused may not have been read
                got = b""
            if not got:
                return _parse(data)
            data += got


def ask(port, path="/", lines=(), **how):
    return receive(send(port, path, lines, **how))


def _parse(data):
    head, _, body = data.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1.1 "):
        return Answer(None, [], data)
    named = [field.partition(":") for field in fields]
    headers = [(name, value.strip()) for name, _, value in named]
    chunked = any(name.lower() == "transfer-encoding" for name, _ in headers)
    return Answer(int(first.split()[1]), headers, _unchunk(body) if chunked else body)


def _unchunk(data):
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        body, data = body + data[:length], data[length + 2 :] if length else b""
    return body

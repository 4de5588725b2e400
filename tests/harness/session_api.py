"""An application's side of the session API: HTTP/1.1 on the Unix socket that a request names, with its ticket."""

import json
import socket

from .process import PATIENCE_S


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def slug(self):
        """Of a problem."""
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json
        assert problem["status"] == self.status and problem["request_id"]
        return problem["type"].removeprefix("urn:sessiongate:problem:")

    def __repr__(self):
        return f"{self.status} {self.body!r}"


class SessionApi:
    """One kept connection."""

    def __init__(self, path, ticket=None):
        self.path, self.ticket, self.buffer = path, ticket, b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)

    @classmethod
    def of(cls, params):
        return cls(params["SESSION_SOCKET"], params["SESSION_TICKET"])

    def get(self, **how):
        return self.ask("GET", **how)

    def patch(self, *body, **members):
        """What is to change; or a body that is no JSON."""
        return self.ask("PATCH", body[0] if body else json.dumps(members))

    def ask(self, method="GET", body=None, path="/session", fields=()):
        self.send(method, body, path, fields)
        return self.answer()

    def send(self, method="GET", body=None, path="/session", fields=()):
        lines = [f"{method} {path} HTTP/1.1", "Host: gateway", *fields]
        if self.ticket is not None:
            lines.append(f"Authorization: Ticket {self.ticket}")
        body = body.encode() if isinstance(body, str) else body
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def raw(self, data):
        self.socket.sendall(data)

    def _more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise ConnectionError(f"closed after {self.buffer!r}")
        self.buffer += got

    def answer(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        status = int(first.split()[1])
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        if status == 100:
            return Answer(status, headers, b"")
        assert status != 204 or "content-length" not in headers
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def note(self, *body, **members):
        """The same as patch(), of which nobody says what came of it."""
        text = body[0] if body else json.dumps(members)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notes:
            notes.settimeout(PATIENCE_S)
            notes.sendto(f"{self.ticket} {text}".encode(), f"{self.path}.notes")

    def closed(self):
        """Has the gateway closed it, with nothing left to read?"""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()

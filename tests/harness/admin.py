"""A client of the admin API. Every answer has to be one that rest/openapi.json knows, whatever the test is about."""

import hashlib
import http.client
import json
import socket
from urllib.parse import quote, urlencode

from . import openapi
from .address import connect
from .problem import problem
from .process import PATIENCE_S

EVERYTHING = ["*"]


def grant(name, scopes=EVERYTHING, token=None, **limits):
    """An entry of admin.tokens."""
    return {"name": name, "sha256": sha256(token or token_of(name)), "scopes": scopes, **limits}


def token_of(name):
    """As `sessionctl token new` would make one, but always the same."""
    return f"sga_{name}_{'x' * 43}"


def sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


class Reply:
    def __init__(self, response, method, target):
        self.status, self.body = response.status, response.read()
        self.fields = response.getheaders()
        self.head = str(self.fields)
        openapi.check(method, target, self.status, self.fields, self.body)
        self._check()

    def header(self, name):
        values = [value for field, value in self.fields if field.lower() == name.lower()]
        assert len(values) < 2, f"{name} twice: {self.head}"
        return values[0] if values else None

    def _check(self):
        """What no schema says."""
        assert b"sga_" not in self.body.replace(b"sga_\xe2\x80\xa6", b""), "a token is told"
        if self.status >= 400 and self.header("Content-Type") != "application/json":
            assert self.body == b"" or self.problem[0] == self.status

    @property
    def json(self):
        assert self.header("Content-Type") == "application/json", f"{self.status} {self.head}: {self.body[:300]!r}"
        return json.loads(self.body)

    @property
    def problem(self):
        """(status, slug)"""
        return problem(self)

    @property
    def detail(self):
        return json.loads(self.body)["detail"]

    @property
    def wrong(self):
        """The parameters that a 400 complains about."""
        assert self.problem == (400, "invalid-parameter")
        return [error["parameter"] for error in json.loads(self.body)["errors"]]


class Connection(http.client.HTTPConnection):
    """To wherever an address of the configuration leads."""

    def __init__(self, address, tls=None, patience_s=PATIENCE_S):
        """tls: a context of ssl."""
        super().__init__("admin.test", timeout=patience_s)
        self.address, self.tls = address, tls

    def connect(self):
        self.sock = connect(self.address, self.timeout)
        if self.tls is not None:
            self.sock = self.tls.wrap_socket(self.sock, server_hostname="localhost")


class Admin:
    def __init__(self, address, token=None, tls=None):
        self.address, self.token, self.tls = address, token, tls

    def call(self, method, target, body=None, headers=None, connection=None):
        """body: bytes as they are, or what becomes JSON."""
        headers = dict(headers or {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        own = connection or Connection(self.address, self.tls)
        try:
            own.request(method, target, body, headers)
            reply = Reply(own.getresponse(), method, target)
            if 200 <= reply.status < 300:
                openapi.check_request(method, target, headers.get("Content-Type", ""), body)
            return reply
        finally:
            if connection is None:
                own.close()

    def get(self, target, headers=None, **parameters):
        if parameters:
            target += ("&" if "?" in target else "?") + urlencode(parameters)
        return self.call("GET", target, headers=headers)

    def delete(self, target, headers=None, **parameters):
        return self.call("DELETE", target + ("?" + urlencode(parameters) if parameters else ""), headers=headers)

    def post(self, target, body, headers=None):
        return self.call("POST", target, body, headers)

    def put(self, target, body=None, headers=None):
        return self.call("PUT", target, body, headers)

    def patch(self, target, body, headers=None):
        return self.call("PATCH", target, body, headers)

    # --- by name ---

    def session(self, id, headers=None):
        return self.get(f"/api/v1/sessions/{id}", headers)

    def sessions(self, **parameters):
        return self.get("/api/v1/sessions", **parameters)

    def revoke(self, id, **parameters):
        return self.delete(f"/api/v1/sessions/{id}", **parameters)

    def walk(self, target="/api/v1/sessions", **parameters):
        """All pages of a list, as one."""
        found, cursor = [], {}
        while True:
            page = self.get(target, **parameters, **cursor).json
            found += page["data"]
            if page["page"]["next"] is None:
                return found
            cursor = {"cursor": page["page"]["next"]}

    def ids(self, **parameters):
        return [session["id"] for session in self.walk(**parameters)]


def user_path(user, rest=""):
    return f"/api/v1/users/{quote(user, safe='')}{rest}"


def speak(address, bytes_):
    """What is answered to these bytes until the other side closes, which it may do before it has read all of it."""
    heard = b""
    with connect(address, PATIENCE_S) as s:
        try:
            s.sendall(bytes_)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while got := s.recv(65536):
                heard += got
        except ConnectionError:
            pass
    return heard

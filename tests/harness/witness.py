"""Stands between a client of the admin API and the gateway, hands on every byte as it comes, and holds what was answered to
rest/openapi.json. What is TLS it only hands on."""

import http.client
import io
import select
import socket
from threading import Thread

from . import openapi
from .address import connect, listen
from .process import PATIENCE_S

HANDSHAKE = b"\x16"
EVENTS = "text/event-stream"


class Witness:
    def __init__(self, address):
        self.address = address
        self.calls, self.failures, self.relays = [], [], []
        self.listener = listen(f"{address}.at" if address.startswith("unix:") else "127.0.0.1:0")
        self.listening = Thread(target=self._accept, daemon=True)
        self.listening.start()

    @property
    def at(self):
        """Where clients connect to in its place."""
        name = self.listener.getsockname()
        return f"unix:{name}" if isinstance(name, str) else f"127.0.0.1:{name[1]}"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.relays.append(Thread(target=self._relay, args=(client,), daemon=True))
            self.relays[-1].start()

    def _relay(self, client):
        asked, answered = bytearray(), bytearray()
        with client:
            try:
                with connect(self.address, PATIENCE_S) as gateway:
                    _hand_on({client: (gateway, asked), gateway: (client, answered)})
            except OSError:
                pass  # one of them has gone: what was said until then counts
        try:
            self.calls += look(bytes(asked), bytes(answered))
        except Exception as failure:  # of a thread nobody would hear
            self.failures.append(failure)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """When the gateway or the client has ended. What was wrong fails the test."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listening.join()
        for relay in self.relays:
            relay.join(PATIENCE_S)
            assert not relay.is_alive(), "a client goes on"
        if self.failures:
            raise self.failures[0]


def look(asked, answered):
    """At all that went over one connection: [(method, target, status)]."""
    calls, answers = [], _Answers(answered)
    for method, target, head, body in _requests(io.BytesIO(asked if asked[:1] != HANDSHAKE else b"")):
        if not answers.more():
            break
        calls.append((method, target, _check(answers.take(method), method, target, head, body)))
    return calls


def _check(answer, method, target, head, sent):
    response, body, whole = answer
    fields = response.getheaders()
    if whole:
        openapi.check(method, target, response.status, fields, body)
    else:
        openapi.check_head(method, target, response.status, fields)
    if response.getheader("Content-Type") == EVENTS:
        _check_events(body)
    if 200 <= response.status < 300:
        openapi.check_request(method, target, head.get("Content-Type", ""), sent)
    return response.status


def _hand_on(ways):
    """{from: (to, where it is noted)}, until both have ended."""
    while ways:
        for source in select.select(list(ways), [], [])[0]:
            target, noted = ways[source]
            data = source.recv(65536)
            if data:
                noted += data
                target.sendall(data)
            else:
                del ways[source]
                target.shutdown(socket.SHUT_WR)


def _requests(stream):
    """(method, target, head, body) of each that is whole."""
    while line := stream.readline():
        method, target = line.decode().split()[:2]
        head = http.client.parse_headers(stream)
        size = int(head.get("Content-Length", 0))
        body = stream.read(size)
        if len(body) == size:
            yield method, target, head, body


class _Answers(io.BytesIO):
    """One after the other on one connection, for http.client to take apart."""

    def makefile(self, *_):
        return self

    def close(self):
        """http.client has done with one; there may be another."""

    def more(self):
        """Whether there is another, of which the head is whole at least."""
        return self.getvalue().find(b"\r\n\r\n", self.tell()) >= 0

    def take(self, method):
        """(head, body, whether that is all of it)"""
        response = http.client.HTTPResponse(self, method=method)
        response.begin()
        try:
            return response, response.read(), True
        except http.client.IncompleteRead as cut:
            return response, cut.partial, False


def _check_events(body):
    """Of a stream, as far as it came."""
    for record in body.split(b"\n\n")[:-1]:
        for line in record.splitlines():
            if line.startswith(b"data: "):
                openapi.check_schema("Event", openapi.strict(line.removeprefix(b"data: ")))

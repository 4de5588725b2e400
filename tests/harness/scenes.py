"""What the application behind a real web server does, by the path it is asked for, and how a test directs it."""

import threading

from .application import echo


class Scenes:
    """To be played by an Application. Each exchange gets sent (bytes), over, and the events go and enough."""

    def __init__(self):
        self.scenes = {"/work": _work, "/endless": _endless, "/large": _large, "/cut": _cut, "/short": _short}

    def __call__(self, exchange):
        exchange.sent, exchange.over = 0, threading.Event()
        exchange.go, exchange.enough = threading.Event(), threading.Event()
        path, _, exchange.query = exchange.params["REQUEST_URI"].partition("?")
        try:
            self.scenes.get(path, _echo)(exchange)
        finally:
            exchange.over.set()


def large_body(size):
    """No two places in it look alike."""
    return b"".join(b"%015d\n" % at for at in range(0, size, 16))[:size]


def _echo(exchange):
    """The header X-Test-Say is put into the answer's header: "Status: 204|X-A: b"."""
    exchange.params["TEST_SAY"] = exchange.params.get("HTTP_X_TEST_SAY", "").replace("|", "\n")
    echo(exchange)


def _work(exchange):
    """Says nothing before go is set; over without it when the gateway hangs up."""
    exchange.read_body()
    while not exchange.go.wait(0.01):
        if exchange.connection.hung_up():
            exchange.close()
            return
    _endless(exchange)


def _endless(exchange):
    exchange.read_body()
    exchange.out("Content-Type: text/plain\r\n\r\n")
    _pour(exchange, exchange.enough)
    exchange.end()


def _pour(exchange, enough):
    """As fast as 8 MB a second, until enough is set or nobody takes it."""
    while not enough.wait(0.001):
        exchange.out(b"x" * 8192)
        exchange.sent += 8192


def _large(exchange):
    """/large?13000000"""
    exchange.read_body()
    body = large_body(int(exchange.query))
    exchange.out(f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n")
    for at in range(0, len(body), 1 << 15):
        piece = body[at : at + (1 << 15)]
        exchange.out(piece)
        exchange.sent += len(piece)
    exchange.end()


def _cut(exchange, announced=""):
    """Dies in its body when go is set."""
    exchange.read_body()
    exchange.out(f"Content-Type: text/plain\r\n{announced}\r\n")
    _pour(exchange, exchange.go)
    exchange.close()


def _short(exchange):
    """As _cut, of an announced length."""
    _cut(exchange, f"Content-Length: {1 << 30}\r\n")

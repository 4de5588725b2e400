"""A server that events are posted to, on loopback: it notes what comes, and answers as the test says."""

import hashlib
import hmac
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from . import openapi
from .process import wait_until

SECRET = "shared secret"


class HookServer:
    def __init__(self, statuses=()):
        """statuses: of the first answers; 200 after them."""
        self.posts, self.statuses = [], list(statuses)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.posts.append((time.monotonic(), self.headers, body))
                self.send_response(server.statuses.pop(0) if server.statuses else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def until(self, count):
        wait_until(lambda: len(self.posts) >= count, what=f"{count} posts")
        return [self.event(post) for post in self.posts]

    def event(self, post):
        """With a good signature, or it is none."""
        _, headers, body = post
        when, _, mac = headers["Sessiongate-Signature"].partition(",")
        assert when.startswith("t=") and abs(int(when[2:]) - time.time()) < 600
        assert mac == "v1=" + hmac.new(SECRET.encode(), when[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["Content-Type"] == "application/json"
        event = openapi.strict(body)
        openapi.check_schema("Event", event)
        return event

    def close(self):
        self.server.shutdown()
        self.server.server_close()

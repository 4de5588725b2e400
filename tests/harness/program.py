"""An application that uses the session API, as a test says."""

import json

from .session_api import SessionApi


class Program:
    """It does what the test says with each request, and notes what came of it in seen. before: until its header goes out,
    after: then, before it ends. Each is called with the request's SessionApi. instead: with the whole exchange, too."""

    def __init__(self, app):
        self.before = self.after = self.instead = None
        self.apis, self.seen = [], []
        app.play = self._play

    def _play(self, exchange):
        exchange.read_body()
        api = SessionApi.of(exchange.params)
        self.apis.append(api)
        before, after, instead = self.before, self.after, self.instead
        if instead:
            instead(exchange, api)
            return
        if before:
            self.seen.append(before(api))
        self.answer(exchange, lambda: after and self.seen.append(after(api)))

    def answer(self, exchange, between=lambda: None):
        """As the echo application does; between: when the header is out."""
        say = [line for line in exchange.params.get("TEST_SAY", "").split("\n") if line]
        body = json.dumps({"params": exchange.params})
        exchange.out("".join(f"{line}\r\n" for line in ["Content-Type: application/json", *say]) + "\r\n" + body[:1])
        between()
        exchange.out(body[1:])
        exchange.end()

    def does(self, before=None, after=None, instead=None):
        self.before, self.after, self.instead = before, after, instead

    @property
    def last(self):
        return self.seen[-1]

    def close(self):
        for api in self.apis:
            api.close()

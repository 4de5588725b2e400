"""A reader of the admin API's server-sent events, as a browser's EventSource reads them."""

import http.client
import time

from . import openapi
from .admin import Connection
from .process import PATIENCE_S


class EventStream:
    """for event in stream, or stream.next(); comments are counted."""

    def __init__(self, admin, last=None, **parameters):
        self.parameters = parameters
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {admin.token}", **({"Last-Event-ID": last} if last else {})}
        self.connection, self.comments, self.last, self.begin = Connection(admin.address), 0, last, None
        target = "/api/v1/events" + (f"?{query}" if query else "")
        self.connection.request("GET", target, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        assert self.status == 200, self.response.read()
        assert self.response.getheader("Content-Type") == "text/event-stream"
        openapi.check_head("GET", target, self.status, self.response.getheaders())
        assert self._record() is None, "a comment comes at once"
        if "limit" in parameters and not last:
            assert self._record() is None and self.begin, "and where it begins"

    def _record(self):
        """None: a comment. EOFError: it has ended."""
        fields = {}
        while (line := self.response.readline()) not in (b"\n", b""):
            name, _, value = line.decode().rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")
        if line == b"":
            raise EOFError
        if set(fields) == {""}:
            self.comments += 1
            return None
        if set(fields) == {"id"}:  # no event, but where one would go on
            assert "limit" in self.parameters and self.begin is None
            self.last = self.begin = fields["id"]
            return None
        event = openapi.strict(fields["data"])
        openapi.check_schema("Event", event)
        assert fields["event"] == event["type"] and fields.get("id") == event["id"]
        self.last = event["id"] or self.last
        return event

    def next(self):
        while (event := self._record()) is None:
            pass
        return event

    def take(self, count):
        return [self.next() for _ in range(count)]

    def types(self, count):
        return [event["type"] for event in self.take(count)]

    def ended(self):
        """Reads to the end: everything that still came."""
        deadline, events = time.monotonic() + 4 * PATIENCE_S, []
        try:
            while time.monotonic() < deadline:
                events.append(self.next())
        except (EOFError, OSError, http.client.HTTPException):
            return events
        raise AssertionError("the stream goes on")

    def close(self):
        self.response.close()
        self.connection.close()

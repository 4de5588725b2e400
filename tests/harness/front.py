"""The web server's side: one connection to the gateway, driven record by record."""

import time
from collections import defaultdict
from dataclasses import dataclass, field

from . import fastcgi
from .address import connect
from .process import PATIENCE_S


@dataclass
class Answer:
    """What came back under one request id."""

    stdout: bytes = b""
    stderr: bytes = b""
    app_status: int = None
    protocol_status: int = None  # None: the connection ended before END_REQUEST
    closed_stdout: bool = False  # an empty STDOUT record came
    records: list = field(default_factory=list)

    @property
    def cut(self):
        return self.protocol_status is None

    @property
    def head(self):
        head, blank, _ = self.stdout.partition(b"\r\n\r\n")
        assert blank, f"no whole header block: {self.stdout[:200]!r} {self.protocol_status}"
        return head

    @property
    def body(self):
        return self.stdout.partition(b"\r\n\r\n")[2]

    @property
    def headers(self):
        """[(name in lower case, value)], the Status left out."""
        lines = [line.partition(b":") for line in self.head.split(b"\r\n") if line]
        named = [(name.decode("latin-1").lower(), value.decode("latin-1").strip()) for name, _, value in lines]
        return [(name, value) for name, value in named if name != "status"]

    @property
    def status(self):
        for line in self.head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"status":
                return int(value.split()[0])
        raise AssertionError(f"no Status in {self.head!r}: the gateway always writes one")

    def all(self, name):
        return [value for n, value in self.headers if n == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)


class Front:
    def __init__(self, address, timeout=PATIENCE_S):
        self.timeout = timeout
        self.socket = connect(address, timeout)
        self.buffer = bytearray()
        self.answers = defaultdict(Answer)
        self.eof = False
        self.reset = False  # it ended by a reset: most web servers lose what they have not read yet
        self.other = []  # management records and whatever belongs to no request

    def send(self, data, step=None, pause=0):
        """All of it, or step bytes a write with a pause behind each. The timeout is for each write that takes something."""
        if step is None:
            left = memoryview(data)
            while left:
                left = left[self.socket.send(left) :]
            return
        for at in range(0, len(data), step):
            self.socket.sendall(data[at : at + step])
            if pause:
                time.sleep(pause)

    def record(self, timeout=None):
        """The next record; None at the end of the connection. TimeoutError when neither comes."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            record = fastcgi.parse(self.buffer)
            if record is not None or self.eof:
                return record
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                got = self.socket.recv(1 << 16)
            except (ConnectionResetError, BrokenPipeError):
                self.reset, got = True, b""
            finally:
                self.socket.settimeout(self.timeout)
            self.eof = not got
            self.buffer += got

    def answer(self, id=1, timeout=None):
        """Read until the END_REQUEST of id, or the end of the connection; other ids' records are kept for them."""
        while self.answers[id].protocol_status is None:
            record = self.record(timeout)
            if record is None:
                break
            self.note(record)
        return self.answers.pop(id)

    def note(self, record):
        """Keep it for the answer that it belongs to."""
        assert record.version == 1
        assert record.body or not record.padding, f"a padded terminator: {record}"
        if record.id == 0 or record.type not in (fastcgi.STDOUT, fastcgi.STDERR, fastcgi.END):
            self.other.append(record)
            return
        answer = self.answers[record.id]
        assert answer.protocol_status is None, f"{record} after END_REQUEST"
        answer.records.append(record)
        if record.type == fastcgi.STDERR:
            answer.stderr += record.body
        elif record.type == fastcgi.STDOUT:
            assert not answer.closed_stdout, f"{record} after the empty STDOUT"
            answer.stdout += record.body
            answer.closed_stdout = not record.body
        else:
            assert len(record.body) == 8
            answer.app_status = int.from_bytes(record.body[:4], "big")
            answer.protocol_status = record.body[4]

    def ask(self, params=None, body=b"", id=1, **how):
        """A whole request and its answer."""
        if params is None:
            params = fastcgi.post(body) if body else fastcgi.get()
        self.send(fastcgi.request(params, body, id, **how))
        return self.answer(id)

    def half_close(self):
        self.socket.shutdown(1)

    def closes_within(self, seconds):
        """Does the gateway end the connection, and say nothing more before?"""
        try:
            return self.record(seconds) is None
        except TimeoutError:
            return False

    def assert_alive(self):
        answer = self.ask(fastcgi.get("/alive"))
        assert (answer.status, answer.protocol_status) == (200, fastcgi.REQUEST_COMPLETE)

    def close(self):
        self.socket.close()

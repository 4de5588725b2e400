"""The application's side: a FastCGI server that notes every record it gets and plays a script for each request."""

import hashlib
import json
import socket
import threading

from . import fastcgi
from .address import listen
from .process import PATIENCE_S


class Exchange:
    """One request as the script sees it, from the end of its PARAMS on."""

    def __init__(self, connection, id, role, flags, pairs):
        self.connection = connection
        self.id, self.role, self.flags = id, role, flags
        self.pairs = [(name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")) for name, value in pairs]
        self.params = dict(self.pairs)
        self.body = b""
        self.stdin_closed = False

    def read_body(self, at_least=None):
        """All of STDIN, or until so many bytes are there."""
        while not self.stdin_closed and (at_least is None or len(self.body) < at_least):
            record = self.connection.record()
            if record is None:
                raise ConnectionError("the gateway closed before the end of STDIN")
            if record.type == fastcgi.STDIN and record.id == self.id:
                self.body += record.body
                self.stdin_closed = not record.body
        return self.body

    def raw(self, data, step=None):
        self.connection.send(data, step)

    def out(self, data, padding=0, step=None):
        data = fastcgi.octets(data)
        self.raw(fastcgi.stream(fastcgi.STDOUT, self.id, data, padding=padding, close=False), step)

    def err(self, data):
        self.raw(fastcgi.stream(fastcgi.STDERR, self.id, fastcgi.octets(data), close=False))

    def end(self, app_status=0, protocol_status=fastcgi.REQUEST_COMPLETE, close_stdout=True):
        if self.stdin_closed:
            assert not self.connection.pending(), "the gateway sent the next request before this one's end"
        done = fastcgi.record(fastcgi.STDOUT, self.id) if close_stdout else b""
        self.raw(done + fastcgi.end(self.id, app_status, protocol_status))

    def reply(self, *lines, body=b""):
        """A whole answer: header lines, a body, the end."""
        body = fastcgi.octets(body)
        self.out(b"".join(fastcgi.octets(line) + b"\r\n" for line in lines) + b"\r\n" + body)
        self.end()

    def close(self):
        self.connection.close()

    def wait(self, event, seconds=PATIENCE_S):
        assert event.wait(seconds), "nobody set the event that a script waits for"


def echo(exchange):
    """Say as JSON what came. The param TEST_SAY is put into the answer's header, line by line."""
    body = exchange.read_body()
    seen = {
        "params": exchange.params,
        "names": [name for name, _ in exchange.pairs],
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "connection": exchange.connection.number,
        "flags": exchange.flags,
    }
    said = [line for line in exchange.params.get("TEST_SAY", "").split("\n") if line]
    exchange.reply("Content-Type: application/json", *said, body=json.dumps(seen))


class Connection:
    def __init__(self, application, sock, number):
        self.application, self.socket, self.number = application, sock, number
        self.buffer = bytearray()
        self.records = []  # everything that came, in order
        self.served = False  # for a script's own use: was a request answered here?
        self.closed_by_peer = threading.Event()

    def record(self):
        """The next record; None when the gateway closed."""
        while True:
            record = fastcgi.parse(self.buffer)
            if record is not None:
                self.records.append(record)
                return record
            try:
                got = self.socket.recv(1 << 16)
            except OSError:
                got = b""
            if not got:
                self.closed_by_peer.set()
                return None
            self.buffer += got

    def unread(self):
        """The records that came and that no script asked for."""
        rest = bytearray(self.buffer)
        return list(iter(lambda: fastcgi.parse(rest), None))

    def pending(self):
        """Has more come than was read?"""
        if self.buffer:
            return True
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False

    def hung_up(self):
        """Has the gateway closed, with nothing left to read?"""
        try:
            return self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def send(self, data, step=None):
        for at in range(0, len(data), step or len(data) or 1):
            self.socket.sendall(data[at : at + (step or len(data))])

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def serve(self):
        """Requests one after the other, until the gateway closes or a script did."""
        while True:
            exchange = self._begin()
            if exchange is None:
                break
            self.application.exchanges.append(exchange)
            self.application.play(exchange)
            if self.socket.fileno() < 0:
                break
            if not exchange.flags & fastcgi.KEEP_CONN:
                self.close()
                break

    def _begin(self):
        params, opened = b"", None
        while True:
            record = self.record()
            if record is None:
                return None
            if record.type == fastcgi.BEGIN:
                opened = record
            elif record.type == fastcgi.PARAMS and opened is not None:
                params += record.body
                if not record.body:
                    role = int.from_bytes(opened.body[:2], "big")
                    return Exchange(self, opened.id, role, opened.body[2], fastcgi.parse_pairs(params))


class Application:
    """Listens as soon as it is made. play is called in a thread per connection; the last one set counts.
    one_process: like a libfcgi program, it accepts a connection only when the one before it is over."""

    def __init__(self, address, play=echo, backlog=128, accept=True, one_process=False):
        self.address, self.play, self.one_process = address, play, one_process
        self.listener = listen(address, backlog)
        self.connections, self.exchanges, self.errors, self.threads = [], [], [], []
        self.stopping = False
        if accept:
            self._spawn(self._accept)

    def _spawn(self, run, *arguments):
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            connection = Connection(self, sock, len(self.connections) + 1)
            self.connections.append(connection)
            if self.one_process:
                self._serve(connection)
            else:
                self._spawn(self._serve, connection)

    def _serve(self, connection):
        try:
            connection.serve()
        except OSError:
            connection.closed_by_peer.set()  # in the middle: what many a test is about
        except Exception as error:
            if not self.stopping:
                self.errors.append(error)
        finally:
            connection.close()

    @property
    def requests(self):
        """The params of each request so far."""
        return [exchange.params for exchange in self.exchanges]

    def stop_listening(self):
        """Also for those that wait in the backlog."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def close(self):
        self.stopping = True
        self.stop_listening()
        for connection in self.connections:
            connection.close()
        for thread in self.threads:
            thread.join(PATIENCE_S)

    def assert_framing(self):
        """U22 and rule 0.7 hold in every test: what the gateway sent is what every application can read."""
        if self.errors:
            raise self.errors[0]
        for connection in self.connections:
            _assert_framing(connection.records + connection.unread())


def _assert_framing(records):
    """One request after the other, each BEGIN, PARAMS in whole pairs, STDIN of its length, and nothing else."""
    open_id, params, stdin = None, None, None  # the streams that are open
    for record in records:
        assert record.version == 1 and record.id != 0, f"management record sent to an application: {record}"
        assert record.type in (fastcgi.BEGIN, fastcgi.PARAMS, fastcgi.STDIN), f"unexpected {record}"
        assert len(record.body) + record.padding <= 65535
        assert record.body or record.padding == 0, "a padded terminator"
        if record.type == fastcgi.BEGIN:
            assert params is None and stdin is None, "BEGIN while a request is not sent whole"
            assert record.body in (b"\0\1\0" + bytes(5), b"\0\1\1" + bytes(5)), f"no Responder's: {record}"
            open_id, params = record.id, []
            continue
        assert record.id == open_id, f"a second id on one connection: {record}"
        if record.type == fastcgi.PARAMS:
            assert params is not None
            params += fastcgi.parse_pairs(record.body)  # whole pairs only
            if not record.body:
                length = _assert_params(params)
                params, stdin = None, 0
        else:
            assert stdin is not None, f"STDIN before its time or after its end: {record}"
            stdin += len(record.body)
            if not record.body:
                assert stdin == length, f"{stdin} bytes of STDIN, CONTENT_LENGTH {length}"
                stdin = None


def _assert_params(params):
    """Rules 2.11 and 2.12: each name once, and none that ends a Perl program. The CONTENT_LENGTH."""
    names = [name for name, _ in params]
    assert len(names) == len(set(names)), f"a name came twice: {sorted(names)}"
    assert not [name for name in names if not name or b"\0" in name or b"=" in name]
    return int(dict(params)[b"CONTENT_LENGTH"])

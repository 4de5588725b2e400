"""Everything fails at once, by dice: what holds all the same is that an answer belongs to its request, and that nothing is left behind.

The seeds are fixed, so that what is asked and what fails is the same each time; only the moments differ.
"""

import random
import socket
import struct
import time
from threading import Event, Lock, Thread

import pytest

from harness import fastcgi
from harness.address import free_port
from harness.application import Application
from harness.fastcgi import get, request
from harness.problem import problem
from harness.process import wait_until

SECONDS = 6  # for each seed; at most MOST_SECONDS, on a machine so busy that not all of ENOUGH has happened before
MOST_SECONDS = 60
ENOUGH = {200, 502, 503, 504, "cut"}
VISITORS = 12
REQUESTS = 48  # limits.requests, all of which must be there again afterwards
RELOADED = "configuration reloaded"
# While chaos lasts, and before and after it, when nothing may fail on any machine.
HASTY = {"read_timeout": "300ms", "connect_timeout": "300ms", "queue": {"size": REQUESTS, "timeout": "500ms"}}
PATIENT = {"read_timeout": "15s", "connect_timeout": "15s", "queue": {"size": REQUESTS, "timeout": "15s"}}
REFUSALS = {
    (400, "bad-request"),  # half a body, by half-close
    (502, "bad-response"),
    (503, "application-unavailable"),
    (503, "overloaded"),
    (504, "application-timeout"),
}


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def answer_to(params):
    """(header lines, body): who asked what is in both, so no piece of it fits another request."""
    marker, times = params["MARKER"], int(params["TIMES"])
    body = f"{marker}\n".encode() * times
    lines = [f"X-Marker: {marker}", f"X-Who: {params.get('SESSION_ATTR_who', 'nobody')}"]
    if params["WITH_LENGTH"] == "1":
        lines.append(f"Content-Length: {len(body)}")
    return lines, body


class Chaos:
    """An application that throws dice for each request."""

    def __init__(self, seed):
        self._dice, self._lock, self.calm = random.Random(seed), Lock(), False

    def _throw(self, what, *arguments):
        with self._lock:
            return getattr(self._dice, what)(*arguments)

    def play(self, exchange):
        lines, body = answer_to(exchange.params)
        head = "".join(f"{line}\r\n" for line in [*lines, *self._directives(exchange)]).encode() + b"\r\n"
        size = self._throw("choice", [100, 5000, 65535])
        whole = fastcgi.stream(fastcgi.STDOUT, exchange.id, head + body, size=size, close=False) + fastcgi.end(exchange.id)
        deed = "whole" if self.calm else self._throw("choice", [*["whole"] * 5, *self.DEEDS])
        getattr(self, f"_{deed}")(exchange, whole)

    def _directives(self, exchange):
        return [f"X-Session-Set: m{exchange.params['WHO']}=1"] if self._throw("random") < 0.3 else []

    DEEDS = ("close", "reset", "stall", "hasty", "overloaded", "garbage", "talkative", "trailing", "early", "slow", "silent")

    def _whole(self, exchange, whole):
        exchange.read_body()
        exchange.raw(whole)

    def _part(self, exchange, whole):
        exchange.read_body()
        exchange.raw(whole[: self._throw("randrange", len(whole))])

    def _close(self, exchange, whole):
        self._part(exchange, whole)
        exchange.close()

    def _reset(self, exchange, whole):
        self._part(exchange, whole)
        reset(exchange.connection.socket)

    def _stall(self, exchange, whole):
        self._part(exchange, whole)
        exchange.connection.record()
        exchange.close()

    def _silent(self, exchange, whole):
        exchange.connection.record()
        exchange.close()

    def _hasty(self, exchange, whole):
        """Answers before it has read the body, and leaves."""
        exchange.raw(whole)
        exchange.close()

    def _overloaded(self, exchange, whole):
        exchange.read_body()
        exchange.end(protocol_status=fastcgi.OVERLOADED)

    def _garbage(self, exchange, whole):
        """Not inside a record, where it would be as good as any other byte."""
        exchange.read_body()
        records = list(_records(whole))
        exchange.raw(b"".join(records[: self._throw("randrange", len(records))]) + b"\x07" * 64)
        exchange.close()

    def _talkative(self, exchange, whole):
        """Says more behind its end, sooner or later."""
        self._whole(exchange, whole)
        time.sleep(self._throw("choice", [0, 0.001, 0.01]))
        exchange.raw(fastcgi.record(fastcgi.STDOUT, exchange.id, b"belongs to nobody"))

    def _trailing(self, exchange, whole):
        """A part of a record behind its end, and the rest when somebody else may be on the line."""
        more = fastcgi.record(fastcgi.STDOUT, exchange.id, b"belongs to nobody either")
        exchange.read_body()
        exchange.raw(whole + more[:11])
        time.sleep(0.02)
        exchange.raw(more[11:])

    def _early(self, exchange, whole):
        """Answers before it has read the body, and stays."""
        exchange.raw(whole)

    def _slow(self, exchange, whole):
        exchange.read_body()
        half = self._throw("randrange", len(whole))
        exchange.raw(whole[:half])
        time.sleep(0.05)
        exchange.raw(whole[half:])


class Visitor:
    """Asks in groups on a connection, aborts, goes away; checks what comes."""

    def __init__(self, gateway, number, seed):
        self.gateway, self.number = gateway, number
        self.dice = random.Random(f"{seed} {number}")
        self.seen, self.front, self.count = [], None, 0
        self.cookie = gateway.ask(self._params({})).header("Set-Cookie").partition(";")[0]

    def _params(self, more):
        self.count += 1
        own = {"MARKER": f"{self.number}.{self.count}", "WHO": str(self.number)}
        return get("/", **{**own, **more})

    def run(self, over):
        while not over.is_set():
            if self.front is None or self.front.eof:
                self.leave()
                self.front = self.gateway.front()
            getattr(self, "_" + self.dice.choice(["ask"] * 6 + ["abort", "vanish", "half_close", "read_some"]))()
        self.leave()

    def leave(self):
        if self.front is not None:
            self.front.close()
            self.gateway.fronts.remove(self.front)
        self.front = None

    def _group(self):
        """{id: params} of some requests, and their records, mixed."""
        wanted, parts = {}, []
        flags = self.dice.choice([0, 1, 1, 1])
        for id in self.dice.sample(range(1, 100), self.dice.choice([1, 1, 1, 2, 5])):
            body = bytes(self.dice.choice([0, 0, 10, 1000, 100_000]))
            params = self._params({
                "HTTP_COOKIE": self.cookie,
                "TIMES": str(self.dice.choice([0, 1, 100, 20_000])),
                "WITH_LENGTH": self.dice.choice("01"),
                "REQUEST_METHOD": "POST" if body else "GET",
                "CONTENT_LENGTH": str(len(body)),
                "SERVER_SOFTWARE": self.dice.choice(["nginx", "Apache"]),
            })
            wanted[id] = (params, flags)
            parts.append([part for part in _records(request(params, body, id=id, flags=flags))])
        mixed = []
        while any(parts):
            mixed.append(self.dice.choice([part for part in parts if part]).pop(0))
        return wanted, b"".join(mixed)

    def _say(self, data):
        """False when the gateway has closed meanwhile, as it does behind a cut."""
        try:
            self.front.send(data)
        except OSError:
            self.leave()
            return False
        return True

    def _ask(self):
        wanted, data = self._group()
        if not self._say(data):
            return
        for id, (params, flags) in wanted.items():
            self._judge(self.front.answer(id), params, flags)
        if not flags:
            self.leave()

    def _abort(self):
        wanted, data = self._group()
        if not self._say(data[: self.dice.randrange(len(data))] if self.dice.random() < 0.5 else data):
            return
        for id in wanted:
            if not self._say(fastcgi.record(fastcgi.ABORT, id)):
                return
        self.leave()

    def _vanish(self):
        _, data = self._group()
        if self._say(data[: self.dice.randrange(len(data))]):
            reset(self.front.socket) if self.dice.random() < 0.5 else None
            self.leave()

    def _half_close(self):
        wanted, data = self._group()
        if self._say(data[: self.dice.choice([len(data), self.dice.randrange(len(data))])]):
            self.front.half_close()
            for id, (params, flags) in wanted.items():
                self._judge(self.front.answer(id), params, flags)
            self.leave()

    def _read_some(self):
        _, data = self._group()
        if self._say(data):
            self.front.socket.recv(self.dice.choice([1, 100, 10_000]))
            self.leave()

    def _judge(self, answer, params, flags):
        if b"\r\n\r\n" not in answer.stdout:
            assert answer.cut, f"{params['MARKER']}: an end without a head"
            self.seen.append("nothing")
            return
        marker = answer.header("X-Marker")
        if marker is None:
            if not answer.cut:
                assert problem(answer) in REFUSALS, answer.stdout[:300]
            self.seen.append(answer.status)
            return
        _, body = answer_to(params)
        assert (answer.status, marker, answer.header("X-Who")) == (200, params["MARKER"], str(self.number))
        assert body.startswith(answer.body), f"{marker}: somebody else's body"
        seen_by_length = flags == 0 and params["SERVER_SOFTWARE"] == "nginx" and params["WITH_LENGTH"] == "1"
        assert answer.cut or answer.body == body or seen_by_length, f"{marker}: looks whole with {len(answer.body)} of {len(body)} bytes"
        self.seen.append(200 if answer.body == body else "cut")


def _records(data):
    while data:
        length = fastcgi.HEADER_BYTES + int.from_bytes(data[4:6], "big") + data[6]
        yield data[:length]
        data = data[length:]


def _play_first(exchange):
    """Who it is goes into the session."""
    exchange.read_body()
    exchange.reply(f"X-Session-Set: who={exchange.params['WHO']}")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", [1])
def test_chaos(start, app, directory, seed, workers):
    chaos = Chaos(seed)
    servers = [app, Application(f"127.0.0.1:{free_port()}"), Application(f"unix:{directory}/third.sock")]
    for server in servers:
        server.play = _play_first
    gateway = start(
        workers=workers,
        application={
            "servers": [server.address for server in servers],
            "idle_connections": 4, "idle_timeout": "300ms", "max_connections": 8, "buffer_request": "16k", **PATIENT,
        },
        limits={"requests": REQUESTS},
        log={"level": "info"},
    )
    visitors = [Visitor(gateway, number, seed) for number in range(VISITORS)]
    wait_until(lambda: all(connection.closed_by_peer.is_set() for server in servers for connection in server.connections))
    at_first = gateway.process.descriptors()
    for server in servers:
        server.play = chaos.play
    _reload(gateway, HASTY)
    _let_loose(gateway, visitors, seed)
    chaos.calm = True
    _reload(gateway, PATIENT)
    wait_until(lambda: gateway.process.descriptors() <= at_first, what="all descriptors to be given back")
    _assert_all_there(gateway)
    seen = [one for visitor in visitors for one in visitor.seen]
    print({one: seen.count(one) for one in set(seen)})
    assert ENOUGH <= set(seen), "not chaotic enough"
    for server in servers[1:]:
        server.close()
        server.assert_framing()


def _reload(gateway, settings):
    done = gateway.log.count(RELOADED)
    gateway.config["applications"]["app"].update(settings)
    gateway.reload(gateway.config)
    wait_until(lambda: gateway.log.count(RELOADED) > done)


def _enough(visitors):
    return ENOUGH <= {one for visitor in visitors for one in list(visitor.seen)}


def _let_loose(gateway, visitors, seed):
    """For some time, in which the configuration is read again and again."""
    failures, over, began = [], Event(), time.monotonic()

    def run(visitor):
        try:
            visitor.run(over)
        except Exception as failure:
            failures.append((visitor.number, failure))

    threads = [Thread(target=run, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    while time.monotonic() - began < (SECONDS if _enough(visitors) else MOST_SECONDS) and not failures:
        time.sleep(0.3)
        _reload(gateway, HASTY)  # none is under way when the next one begins
    over.set()
    for thread in threads:
        thread.join()
    if failures:
        number, failure = failures[0]
        raise AssertionError(f"visitor {number}, seed {seed}") from failure


def _assert_all_there(gateway):
    fronts = [gateway.front() for _ in range(REQUESTS)]
    for number, front in enumerate(fronts):
        front.send(request(get(MARKER=f"last {number}", WHO="0", TIMES="1", WITH_LENGTH="1")))
    for number, front in enumerate(fronts):
        answer = front.answer()
        assert (answer.status, answer.header("X-Marker")) == (200, f"last {number}")
        front.close()

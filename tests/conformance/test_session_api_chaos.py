"""The session API while everything fails by dice: applications, their calls, web servers, the store, the configuration. What
holds all the same: each answer is whole or seen to be cut, each call is answered as docs/session-api.md has it, and
nothing is left behind. The seed is fixed; only the moments differ."""

import random
import time
from threading import Event, Lock, Thread

from harness import fastcgi
from harness.application import echo
from harness.browser import Browser
from harness.process import wait_until
from harness.session_api import SessionApi

SECONDS = 4  # at most MOST_SECONDS, on a machine so busy that not all of ENOUGH has happened before
MOST_SECONDS = 60
VISITORS = 12
CHANGES = [
    '{"update":{"a":%d}}',
    '{"update":{"b":"%d"},"release":true}',
    '{"update":{"c":"' + 20_000 * "y" + '%d"}}',
    '{"login":"user%d"}',
    '{"rotate":true,"update":{"d":%d}}',
    '{"rotate":"grace","update":{"d":%d}}',
    '{"logout":"self","update":{"e":%d}}',
    '{"logout":"all","update":{"e":%d}}',
    '{"idle_timeout_s":600,"update":{"f":%d}}',
]
HEADERS = ["", "X-Session-Set: h=1\r\n", "X-Session-Login: bob\r\n", "X-Session-Rotate: 1\r\n", "X-Session-Logout: self\r\n", "X-Session-Set: =\r\n"]
MOODS = [*3 * ["fine"], "hang", "lose", "drop", "fail", "stall", "refuse"]
KINDS = [(), ("save",), ("find",), ("create", "save"), ("lock", "unlock", "release")]
ANSWERED = {200, 204, 401, 404, 409, 503}
SHOWN = {200, 502, 503, 504}
ENOUGH = {200, 204, 401, 409, 502}


class Chaos:
    """An application that throws dice for each request, and has its tickets used from several sides."""

    def __init__(self, seed):
        self._dice, self._lock = random.Random(seed), Lock()
        self.answered, self.late = [], []

    def throw(self, what, *arguments):
        with self._lock:
            return getattr(self._dice, what)(*arguments)

    def play(self, exchange):
        exchange.read_body()
        others = [Thread(target=self._call, args=(exchange.params,)) for _ in range(self.throw("randrange", 4))]
        for other in others:
            other.start()
        if self.throw("random") < 0.5:
            for other in others:
                other.join()
        try:
            self._answer(exchange)
        except OSError:
            pass  # the gateway gave the request up
        for other in others:
            other.join()
        if self.late:
            self._call(self.throw("choice", self.late))

    def _answer(self, exchange):
        deed = self.throw("choice", ["whole", "whole", "whole", "late", "close", "garbage", "stall", "cut"])
        if deed == "close":
            exchange.close()
            return
        if deed == "stall":
            exchange.connection.record()
        exchange.out("nonsense\r\n\r\n" if deed == "garbage" else f"Content-Type: text/plain\r\n{self.throw('choice', HEADERS)}\r\n")
        self._call(exchange.params)
        if deed == "late":
            self.late = [*self.late[-20:], exchange.params]
        exchange.out("body")
        exchange.close() if deed == "cut" else exchange.end()

    def _call(self, params):
        try:
            api = SessionApi.of(params)
        except OSError:
            return
        try:
            for _ in range(self.throw("randrange", 4)):
                self._ask(api)
        except OSError:
            pass  # it has made room for another
        finally:
            api.close()

    def _ask(self, api):
        body = (self.throw("choice", CHANGES) % self.throw("randrange", 100)).encode() if self.throw("random") < 0.8 else b""
        head = f"{'PATCH' if body else 'GET'} /session HTTP/1.1\r\nAuthorization: Ticket {api.ticket}\r\nContent-Length: {len(body)}\r\n\r\n"
        data = head.encode() + body
        deed = self.throw("choice", ["whole", "whole", "whole", "thrice", "crumbs", "half", "leave"])
        if deed == "half":
            api.raw(data[: self.throw("randrange", len(data))])
            api.close()
        elif deed == "leave":
            api.raw(data)
            api.close()
        elif deed == "crumbs":
            for at in range(200):
                api.raw(data[at : at + 1])
            api.raw(data[200:])
        else:
            api.raw(data * (3 if deed == "thrice" else 1))
        for _ in range(3 if deed == "thrice" else deed not in ("half", "leave")):
            self.answered.append(api.answer().status)


def visit(browser, chaos, seen, over):
    while not over.is_set():
        front = browser.gateway.front()
        front.send(fastcgi.request(browser.params(chaos.throw("choice", ["/", "/locked"]))))
        if chaos.throw("random") < 0.2:
            time.sleep(chaos.throw("random") / 20)
        else:
            answer = front.answer()
            seen.append("cut" if answer.cut else answer.status)
            if b"\r\n\r\n" in answer.stdout:
                browser.learn(answer)
        front.close()


def test_calls_in_chaos(moody, app, directory):
    chaos, seen, over = Chaos(1), [], Event()
    routes = [{"path": path, "application": "app", "expose": ["object"], "lock": lock, "lock_wait": "1s", "lock_lease": "1s"} for path, lock in [("/", "none"), ("/locked", "exclusive")]]
    gateway = moody(
        workers=2,
        store={"timeout": "300ms"},
        application={"session_api": True, "read_timeout": "500ms"},
        routes=routes,
        listen_session_api=f"unix:{directory}/api.sock",
        log={"level": "info"},
    )
    gateway.ask()
    at_first = gateway.descriptors()
    app.play = chaos.play
    browsers = [Browser(gateway) for _ in range(VISITORS // 2)]
    visitors = [Thread(target=visit, args=(browser, chaos, seen, over)) for browser in browsers for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    began = time.monotonic()
    while time.monotonic() - began < (SECONDS if ENOUGH <= {*seen, *chaos.answered} else MOST_SECONDS):
        gateway.store.tell(chaos.throw("choice", MOODS), *chaos.throw("choice", KINDS), after=chaos.throw("choice", [0, 0, 20, 100]))
        time.sleep(chaos.throw("random") / 8)
        gateway.reload()
    gateway.store.fine()
    over.set()
    for visitor in visitors:
        visitor.join()
    print({one: seen.count(one) for one in set(seen)}, {one: chaos.answered.count(one) for one in set(chaos.answered)})
    assert ENOUGH <= {*seen, *chaos.answered}, "not chaotic enough"
    assert set(seen) <= SHOWN | {"cut"} and set(chaos.answered) <= ANSWERED
    wait_until(lambda: gateway.descriptors() <= at_first + 2, what="all descriptors to be given back")
    app.play = echo
    wait_until(lambda: Browser(gateway).visit(say="X-Session-Set: a=1").status == 200, what="all to be well again")

"""A server that speaks Redis's protocol and answers what no Redis does: nobody is anybody by that, and nothing falls over."""

import os
import socket
import threading
import time

import pytest

from harness.browser import COOKIE, Browser
from harness.process import wait_until

TOKEN = "A" * 20 + "s" * 32
GREETINGS = {b"INFO": b"$18\r\nrun_id:0123456789a\r\n", b"SCRIPT": b"$1\r\nx\r\n"}


class Liar:
    """Greets as Redis does, and has one answer to everything else; None: it hangs up."""

    def __init__(self, path):
        self.url, self.lie, self.asked, self.connections = f"redis+unix://{path}", b"+OK\r\n", [], 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(8)
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            self._open.append(client)
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client, client.makefile("rb") as words:
                while line := words.readline():
                    command = [words.read(int(words.readline()[1:]) + 2)[:-2] for _ in range(int(line[1:]))]
                    self.asked.append(command)
                    if (answer := GREETINGS.get(command[0], self.lie)) is None:
                        return
                    client.sendall(answer)
        except OSError:
            return

    def close(self):
        for one in self._open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:  # it has gone
                pass
            one.close()


@pytest.fixture
def liar(directory):
    server = Liar(os.path.join(directory, "liar"))
    yield server
    server.close()


def answer(*elements):
    return b"*%d\r\n" % len(elements) + b"".join(elements)


OK, EMPTY, MANY = b":0\r\n", b"$0\r\n\r\n", b":9000000000000000000\r\n"
LIES = {
    "a word": b"+OK\r\n",
    "an error": b"-ERR no\r\n",
    "nothing": b"$-1\r\n",
    "no array": b"*-1\r\n",
    "an empty array": b"*0\r\n",
    "no status": answer(EMPTY, EMPTY),
    "an unknown status": answer(b":77\r\n", EMPTY),
    "a status below all": answer(b":-5\r\n", EMPTY),
    "a status that only we say": answer(b":12\r\n", EMPTY),
    "an unknown cause": answer(OK, b"$4\r\nluck\r\n"),
    "fine, and nothing more": answer(OK, EMPTY),
    "ended, and nothing more": answer(b":2\r\n", EMPTY),
    "gone since no time": answer(b":1\r\n", EMPTY, b"$3\r\n-17\r\n"),
    "numbers in the place of lists": answer(OK, EMPTY, EMPTY, MANY, MANY, MANY, MANY),
    "texts in the place of lists": answer(OK, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY),
    "an odd list": answer(OK, EMPTY, EMPTY, OK, b"*0\r\n", b"*1\r\n" + EMPTY, b"*1\r\n" + EMPTY),
    "lists in lists": answer(OK, EMPTY, EMPTY, OK, b"*1\r\n*0\r\n", b"*2\r\n*1\r\n*0\r\n:5\r\n"),
    "too deep": b"*1\r\n" * 20 + OK,
    "an endless array": b"*1000000000\r\n",
    "an endless text": b"$1000000000\r\n",
    "lengths below all": b"*-9\r\n",
    "no protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "more than was asked for": b"+OK\r\n" * 3,
    "a way to nowhere": b"-MOVED 99999 nowhere\r\n",
    "no such script": b"-NOSCRIPT never\r\n",
}


@pytest.mark.parametrize("what", LIES)
def test_nobody_is_anybody_by_a_lie(start, liar, what):
    liar.lie = LIES[what]
    store = {"url": liar.url, "timeout": "300ms", "sweep_interval": "50ms"}
    routes = [{"path": "/locked", "application": "app", "lock": "exclusive"}, {"path": "/", "application": "app", "self_service": "/.session"}]
    gateway = start(store=store, routes=routes)
    for uri, say in [("/", ""), ("/", "X-Session-Set: a=1"), ("/", "X-Session-Login: alice"), ("/locked", ""), ("/.session/list", "")]:
        for cookies in ({}, {COOKIE: TOKEN}):
            page = Browser(gateway, cookies).visit(uri, say)
            if page.status == 200 and uri != "/.session/list":
                assert page.state == "none"


@pytest.mark.against_the_clock(0.3)
def test_a_write_that_is_answered_by_a_lie_may_have_been_done(start, liar):
    """So it is asked for again, and is the same one: as when its answer is lost."""
    gateway = start(store={"url": liar.url, "timeout": "300ms"})
    for lie in ("a word", "an unknown status", "fine, and nothing more"):
        liar.lie, liar.asked = LIES[lie], []
        assert Browser(gateway).visit(say="X-Session-Set: a=1").status == 503
        creates = [tuple(command) for command in liar.asked if b"a:a" in command]
        assert len(creates) > 1, lie
        assert len(set(creates)) == 1, lie


def test_who_greets_and_hangs_up_is_tried_with_pauses(start, liar, monkeypatch):
    monkeypatch.setitem(GREETINGS, b"INFO", b"$1\r\nx\r\n")  # another one each time, which is told something at once
    liar.lie = None
    began = time.monotonic()
    start(store={"url": liar.url}, workers=1)
    wait_until(lambda: liar.connections >= 10, what="it to be tried again")
    assert time.monotonic() - began > 0.8

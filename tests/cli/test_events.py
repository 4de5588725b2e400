"""sessionctl events: what has happened, and with -f what happens."""

import json
import os
import subprocess
from threading import Event, Thread

import pytest

from harness.address import listen
from harness.ctl import ERROR, OK, REFUSED, UNAVAILABLE, USAGE, Ctl
from harness.process import PATIENCE_S, wait_until
from harness.relay import Relay


def types(ran):
    return [event["type"] for event in ran.json["data"]]


def test_history(gateway, ctl, visitor):
    browser = visitor(gateway, "alice")
    wait_until(lambda: types(ctl("events")) == ["session.created", "session.login"], what="her login to be told")
    gateway.admin.revoke(browser.id)
    wait_until(lambda: types(ctl("events", "--types", "session.revoked")) == ["session.revoked"], what="her end")
    assert types(ctl("events", "--user", "bob")) == []
    heading, first, *_ = ctl("events", "-o", "table").lines
    assert heading.split()[:4] == ["AT", "TYPE", "SESSION", "USER"] and first.split()[1:4] == ["session.created", browser.id, "alice"]
    assert ctl("events", "--types", "nonsense").status == USAGE


@pytest.fixture
def following(directory):
    """following(ctl, …): its lines so far; it ends with the test."""
    begun = []

    def begin(ctl, *words):
        path = os.path.join(directory, f"events{len(begun)}")
        with open(path, "wb") as out:
            process = ctl.popen("events", "-f", *words, stdout=out, stderr=subprocess.PIPE)
        begun.append(process)

        def lines():
            assert process.poll() is None, process.stderr.read()
            with open(path) as file:
                return file.read().splitlines()

        return lines

    yield begin
    for process in begun:
        process.terminate()
        process.communicate()


def test_following(gateway, ctl, visitor, following):
    early = visitor(gateway, "alice")
    wait_until(lambda: len(types(ctl("events"))) == 2, what="her login")
    objects, table = following(ctl), following(ctl, "-o", "table", "--types", "session.revoked")
    wait_until(lambda: len(objects()) == 2, what="what was before")
    late = visitor(gateway, "bob")
    gateway.admin.revoke(early.id)
    wait_until(lambda: len(objects()) == 5, what="what happens")
    events = [json.loads(line) for line in objects()]
    assert [event["session"] for event in events] == [early.id, early.id, late.id, late.id, early.id]
    assert len({event["id"] for event in events}) == 5
    wait_until(lambda: len(table()) == 2, what="the table's line")
    assert table()[0].split()[:2] == ["AT", "TYPE"]
    assert table()[1].split()[1:4] == ["session.revoked", early.id, "alice"]


def test_who_may_not(gateway, by):
    assert by()("events").status == REFUSED
    assert by()("events", "-f").status == REFUSED


class Server:
    """Says these answers, one a connection, and keeps what it was asked."""

    def __init__(self, address, answers):
        self.asked, self.socket = [], listen(address)
        self.thread = Thread(target=self._play, args=[answers])
        self.thread.start()

    def _play(self, answers):
        for answer in answers:
            with self.socket.accept()[0] as s:
                self.asked.append(s.recv(65536).decode())
                for piece in answer:
                    s.sendall(piece)


def test_where_it_broke_off(directory, following):
    def event(id, text="x"):
        return json.dumps({"id": id, "type": text})

    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = Server(
        f"unix:{directory}/s.sock",
        [
            [head, b": hello\n\nid: 0\n\n"],
            [head, b"id: 1\ndata: " + event("1").encode() + b"\n\n"],
            [head, b": hello\r\n\r\nid: 2\r\nevent: x\r", b"\ndata: ", event("2").encode(), b"\r\n\r\n", b"id: 3\ndata: half"],
            [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"],
            [head, b"id:4\ndata:", event("4").encode(), b"\n\n"],
            [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n", b'{"title":"enough"}'[:17]],
        ],
    )
    lines = following(Ctl(f"unix:{directory}/s.sock"))
    wait_until(lambda: len(server.asked) == 5 and len(lines()) == 3, what="it to come back")
    assert [json.loads(line)["id"] for line in lines()] == ["1", "2", "4"]
    resumed = [next((line.split()[1] for line in asked.splitlines() if line.lower().startswith("last-event-id")), None) for asked in server.asked]
    assert resumed == [None, "0", "1", "2", "2"]
    assert ["limit=10" in asked for asked in server.asked] == [True, False, False, False, False]
    assert all("text/event-stream" in asked for asked in server.asked)
    server.thread.join()
    server.socket.close()


def test_nothing_happens_between_what_was_and_what_comes(gateway, ctl, visitor, following):
    """Something happens when the gateway has answered, and the answer has not come: it is told all the same."""
    answered, go_on = Event(), Event()

    def hold(piece):
        answered.set()
        return len(piece) if go_on.wait(PATIENCE_S) else 0

    relay = Relay(gateway.admin.address, 1 << 30, what=len, answer=hold)
    lines = following(Ctl(relay.near, gateway.admin.token))
    assert answered.wait(PATIENCE_S)
    visitor(gateway, "alice")
    wait_until(lambda: len(types(ctl("events"))) == 2, what="her login")
    go_on.set()
    wait_until(lambda: len(lines()) == 2, what="what has happened")
    relay.close()


@pytest.mark.parametrize(
    "answer, said",
    [(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":[]}', "no text/event-stream"),
     (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n", "nothing came")],
)  # fmt: skip
def test_what_is_no_gateway(directory, answer, said):
    server = Server(f"unix:{directory}/s.sock", [[answer]])
    ran = Ctl(f"unix:{directory}/s.sock")("events", "-f")
    assert (ran.status, ran.out) == (ERROR, "") and said in ran.err
    server.thread.join()
    server.socket.close()


def test_who_was_never_there(directory):
    assert Ctl(f"unix:{directory}/none.sock")("events", "-f").status == UNAVAILABLE


def test_stats_and_rotation(gateway, ctl, visitor):
    browser = visitor(gateway, "alice")
    assert ctl("stats").status == OK and "as_of" in ctl("stats").json
    assert "as_of" in ctl("stats", "-o", "table").out
    assert ctl("rotate", browser.id).status == OK
    before = browser.token
    browser.visit()
    assert browser.token != before
    assert "next request" in ctl("rotate", browser.id, "-o", "table").out
    assert ctl("rotate", "A" * 20).status == 3

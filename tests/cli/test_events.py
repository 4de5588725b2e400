"""sessionctl events: what has happened, and with -f what happens."""

import json
import os
import subprocess
from threading import Thread

import pytest

from harness.address import listen
from harness.ctl import OK, REFUSED, USAGE, Ctl
from harness.process import wait_until


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

    body = b'{"data":[' + event("1").encode() + b"]}"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = Server(
        f"unix:{directory}/s.sock",
        [
            [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body],
            [head, b": hello\r\n\r\nid: 2\r\nevent: x\r", b"\ndata: ", event("2").encode(), b"\r\n\r\n", b"id: 3\ndata: half"],
            [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"],
            [head, b"id:4\ndata:", event("4").encode(), b"\n\n"],
            [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n", b'{"title":"enough"}'[:17]],
        ],
    )
    lines = following(Ctl(f"unix:{directory}/s.sock"))
    wait_until(lambda: len(server.asked) == 4 and len(lines()) == 3, what="it to come back")
    assert [json.loads(line)["id"] for line in lines()] == ["1", "2", "4"]
    resumed = [next((line.split()[1] for line in asked.splitlines() if line.lower().startswith("last-event-id")), None) for asked in server.asked]
    assert resumed == [None, "1", "2", "2"]
    assert "text/event-stream" in server.asked[1]
    server.thread.join()
    server.socket.close()


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

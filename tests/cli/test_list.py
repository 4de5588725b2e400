"""sessionctl list, get: whichever the format, and however long the list."""

import os
import re
import subprocess
from threading import Thread

import pytest

from harness.address import listen
from harness.ctl import ERROR, NOT_FOUND, OK, UNAVAILABLE, USAGE, Ctl
from harness.process import wait_until

ESCAPE = "\x1b"


def ids(ran):
    assert ran.status == OK, ran.err
    return [session["id"] for session in ran.json["data"]]


def test_json_is_the_apis_own(gateway, ctl, visitor):
    browser = visitor(gateway, "alice")
    told = gateway.admin.session(browser.id).json
    assert ctl("list").json == {"data": [told]}
    assert ctl("get", browser.id).json == told
    assert ctl("-o", "ndjson", "list").json == told


def test_nobody(ctl):
    assert ctl("list").json == {"data": []}
    assert ctl("list", "-o", "ndjson").out == ""
    assert ctl("list", "-o", "table").out.split() == ["ID", "USER", "REALM", "STATE", "APPLICATION", "ADDRESS", "BYTES", "SEEN", "CREATED", "ENDS"]


def test_filters(gateway, ctl, visitor):
    alice = visitor(gateway, "alice", REMOTE_ADDR="203.0.113.7").id
    anybody = visitor(gateway).id
    for words, found in [
        (["--user", "alice"], [alice]),
        (["--user=alice", "--realm", "default"], [alice]),
        (["--realm", "other"], []),
        (["--state", "anonymous"], [anybody]),
        (["--ip", "203.0.113.0/24"], [alice]),
        (["--idle-gt", "1h"], []),
        (["--filter", "user_prefix=al", "--filter", "state=authenticated"], [alice]),
        (["--filter", "min_bytes=1"], [anybody]),
    ]:
        assert ids(ctl("list", *words)) == found, words


def test_what_no_filter_is(ctl):
    for words in [
        ["--filter", "users=alice"],
        ["--filter", "alice"],
        ["--filter", "user="],
        ["--user", "a", "--filter", "user=b"],
        ["--user", "a", "--user", "b"],
        ["--idle-gt", "soon"],
        ["--state", "bored"],
        ["--ip", "here"],
        ["--filter", "idle_gt_s=-1"],
    ]:
        ran = ctl("list", *words)
        assert (ran.status, ran.out) == (USAGE, "") and ran.err, words


def test_names_that_mean_something_in_urls(gateway, ctl, visitor):
    name = "a b&c=d+%41/é?#"
    browser = visitor(gateway, name.replace("%", "%25").replace(" ", "%20").replace("é", "%C3%A9").replace("+", "%2B"))
    wanted = gateway.admin.session(browser.id).json["user"]
    assert ids(ctl("list", "--user", wanted)) == [browser.id]
    assert ids(ctl("list", "--filter", f"user={wanted}")) == [browser.id]


def test_all(gateway, ctl, visitor):
    made = {visitor(gateway, f"user{number}").id for number in range(53)}
    assert len(ids(ctl("list"))) == 50
    found = ids(ctl("list", "--all"))
    assert len(found) == 53 and set(found) == made
    assert len(ctl("list", "--all", "-o", "ndjson").lines) == 53
    assert len(ctl("list", "--all", "-o", "table").lines) == 54
    shown = ctl.on_terminal("list").out
    assert "there are more" in shown and len(shown.splitlines()) == 52


def test_one_that_is_not_there(ctl):
    for id in ["AAAAAAAAAAAAAAAAAAAA", "x", "../whoami", "%2e%2e", "a/b?c#d"]:
        ran = ctl("get", id)
        assert (ran.status, ran.out) == (NOT_FOUND, ""), id


# --- tables ---


def test_a_terminal_gets_a_table(gateway, ctl, visitor):
    browser = visitor(gateway, "alice", REMOTE_ADDR="203.0.113.7")
    heading, line = ctl.on_terminal("list", NO_COLOR="1").lines
    assert heading.startswith("ID   ") and ESCAPE not in heading + line
    assert re.fullmatch(
        rf"{browser.id}  alice  default  authenticated  app          203\.0\.113\.7 +0  \d+s ago +\d+s ago +in 1[12]h", line
    )
    assert line.index("alice") == heading.index("USER")
    assert ctl("list", "-o", "table").lines[1].split()[:3] == [browser.id, "alice", "default"]
    sheet = ctl.on_terminal("get", browser.id, NO_COLOR="1").lines
    assert ["device.last_ip", "203.0.113.7"] in [line.split() for line in sheet]


def test_colour_only_where_it_is_wanted(ctl):
    assert f"{ESCAPE}[1mID" in ctl.on_terminal("list", TERM="xterm").out
    assert ESCAPE not in ctl.on_terminal("list", NO_COLOR="1").out
    assert ESCAPE not in ctl.on_terminal("list", TERM="dumb").out
    assert ESCAPE in ctl.on_terminal("list", NO_COLOR="").out  # as https://no-color.org has it
    assert ESCAPE not in ctl("list", "-o", "table").out


HOSTILE = "\x1b[2J\x7f\u009b31m\u202e\u200bé漢e\u0301\U000e0041"


def test_what_visitors_wrote_is_shown_and_not_obeyed(gateway, ctl, visitor):
    visitor(gateway, "alice", HTTP_USER_AGENT=HOSTILE, HTTP_HOST="h\u0430st")
    (session,) = gateway.admin.walk()
    agent = session["device"]["user_agent"]
    for words in (["get", session["id"]], ["get", session["id"], "-o", "json"], ["list", "-o", "json"]):
        shown = ctl.on_terminal(*words, NO_COLOR="1").out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\U000e0000-\U000e007f]", shown), words
        assert "é漢e\u0301" in shown or "é" not in agent
    assert ctl("list").json["data"] == [session]


def test_wide_characters_keep_columns(gateway, ctl, visitor):
    visitor(gateway, "%E6%BC%A2%E5%AD%97")
    visitor(gateway, "e%CC%81")
    visitor(gateway, "x" * 90)
    lines = ctl.on_terminal("list", NO_COLOR="1").lines
    users = [line[22:] for line in lines]
    column = users[0].index("REALM")
    rows = {line.split()[0]: line for line in users}
    assert rows["漢字"].index("default") == column - 2
    assert rows["e\u0301"].index("default") == column + 1
    assert rows["x" * 47 + "…"].index("default") == column


# --- watching ---


def test_watch(gateway, ctl, visitor, directory):
    path = os.path.join(directory, "seen")
    with open(path, "wb") as out:
        watching = ctl.popen("list", "--watch", "-o", "ndjson", stdout=out, stderr=subprocess.PIPE)
    try:
        browser = visitor(gateway, "alice")

        def seen():
            with open(path) as file:
                return browser.id in file.read()

        wait_until(seen, what="the watch to see her")
        assert watching.poll() is None
    finally:
        watching.terminate()
        watching.communicate()


def test_watching_on_a_terminal(gateway, ctl, visitor):
    browser = visitor(gateway, "alice")

    def end():
        gateway.admin.revoke(browser.id)

    shown = ctl.on_terminal("list", "--watch", NO_COLOR="1", until=[(browser.id, end), (r"ENDS\s+\x1b\[H\x1b\[J.*ENDS\n", None)]).out
    assert shown.startswith("\x1b[H\x1b[JID") and shown.count("\x1b[H\x1b[J") >= 2


# --- a gateway that does not answer ---


def test_unavailable(moody, directory):
    assert Ctl(f"unix:{directory}/none.sock")("list").status == UNAVAILABLE
    assert "No such file" in Ctl(f"unix:{directory}/none.sock")("list").err
    gateway = moody("fail")
    ctl = Ctl(gateway.local.address)
    ran = ctl("get", "A" * 20)
    assert (ran.status, ran.out) == (UNAVAILABLE, "") and "request" in ran.err
    status = ctl("status")
    assert (status.status, status.json["status"]) == (UNAVAILABLE, "fail")


@pytest.mark.parametrize(
    "answer, status",
    [
        (b"220 mail\r\n", UNAVAILABLE),
        (b"", UNAVAILABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", UNAVAILABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html", ERROR),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", ERROR),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", ERROR),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ERROR),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", ERROR),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", UNAVAILABLE),
    ],
)
def test_what_is_no_gateway(directory, answer, status):
    server = listen(f"unix:{directory}/other.sock")

    def play():
        with server.accept()[0] as s:
            s.recv(65536)
            s.sendall(answer)

    playing = Thread(target=play)
    playing.start()
    ran = Ctl(f"unix:{directory}/other.sock")("list")
    playing.join()
    server.close()
    assert (ran.status, ran.out) == (status, "") and ran.err


def test_a_full_disk(ctl):
    with open("/dev/full", "wb") as full:
        done = ctl.popen("list", stdout=full, stderr=subprocess.PIPE)
        assert b"could not be written" in done.communicate()[1]
    assert done.returncode == 1

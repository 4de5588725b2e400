"""sessionctl revoke: by ids at once, else only with --yes; and users, block, unblock."""

from datetime import datetime, timedelta, timezone

import pytest

from harness.admin import grant
from harness.ctl import NOT_FOUND, OK, REFUSED, UNAVAILABLE, USAGE, Ctl


def test_by_ids(gateway, ctl, visitor):
    browsers = [visitor(gateway, f"user{number}") for number in range(3)]
    ran = ctl("revoke", browsers[0].id, browsers[1].id, "--reason", "lost & found")
    assert (ran.status, ran.out) == (OK, "")
    assert [browser.visit().state for browser in browsers] == ["none", "none", "authenticated"]
    ran = ctl("revoke", browsers[0].id, browsers[2].id, "-o", "table")
    assert ran.status == NOT_FOUND and browsers[0].id in ran.err
    assert ran.out == f"{browsers[2].id}: revoked\n"
    assert browsers[2].visit().state == "none"


def test_a_dry_run_first(gateway, ctl, visitor):
    hers, his = [visitor(gateway, "alice") for _ in range(2)], visitor(gateway, "bob")
    for words in [["--user", "alice"], ["--filter", "user=alice"], ["--user", "alice", "--realm", "default", "--filter", "state=authenticated"]]:
        ran = ctl("revoke", *words)
        assert ran.status == USAGE and "--yes" in ran.err
        assert (ran.json["dry_run"], ran.json["matched"], ran.json["users"]) == (True, 2, 1)
        shown = ctl.on_terminal("revoke", *words, NO_COLOR="1")
        assert shown.status == USAGE and shown.lines[0] == "2 sessions of 1 users match"
        assert set(shown.out.split()) > {browser.id for browser in hers}
    assert len(gateway.admin.ids()) == 3
    ran = ctl("revoke", "--user", "alice", "--yes", "--reason", "left")
    assert ran.status == OK and ran.json == {"dry_run": False, "revoked": 2, "more": False, "failed": []}
    assert gateway.admin.ids() == [his.id]
    assert [browser.visit().state for browser in [*hers, his]] == ["none", "none", "authenticated"]
    assert ctl("revoke", "--user", "alice", "--yes", "-o", "table").out == "0 sessions revoked\n"


def test_more_than_one_call_ends(gateway, ctl, visitor):
    front = gateway.front()
    for _ in range(5100):  # the API ends 5000 at a time
        front.ask({"TEST_SAY": "X-Session-Set: a=1"})
    kept = visitor(gateway, "alice").id
    assert len(ctl("list", "--all", "-o", "ndjson").lines) == 5101
    assert ctl("revoke", "--state", "anonymous", "--yes").json == {"dry_run": False, "revoked": 5100, "more": False, "failed": []}
    assert gateway.admin.ids() == [kept]


def test_which_is_not_said(gateway, ctl, visitor):
    id = visitor(gateway, "alice").id
    for words in [[], ["--yes"], [id, "--user", "alice"], [id, "--filter", "user=alice"], ["--realm", ""], ["--user", "", "--yes"]]:
        ran = ctl("revoke", *words)
        assert (ran.status, ran.out) == (USAGE, ""), words
    assert gateway.admin.ids() == [id]


def test_who_may_not(serve, visitor):
    gateway = serve(tokens=[grant("reader", ["sessions:read"])])
    id = visitor(gateway, "alice").id
    ctl = Ctl(gateway.admin.address, gateway.by("reader").token)
    for words in [[id], ["--user", "alice", "--yes"], ["--user", "alice"]]:
        assert ctl("revoke", *words).status == REFUSED
    assert gateway.admin.ids() == [id]


@pytest.mark.against_the_clock(0.3)
def test_a_store_that_fails(moody, visitor):
    gateway = moody(store={"timeout": "300ms"})
    ids = [visitor(gateway, "alice").id for _ in range(2)]
    gateway.store.tell("fail", "remove")
    ctl = Ctl(gateway.local.address)
    assert ctl("revoke", *ids).status == UNAVAILABLE
    ran = ctl("revoke", "--user", "alice", "--yes")
    assert ran.status != OK and ran.err
    gateway.store.fine()
    assert set(gateway.admin.ids()) == set(ids)


# --- users ---


def test_users(gateway, ctl, visitor):
    for name in ["alice", "alice", "bob"]:
        visitor(gateway, name)
    assert [(user["user"], user["sessions"]) for user in ctl("users").json["data"]] == [("alice", 2), ("bob", 1)]
    assert [user["user"] for user in ctl("users", "--min", "2").json["data"]] == ["alice"]
    assert ctl("users", "--realm", "other").json["data"] == []
    assert ctl("users", "--min", "some").status == USAGE
    heading, first, _ = ctl("users", "-o", "table").lines
    assert heading.split() == ["USER", "REALM", "SESSIONS", "SEEN", "BLOCKED"]
    assert first.split()[:3] == ["alice", "default", "2"] and first.split()[-1] == "no"


def test_blocks(gateway, ctl, visitor):
    name = "../a b/%é"
    spelled = name.replace("%", "%25").replace(" ", "%20").replace("é", "%C3%A9")
    browser = visitor(gateway, spelled)
    told = ctl("block", name, "--reason", "left", "--realm", "default").json
    assert told == {"realm": "default", "user": name, "blocked": True, "until": None, "reason": "left"}
    assert browser.visit().state == "none"
    assert [user["user"] for user in ctl("users").json["data"] if user["blocked"]] == [name]
    ran = ctl("unblock", name)
    assert (ran.status, ran.out) == (OK, "")
    assert ctl("unblock", name, "-o", "table").out == "not blocked\n"
    assert ctl("users").json["data"] == []


def test_a_block_that_ends(ctl):
    until = datetime.now(timezone.utc) + timedelta(hours=2)
    told = ctl("block", "bob", "--until", until.isoformat()).json
    assert told["until"] == until.strftime("%Y-%m-%dT%H:%M:%S.") + f"{until.microsecond // 1000:03d}Z"
    for wrong in ["2020-01-01T00:00:00Z", "tomorrow"]:
        assert ctl("block", "bob", "--until", wrong).status == USAGE
    assert ctl("block", "--", "-dash").json["user"] == "-dash"

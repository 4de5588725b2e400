"""GET /api/v1/sessions, and one session: read and ended."""

import json
import re
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.admin import grant
from harness.browser import Browser
from harness.moody import MOODS
from harness.process import wait_until

MEMBERS = ["id", "realm", "state", "user", "application", "host", "transport", "created_at", "login_at", "rotated_at",
           "last_seen_at", "idle_expires_at", "expires_at", "idle_timeout_s", "remembered", "device", "attributes", "version"]  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def moment(text):
    assert TIME.fullmatch(text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()


# --- one ---


def test_a_session_as_it_is_told(gateway, visitor):
    browser = visitor(gateway, "alice", "X-Session-Set: lang=cs", "X-Session-Set: cart=[1,2]", HTTP_USER_AGENT="Mozilla/5.0 (X11)", REMOTE_ADDR="203.0.113.7", HTTP_HOST="www.example.org")
    reply = gateway.admin.session(browser.id)
    told = reply.json
    assert list(told) == MEMBERS
    times = {name: told.pop(name) for name in ["created_at", "login_at", "last_seen_at", "idle_expires_at", "expires_at"]}
    assert told == {
        "id": browser.id,
        "realm": "default",
        "state": "authenticated",
        "user": "alice",
        "application": "app",
        "host": "www.example.org",
        "transport": "cookie",
        "rotated_at": None,
        "idle_timeout_s": 1800,
        "remembered": False,
        "device": {"first_ip": "203.0.113.7", "last_ip": "203.0.113.7", "user_agent": "Mozilla/5.0 (X11)"},
        "attributes": {"count": 2, "bytes": len("lang") + len('"cs"') + len("cart") + len('"[1,2]"'), "names": ["cart", "lang"]},
        "version": 1,
    }
    assert moment(times["idle_expires_at"]) - moment(times["last_seen_at"]) == 1860
    assert moment(times["expires_at"]) - moment(times["login_at"]) == 12 * 3600
    assert times["created_at"] == times["login_at"]
    assert reply.header("ETag") == '"1"'


def test_an_anonymous_session(gateway, visitor):
    told = gateway.admin.session(visitor(gateway).id).json
    assert (told["state"], told["user"], told["login_at"]) == ("anonymous", None, None)


def test_etag(gateway, visitor):
    browser = visitor(gateway, "alice")
    etag = gateway.admin.session(browser.id).header("ETag")
    for same in [etag, "*", f'"x", {etag}', f"W/{etag}"]:
        reply = gateway.admin.session(browser.id, {"If-None-Match": same})
        assert (reply.status, reply.body, reply.header("ETag")) == (304, b"", etag), same
    browser.visit()  # a touch changes nothing
    assert gateway.admin.session(browser.id, {"If-None-Match": etag}).status == 304
    browser.visit(say="X-Session-Set: a=1")
    changed = gateway.admin.session(browser.id, {"If-None-Match": etag})
    assert changed.status == 200 and changed.header("ETag") != etag


def test_nothing_secret_is_told(gateway, visitor):
    browser = visitor(gateway, "alice", "X-Session-Set: pin=4711")
    for reply in [gateway.admin.session(browser.id), gateway.admin.sessions()]:
        assert browser.token[20:].encode() not in reply.body and b"4711" not in reply.body


# --- ending one ---


def test_revoked_is_revoked(gateway, visitor):
    browser = visitor(gateway, "alice")
    assert browser.visit().state == "authenticated"
    reply = gateway.admin.revoke(browser.id, reason="stolen laptop")
    assert (reply.status, reply.body) == (204, b"")
    page = browser.visit()
    assert page.state == "none" and page.seen["SESSION_REASON"] == "unknown"
    assert gateway.admin.session(browser.id).problem == (404, "session-not-found")
    assert gateway.admin.revoke(browser.id).problem == (404, "session-not-found")


def test_revoked_on_every_worker(serve, visitor):
    gateway = serve(workers=4)
    for _ in range(10):
        browser = visitor(gateway, "alice")
        assert gateway.admin.revoke(browser.id).status == 204
        assert {browser.twin().visit().state for _ in range(8)} == {"none"}


def test_a_running_request_does_not_bring_it_back(gateway, visitor, held):
    browser = visitor(gateway, "alice")
    late = browser.begin("/slow", say="X-Session-Set: late=1")
    held.until(1)
    assert gateway.admin.revoke(browser.id).status == 204
    held.release()
    late()
    assert gateway.admin.session(browser.id).status == 404
    assert browser.twin().visit().state == "none"


def test_a_reason_has_its_length(gateway, visitor):
    browser = visitor(gateway, "alice")
    assert gateway.admin.revoke(browser.id, reason="\u00e4" * 201).wrong == ["reason"]
    assert gateway.admin.revoke(browser.id, reason="\u00e4" * 200).status == 204


@pytest.mark.against_the_clock(0.3)
@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "fine"])
def test_a_store_that_fails(moody, visitor, mood):
    gateway = moody(store={"timeout": "300ms"})
    browser = visitor(gateway, "alice")
    gateway.store.tell(mood, "find", "list", "remove")
    replies = [gateway.admin.session(browser.id), gateway.admin.revoke(browser.id)]
    replies += [gateway.admin.sessions()] * (not MOODS[mood])  # a list is told as it comes, or not asked for
    for reply in replies:
        assert reply.problem in [(503, "store-unavailable"), (504, "store-timeout")], mood
    gateway.store.fine()
    found = gateway.admin.session(browser.id).status
    assert found == (404 if MOODS[mood] else 200)


def test_a_lost_answer_is_asked_for_again(moody, visitor):
    gateway = moody()
    browser = visitor(gateway, "alice")
    gateway.store.tell("lose", "remove", next=1)
    assert gateway.admin.revoke(browser.id).status == 204
    gateway.store.tell("drop", "remove", next=1)
    browser = visitor(gateway, "alice")
    assert gateway.admin.revoke(browser.id).status == 204


# --- lists ---


def test_pages(gateway, visitor):
    made = [visitor(gateway, f"user{number}").id for number in range(7)]
    for sort, newest_first in [("created_at", False), ("-created_at", True), ("last_seen_at", False), ("-last_seen_at", True)]:
        found, seen, next_page = [], 0, "/api/v1/sessions?limit=3&sort=" + sort
        while next_page:
            page = gateway.admin.get(next_page)
            found += [session["id"] for session in page.json["data"]]
            assert page.json["page"]["limit"] == 3 and page.json["page"]["total"] is None
            links = dict(reversed(part.split("; ")) for part in page.header("Link").split(", "))
            assert links['rel="first"'] == f"</api/v1/sessions?limit=3&sort={sort}>"
            cursor = page.json["page"]["next"]
            next_page = links['rel="next"'][1:-1] if cursor else None
            if cursor:
                assert parse_qs(urlsplit(next_page).query)["cursor"] == [cursor]
            else:
                assert 'rel="next"' not in links
            seen += 1
        assert sorted(found) == sorted(made) and seen == 3
        key = "created_at" if "created" in sort else "last_seen_at"
        times = [gateway.admin.session(id).json[key] for id in found]
        assert times == sorted(times, reverse=newest_first)
    assert gateway.admin.ids() == gateway.admin.ids(sort="-last_seen_at")


def test_no_session_is_skipped_or_repeated_while_others_come_and_go(gateway, visitor):
    steady = [visitor(gateway, "steady").id for _ in range(12)]
    gone = [visitor(gateway, "passer-by").id for _ in range(6)]
    for sort in ["created_at", "-created_at"]:
        found, cursor = [], {}
        while cursor is not None and not set(steady) <= set(found):
            page = gateway.admin.sessions(sort=sort, limit=3, **cursor).json
            found += [session["id"] for session in page["data"]]
            visitor(gateway, "newcomer")
            if gone:
                gateway.admin.revoke(gone.pop())
            cursor = {"cursor": page["page"]["next"]} if page["page"]["next"] else None
        assert sorted(id for id in found if id in steady) == sorted(steady)
        assert len(found) == len(set(found))


def test_filters(serve, visitor):
    gateway = serve(
        realms={"intranet": {"cookie": {"name": "intranet_session"}}},
        routes=[
            {"path": "/", "application": "app"},
            {"path": "/in", "application": "app", "realm": "intranet"},
        ],
    )
    first = visitor(gateway, "alice", REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="Mozilla/5.0 Firefox/1", HTTP_HOST="www.example.org").id
    second = visitor(gateway, "alan", "X-Session-Set: big=" + "x" * 500, REMOTE_ADDR="2001:db8::7", HTTP_USER_AGENT="curl/8", HTTP_HOST="shop.example.org").id
    third = visitor(gateway, None, REMOTE_ADDR="203.0.113.99").id
    browser = Browser(gateway)
    inner = browser.visit("/in", say="X-Session-Login: alice").token("intranet_session")[:20]
    everything = {first, second, third, inner}
    assert set(gateway.admin.ids()) == everything
    created = gateway.admin.session(second).json["created_at"]
    for parameters, wanted in [
        ({"user": "alice"}, {first, inner}),
        ({"user": "nobody"}, set()),
        ({"user": "alice", "realm": "default"}, {first}),
        ({"realm": "intranet"}, {inner}),
        ({"realm": "nowhere"}, set()),
        ({"user_prefix": "al"}, {first, second, inner}),
        ({"user_prefix": "ali"}, {first, inner}),
        ({"application": "app"}, everything),
        ({"application": "other"}, set()),
        ({"host": "WWW.example.org"}, {first}),
        ({"state": "anonymous"}, {third}),
        ({"state": "authenticated"}, everything - {third}),
        ({"ip": "203.0.113.7"}, {first}),
        ({"ip": "203.0.113.0/24"}, {first, third}),
        ({"ip": "2001:db8::/32"}, {second}),
        ({"user_agent": "firefox"}, {first}),
        ({"min_bytes": 400}, {second}),
        ({"created_after": "2020-01-01T00:00:00Z"}, everything),
        ({"created_before": "2020-01-01T00:00:00Z"}, set()),
        ({"seen_before": "2999-01-01T00:00:00+02:00"}, everything),
        ({"seen_after": "2999-01-01T00:00:00Z"}, set()),
        ({"idle_gt_s": 3600}, set()),
        ({"user": "alice", "ip": "203.0.113.0/24", "state": "authenticated", "user_agent": "Firefox"}, {first}),
    ]:
        assert set(gateway.admin.ids(**parameters)) == wanted, parameters
    assert second not in gateway.admin.ids(created_after=created) and second not in gateway.admin.ids(created_before=created)


def test_totals(gateway, visitor):
    for _ in range(3):
        visitor(gateway, "alice")
    visitor(gateway, "bob")
    page = gateway.admin.sessions(include="total", limit=1).json["page"]
    assert page["total"]["value"] == 4 and page["total"]["exact"] in (True, False) and page["next"]
    assert gateway.admin.sessions(include="total", user="nobody").json["page"]["total"]["value"] == 0
    for filter, wanted in [({"user_agent": "zzz"}, 0), ({"user_prefix": "al"}, 3), ({"state": "authenticated", "user_prefix": "b"}, 1)]:
        page = gateway.admin.sessions(include="total", limit=1, **filter).json["page"]
        assert page["total"] == {"value": wanted, "exact": True}, filter  # looked through


def test_all_that_is_wrong_is_told(admin):
    reply = admin.sessions(limit=0, sort="size", state="asleep")
    assert reply.problem == (400, "invalid-parameter")
    assert {error["parameter"] for error in json.loads(reply.body)["errors"]} == {"limit", "sort", "state"}


def test_a_time_whose_plus_was_not_encoded(gateway, visitor):
    browser = visitor(gateway, "alice")
    assert [told["id"] for told in gateway.admin.get("/api/v1/sessions?created_after=2020-01-01T00:00:00+02:00").json["data"]] == [browser.id]
    assert gateway.admin.get("/api/v1/sessions?created_after=2020-01-01+00:00:00Z").problem == (400, "invalid-parameter")


# --- cursors ---


def test_cursors_are_good_for_what_they_were_made_for(serve, visitor):
    gateway = serve(tokens=[grant("other"), grant("narrow", realms=["default"])])
    for _ in range(4):
        visitor(gateway, "alice")
    cursor = gateway.admin.sessions(limit=2).json["page"]["next"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert len(gateway.admin.sessions(limit=1, cursor=cursor).json["data"]) == 1  # another limit is no other question
    for parameters in [{"user": "alice"}, {"sort": "created_at"}, {"sort": "last_seen_at"}, {"realm": "default"}]:
        assert gateway.admin.sessions(cursor=cursor, **parameters).problem == (400, "invalid-cursor")
    for name in ["other", "narrow"]:
        assert gateway.by(name).sessions(cursor=cursor).problem == (400, "invalid-cursor")
    for at in range(0, len(cursor), 3):
        other = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        assert gateway.admin.sessions(cursor=other).problem == (400, "invalid-cursor"), at
    for odd in ["x", cursor[:-1], cursor + "A", cursor * 2, "A" * 5000, cursor[:20] + "%20", "\u00e4", "=" * 40]:
        assert gateway.admin.sessions(cursor=odd).problem == (400, "invalid-cursor"), odd
    assert gateway.admin.sessions(cursor=cursor).status == 200


def test_a_cursor_survives_a_reload(serve, visitor):
    gateway = serve()
    made = {visitor(gateway, "alice").id for _ in range(4)}
    page = gateway.admin.sessions(limit=2).json
    gateway.reload(gateway.config)
    wait_until(lambda: gateway.nobody.get("/readyz").json["checks"]["config"]["generation"] == 2)
    rest = gateway.admin.sessions(cursor=page["page"]["next"]).json
    assert {session["id"] for session in page["data"] + rest["data"]} == made


# --- who sees what ---


def test_whom_a_grant_lets_see(serve, visitor, app):
    gateway = serve(
        tokens=[
            grant("intranet", realms=["intranet"]),
            grant("second", applications=["second"]),
            grant("alices", users=["alice", "al"]),
            grant("both", realms=["default"], users=["alice"]),
        ],
        realms={"intranet": {"cookie": {"name": "intranet_session"}}},
        applications={name: {"servers": [app.address]} for name in ["app", "second"]},
        routes=[
            {"path": "/", "application": "app"},
            {"path": "/second", "application": "second"},
            {"path": "/in", "application": "app", "realm": "intranet"},
        ],
    )
    alice, bob, anonymous = visitor(gateway, "alice").id, visitor(gateway, "bob").id, visitor(gateway).id
    there = visitor(gateway, "bob", uri="/second").id
    inner = Browser(gateway).visit("/in", say="X-Session-Login: alice").token("intranet_session")[:20]
    for name, seen in [
        ("ops", {alice, bob, anonymous, there, inner}),
        ("intranet", {inner}),
        ("second", {there}),
        ("alices", {alice, inner}),
        ("both", {alice}),
    ]:
        who = gateway.by(name)
        assert set(who.ids()) == seen, name
        assert {id for id in who.ids(realm="default")} == {id for id in seen if id != inner}
        assert set(who.ids(user="bob")) == seen & {bob, there}
        assert set(who.ids(application="second")) == seen & {there}
        for id in [alice, bob, anonymous, there, inner]:
            assert who.session(id).status == (200 if id in seen else 404)
    for id, name in [(alice, "intranet"), (inner, "both"), (bob, "alices"), (anonymous, "alices"), (alice, "second")]:
        assert gateway.by(name).revoke(id).problem == (404, "session-not-found")
        assert gateway.admin.session(id).status == 200
    for id, name in [(inner, "intranet"), (there, "second"), (alice, "both")]:
        assert gateway.by(name).revoke(id).status == 204
        assert gateway.admin.session(id).status == 404

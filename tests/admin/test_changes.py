"""PATCH of a session, and its attributes: read and merged into (admin-api.md sections 2 and 8)."""

import json
import time
from datetime import datetime, timedelta, timezone
from threading import Thread

import pytest

from harness.admin import grant
from harness.browser import Browser
from harness.clock import TICK_S
from harness.moody import MOODS
from harness.process import wait_until

ANY = {"If-Match": "*"}


def path(browser, rest=""):
    return f"/api/v1/sessions/{browser.id}{rest}"


def change(admin, browser, body, match="*"):
    return admin.patch(path(browser), body, {} if match is None else {"If-Match": match})


def merge(admin, browser, body, match="*"):
    return admin.patch(path(browser, "/attributes"), body, {} if match is None else {"If-Match": match})


def at(**later):
    return (datetime.now(timezone.utc) + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


# --- how long it lasts ---


def test_idle_timeout(gateway, visitor):
    browser = visitor(gateway, "alice")
    before = gateway.admin.session(browser.id).json
    reply = change(gateway.admin, browser, {"idle_timeout_s": 600})
    after = reply.json
    assert (after["idle_timeout_s"], after["version"], reply.header("ETag")) == (600, 2, '"2"')
    assert after == gateway.admin.session(browser.id).json
    assert after["last_seen_at"] == before["last_seen_at"]  # nobody was here
    assert {name for name in before if before[name] != after[name]} == {"idle_timeout_s", "idle_expires_at", "version"}
    assert browser.visit().state == "authenticated"


def test_absolute_end(gateway, visitor):
    browser = visitor(gateway, "alice")
    end = at(hours=1)
    assert change(gateway.admin, browser, {"expires_at": end}).json["expires_at"] == end
    assert change(gateway.admin, browser, {"expires_at": at(hours=2), "idle_timeout_s": 60}).json["version"] == 3


@pytest.mark.against_the_clock(0.3)
def test_it_ends_then(gateway, visitor):
    browser = visitor(gateway, "alice")
    end = datetime.now(timezone.utc) + timedelta(seconds=1.2)
    assert change(gateway.admin, browser, {"expires_at": end.isoformat()}).status == 200
    wait_until(lambda: browser.twin().visit().state == "none", what="the session to end")
    assert datetime.now(timezone.utc) > end - timedelta(seconds=0.02)
    assert gateway.admin.session(browser.id).status == 404


def test_never_beyond_what_is_configured(serve, visitor):
    gateway = serve(session={"absolute_timeout": "2h", "idle_timeout": "10m"})
    browser = visitor(gateway, "alice")
    latest = gateway.admin.session(browser.id).json["expires_at"]
    for body, wrong in [
        ({"idle_timeout_s": 7201}, ["idle_timeout_s"]),
        ({"idle_timeout_s": 0}, ["idle_timeout_s"]),
        ({"idle_timeout_s": -5}, ["idle_timeout_s"]),
        ({"idle_timeout_s": 1.5}, ["idle_timeout_s"]),
        ({"idle_timeout_s": "600"}, ["idle_timeout_s"]),
        ({"idle_timeout_s": None}, ["idle_timeout_s"]),
        ({"idle_timeout_s": 1e300}, ["idle_timeout_s"]),
        ({"expires_at": at(hours=3)}, ["expires_at"]),
        ({"expires_at": at(hours=-1)}, ["expires_at"]),
        ({"expires_at": None}, ["expires_at"]),
        ({"expires_at": "later"}, ["expires_at"]),
        ({"expires_at": 5}, ["expires_at"]),
        ({"user": "bob"}, ["user"]),
        ({"idle_timeout_s": 60, "version": 1}, ["version"]),
        ({"expires_at": at(hours=3), "idle_timeout_s": 7201}, ["expires_at", "idle_timeout_s"]),
    ]:
        assert sorted(change(gateway.admin, browser, body).wrong) == wrong, body
    assert gateway.admin.session(browser.id).json["version"] == 1
    assert change(gateway.admin, browser, {"idle_timeout_s": 7200, "expires_at": latest}).status == 200


def test_nothing_to_change(gateway, visitor):
    browser = visitor(gateway, "alice")
    for body in [{}, {"idle_timeout_s": 1800}]:
        reply = change(gateway.admin, browser, body)
        assert (reply.status, reply.header("ETag")) == (200, '"1"')


# --- If-Match ---


@pytest.mark.parametrize("do, body", [(change, {"idle_timeout_s": 60}), (merge, {"a": 1})])
def test_what_was_read_is_what_is_changed(gateway, visitor, do, body):
    browser = visitor(gateway, "alice")
    assert do(gateway.admin, browser, body, None).problem == (428, "precondition-required")
    for stale in ['"0"', '"2"', "1", 'W/"1"', '""', "x", '"1', '"x", "y"']:
        reply = do(gateway.admin, browser, body, stale)
        assert reply.problem == (412, "precondition-failed") and reply.header("ETag") == '"1"', stale
    assert gateway.admin.session(browser.id).json["version"] == 1
    assert do(gateway.admin, browser, body, '"9", "1"').header("ETag") == '"2"'
    assert do(gateway.admin, browser, {**body, "b": 2} if do is merge else {"idle_timeout_s": 61}, '"1"').status == 412
    browser.visit(say="X-Session-Login: bob")
    assert do(gateway.admin, browser, body, '"2"').status == 412
    gateway.admin.revoke(browser.id)
    assert do(gateway.admin, browser, body).problem == (404, "session-not-found")


def test_both_types(gateway, visitor):
    browser = visitor(gateway, "alice")
    for number, type_ in enumerate(["application/json", "application/merge-patch+json", "application/merge-patch+json; charset=utf-8"]):
        body = json.dumps({"a": number}).encode()
        assert gateway.admin.call("PATCH", path(browser, "/attributes"), body, {**ANY, "Content-Type": type_}).status == 200
    for type_ in ["application/json-patch+json", "text/plain"]:
        reply = gateway.admin.call("PATCH", path(browser, "/attributes"), b"{}", {**ANY, "Content-Type": type_})
        assert reply.problem == (415, "unsupported-media-type")
    assert gateway.admin.call("PATCH", path(browser), b"[]", {**ANY, "Content-Type": "application/json"}).problem == (400, "invalid-json")
    assert gateway.admin.call("PATCH", path(browser), b"", {**ANY, "Content-Type": "application/json"}).problem == (400, "invalid-json")


def test_no_update_is_lost(gateway, visitor):
    """Many at once, each with what it has read: of two that have read the same one has to read again."""
    browser, tries = visitor(gateway, "alice", "X-Session-Update: {\"n\":0}"), []

    def add():
        for _ in range(10):
            while True:
                read = gateway.admin.get(path(browser, "/attributes"))
                reply = merge(gateway.admin, browser, {"n": read.json["attributes"]["n"] + 1}, read.header("ETag"))
                tries.append(reply.status)
                if reply.status == 200:
                    break

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gateway.admin.get(path(browser, "/attributes")).json == {"attributes": {"n": 40}, "version": 41}
    assert tries.count(200) == 40 and set(tries) <= {200, 412}


# --- another secret ---


def test_a_rotation_at_the_next_request(gateway, visitor):
    browser = visitor(gateway, "alice")
    time.sleep(TICK_S)  # a login of that moment would be taken for the reason
    old = browser.twin()
    reply = gateway.admin.post(path(browser, "/rotate"), None)
    assert (reply.status, reply.json["rotated_at"], reply.header("ETag")) == (202, None, '"2"')
    assert gateway.admin.post(path(browser, "/rotate"), {}).json["version"] == 2  # it is asked for already
    assert gateway.admin.post(path(browser, "/rotate"), {"grace": True}).wrong == ["grace"]
    page = browser.visit()
    assert page.state == "authenticated" and page.token() not in (None, old.token)
    assert browser.token[:20] == old.token[:20]
    assert browser.visit().token() is None  # once
    assert gateway.admin.session(browser.id).json["rotated_at"]
    assert gateway.admin.post("/api/v1/sessions/AAAAAAAAAAAAAAAAAAAA/rotate", None).problem == (404, "session-not-found")


def test_two_at_once_get_one_new_secret(gateway, visitor, held):
    browser = visitor(gateway, "alice")
    gateway.admin.post(path(browser, "/rotate"), None)
    both = [browser.twin() for _ in range(2)]
    pages = [twin.begin("/slow") for twin in both]
    held.until(2)
    held.release()
    assert sorted(page().token() is None for page in pages) == [False, True]


# --- attributes ---


def test_attributes_as_they_are(gateway, visitor):
    browser = visitor(gateway, "alice", 'X-Session-Update: {"lang":"cs","cart":[1,2],"big":123456789012345678901.50,"\u00e4\\"":{}}')
    reply = gateway.admin.get(path(browser, "/attributes"))
    assert reply.json == {"attributes": {"lang": "cs", "cart": [1, 2], "big": 123456789012345678901.5, '\u00e4"': {}}, "version": 1}
    assert b"123456789012345678901.50" in reply.body  # to the last digit
    assert reply.header("ETag") == '"1"'
    assert gateway.admin.get(path(browser, "/attributes"), {"If-None-Match": '"1"'}).status == 304
    assert visitor(gateway).visit().status == 200


def test_a_merge(gateway, visitor):
    browser = visitor(gateway, "alice", 'X-Session-Update: {"lang":"cs","cart":{"a":{"x":1,"y":2.50},"b":[1,2]},"gone":1}')
    reply = merge(gateway.admin, browser, {"lang": "de", "cart": {"a": {"x": None, "z": {"q": None, "r": 3}}, "b": [3]}, "gone": None, "never": None, "new": {"n": None, "m": []}})
    assert reply.json == {
        "attributes": {"lang": "de", "cart": {"a": {"y": 2.5, "z": {"r": 3}}, "b": [3]}, "new": {"m": []}},
        "version": 2,
    }
    assert b"2.50" in reply.body and reply.header("ETag") == '"2"'
    seen = browser.visit().seen
    assert seen["SESSION_ATTR_lang"] == "de" and json.loads(seen["SESSION_ATTR_cart"])["b"] == [3]
    assert merge(gateway.admin, browser, {"lang": {"now": "an object"}, "cart": 5}).json["attributes"] == {"lang": {"now": "an object"}, "cart": 5, "new": {"m": []}}
    assert merge(gateway.admin, browser, {"lang": {"now": "an object"}}).json["version"] == 3  # nothing was changed
    assert merge(gateway.admin, browser, {}).json["version"] == 3


@pytest.mark.parametrize("name", ["a b", "\u00e4", "a/b", 'q"', "\\", "x" * 128])
def test_names(gateway, visitor, name):
    browser = visitor(gateway, "alice")
    assert merge(gateway.admin, browser, {name: 1}).json["attributes"] == {name: 1}
    assert merge(gateway.admin, browser, {name: None}).json["attributes"] == {}


def test_what_cannot_be_an_attribute(serve, visitor):
    gateway = serve(session={"max_value": 100, "max_attributes": 3, "max_size": 180})
    browser = visitor(gateway, "alice", "X-Session-Set: a=1")
    for body, slug in [
        ({"": 1}, "invalid-attribute-name"),
        ({"x" * 129: 1}, "invalid-attribute-name"),
        ({"\u00e4" * 65: 1}, "invalid-attribute-name"),
        ({"$php": "x"}, "invalid-attribute-name"),
        ({"a": {"deep": [{"$php": "O:1"}]}}, "invalid-attribute-name"),
        ({"b": "x" * 99}, "attribute-too-large"),
        ({"b": "x" * 90, "c": "x" * 95}, "attribute-too-large"),
        ({"b": 1, "c": 1, "d": 1}, "too-many-attributes"),
    ]:
        assert merge(gateway.admin, browser, body).problem == (422, slug), body
    assert merge(gateway.admin, browser, {"b": 1, "c": 1}).status == 200
    assert merge(gateway.admin, browser, {"a": None, "d": 1}).status == 200


def test_a_patch_that_is_all_work(gateway, visitor):
    browser = visitor(gateway, "alice")
    many = {"a": {f"k{number:05}": 1 for number in range(30000)}}
    assert merge(gateway.admin, browser, many).status == 200
    other = {"a": {f"l{number:05}": 1 for number in range(30000)}}
    assert merge(gateway.admin, browser, other).problem == (413, "body-too-large")
    assert gateway.nobody.get("/livez").status == 200


def test_encrypted_values(serve, visitor):
    gateway = serve(store={"url": "memory:", "encryption_keys": ["MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]})
    browser = visitor(gateway, "alice", 'X-Session-Update: {"cart":{"a":1}}')
    assert merge(gateway.admin, browser, {"cart": {"b": 2}}).json["attributes"] == {"cart": {"a": 1, "b": 2}}
    told = gateway.admin.session(browser.id).json["attributes"]
    assert told == {"count": 1, "bytes": len("cart") + len('{"a":1,"b":2}'), "names": ["cart"]}
    assert gateway.admin.sessions().json["data"][0]["attributes"] == told
    assert change(gateway.admin, browser, {"idle_timeout_s": 60}).json["attributes"] == told


# --- whose, and what fails ---


def test_whom_a_grant_lets_change(serve, visitor):
    gateway = serve(tokens=[grant("alices", users=["alice"])])
    alice, bob = visitor(gateway, "alice"), visitor(gateway, "bob")
    who = gateway.by("alices")
    assert change(who, alice, {"idle_timeout_s": 60}).status == merge(who, alice, {"a": 1}).status == 200
    assert who.get(path(alice, "/attributes")).status == 200
    for reply in [change(who, bob, {"idle_timeout_s": 60}), merge(who, bob, {"a": 1}), who.get(path(bob, "/attributes"))]:
        assert reply.problem == (404, "session-not-found")


@pytest.mark.against_the_clock(0.3)
@pytest.mark.parametrize("mood", [mood for mood in MOODS if mood != "fine"])
def test_a_store_that_fails(moody, visitor, mood):
    gateway = moody(store={"timeout": "300ms"})
    browser = visitor(gateway, "alice")
    gateway.store.tell(mood, "save")
    reply = merge(gateway.admin, browser, {"a": 1})
    # a save whose answer was lost is asked for again, and known by its id
    assert reply.problem in [(503, "store-unavailable"), (504, "store-timeout")]
    gateway.store.fine()
    gateway.store.tell("lose", "save", next=2)
    assert merge(gateway.admin, browser, {"b": 1}).json["attributes"]["b"] == 1


def test_the_visitor_goes_on(gateway, visitor):
    browser = visitor(gateway, "alice")
    merge(gateway.admin, browser, {"by": "admin"})
    page = browser.visit(say="X-Session-Set: by=app")
    assert page.state == "authenticated"
    assert gateway.admin.get(path(browser, "/attributes")).json["attributes"] == {"by": "app"}
    assert Browser(gateway).visit().state == "none"

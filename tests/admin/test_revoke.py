"""POST /api/v1/sessions/revoke: many at once (admin-api.md section 4)."""

import pytest

from harness.admin import grant

PATH = "/api/v1/sessions/revoke"


def revoke(admin, **body):
    return admin.post(PATH, body)


def really(admin, **body):
    return revoke(admin, dry_run=False, **body)


# --- what is asked for ---


@pytest.mark.parametrize(
    "body, slug",
    [
        ({}, "filter-required"),
        ({"dry_run": True}, "filter-required"),
        ({"ids": []}, "filter-required"),
        ({"filter": {}}, "filter-required"),
        ({"all": False}, "filter-required"),
        ({"all": True, "ids": ["A" * 20]}, "filter-required"),
        ({"filter": {"user": "alice"}, "selection": "x"}, "filter-required"),
        ({"selection": "x"}, "invalid-selection"),
        ({"selection": ""}, "invalid-selection"),
        ({"selection": None}, "invalid-selection"),
    ],
)
def test_one_of_them(admin, body, slug):
    assert revoke(admin, **body).problem == (400, slug)
    assert really(admin, **{key: value for key, value in body.items() if key != "dry_run"}).problem == (400, slug)


@pytest.mark.parametrize(
    "body, wrong",
    [
        ({"ids": "x"}, ["ids"]),
        ({"ids": ["short"]}, ["ids"]),
        ({"ids": [1]}, ["ids"]),
        ({"ids": ["A" * 20] * 501}, ["ids"]),
        ({"all": True, "except": ["x"]}, ["except"]),
        ({"all": "yes"}, ["all"]),
        ({"all": True, "dry_run": "no"}, ["dry_run"]),
        ({"all": True, "reason": "x" * 201}, ["reason"]),
        ({"all": True, "why": "x"}, ["why"]),
        ({"filter": "alice"}, ["filter"]),
        ({"filter": {"name": "alice"}}, ["name"]),
        ({"filter": {"user": ""}}, ["user"]),
        ({"filter": {"user": None}}, ["user"]),
        ({"filter": {"user": ["alice"]}}, ["user"]),
        ({"filter": {"user": 5}}, ["user"]),
        ({"filter": {"limit": 5}}, ["limit"]),
        ({"filter": {"idle_gt_s": -5}}, ["idle_gt_s"]),
        ({"filter": {"idle_gt_s": 1e300}}, ["idle_gt_s"]),
        ({"filter": {"min_bytes": "many"}}, ["min_bytes"]),
        ({"filter": {"state": "gone"}}, ["state"]),
        ({"filter": {"created_after": "yesterday"}}, ["created_after"]),
        ({"selection": 5}, ["selection"]),
    ],
)
def test_what_is_wrong_with_it(admin, body, wrong):
    assert revoke(admin, **body).wrong == wrong


MALFORMED = [b"", b"{", b"[]", b"null", b"{}{}", b'{"all":true}x', b'{"all":true,"all":false}', b"\xff", b'{"a":"\xff"}', b"{'all':true}",
             b'{"all":tru}', b'{"reason":"\\ud800"}', b'{"reason":"\\u0000"}', b'{"x":' + b"[" * 100000 + b"]" * 100000 + b"}"]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_json(admin, body):
    reply = admin.call("POST", PATH, body, {"Content-Type": "application/json"})
    assert reply.problem == (400, "invalid-json")


def test_types_and_sizes(admin):
    for type_ in ["text/plain", "application/jsonx", "", "application/merge-patch+json", "application/x-www-form-urlencoded"]:
        reply = admin.call("POST", PATH, b'{"all":true}', {"Content-Type": type_})
        assert reply.problem == (415, "unsupported-media-type"), type_
    assert admin.call("POST", PATH, b'{"all":true}').problem == (415, "unsupported-media-type")
    for type_ in ["application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"]:
        assert admin.call("POST", PATH, b'{"all":true}', {"Content-Type": type_}).status == 200, type_
    large = b'{"reason":"' + b"x" * (1024 * 1024) + b'"}'
    assert admin.call("POST", PATH, large, {"Content-Type": "application/json"}).problem == (413, "body-too-large")
    assert admin.call("POST", PATH, large[:10] + b" " * (1024 * 1024 - 10), {"Content-Type": "application/json"}).problem == (400, "invalid-json")


def test_other_methods(admin):
    for method in ["GET", "PUT", "PATCH", "DELETE"]:
        reply = admin.call(method, PATH)
        assert reply.problem == (405, "method-not-allowed") and reply.header("Allow") == "POST"


# --- ids ---


def test_ids(gateway, visitor):
    sessions = [visitor(gateway, user) for user in ["alice", "alice", "bob", None]]
    ids = [browser.id for browser in sessions]
    told = revoke(gateway.admin, ids=ids + ["A" * 20]).json
    assert sorted(told.pop("sample")) == sorted(ids)
    assert told == {"dry_run": True, "matched": 4, "users": 2, "more": False, "selection": None}
    assert revoke(gateway.admin, ids=ids[:1] * 3).json["matched"] == 1  # each counts once
    assert [browser.visit().status for browser in sessions] == [200] * 4
    assert really(gateway.admin, ids=ids[:3] + ["A" * 20], **{"except": ids[1:2]}).json == {"dry_run": False, "revoked": 2, "more": False, "failed": []}
    assert [browser.visit().state for browser in sessions] == ["none", "authenticated", "none", "anonymous"]
    assert really(gateway.admin, ids=ids).json["revoked"] == 2
    assert really(gateway.admin, ids=ids).json == {"dry_run": False, "revoked": 0, "more": False, "failed": []}


def test_500_ids(gateway, visitor):
    ids = [visitor(gateway, "alice").id for _ in range(60)]
    assert really(gateway.admin, ids=ids + [f"{number:020d}" for number in range(440)]).json["revoked"] == 60


# --- filters ---


def test_a_filter(gateway, visitor):
    alice = [visitor(gateway, "alice") for _ in range(3)]
    bob = visitor(gateway, "bob")
    told = revoke(gateway.admin, filter={"user": "alice"}).json
    assert (told["matched"], told["users"], told["more"], len(told["sample"])) == (3, 1, False, 3)
    assert really(gateway.admin, filter={"user": "alice"}, reason="lost", **{"except": [alice[0].id]}).json == {"dry_run": False, "revoked": 2, "more": False, "failed": []}
    assert [browser.visit().state for browser in [*alice, bob]] == ["authenticated", "none", "none", "authenticated"]
    assert really(gateway.admin, filter={"state": "authenticated", "idle_gt_s": 3600, "min_bytes": 0}).json["revoked"] == 0
    assert really(gateway.admin, filter={"user_prefix": "", "user": "bob"}).status == 400
    assert really(gateway.admin, filter={"user": "bob"}).json["revoked"] == 1


def test_many_need_a_selection(gateway, visitor):
    sessions = [visitor(gateway, f"user{number % 7}") for number in range(101)]
    assert really(gateway.admin, filter={"user_prefix": "user"}).problem == (409, "confirmation-required")
    assert really(gateway.admin, all=True).problem == (409, "confirmation-required")
    assert len(gateway.admin.ids(limit=500)) == 101
    told = revoke(gateway.admin, all=True).json
    assert (told["matched"], told["users"], told["more"], len(told["sample"])) == (101, 7, False, 10)
    spared, late = sessions[50].id, visitor(gateway, "user1").id
    again = revoke(gateway.admin, selection=told["selection"]).json
    assert again["matched"] in (101, 102) and again["selection"] == told["selection"]
    ended = really(gateway.admin, selection=told["selection"], **{"except": [spared]}).json
    assert ended == {"dry_run": False, "revoked": 100, "more": False, "failed": []}
    assert set(gateway.admin.ids()) == {spared, late}  # what came after the moment is not among them
    assert really(gateway.admin, selection=told["selection"]).json["revoked"] == 1


def test_all_need_a_selection_however_few_they_are(gateway, visitor):
    only = visitor(gateway, "alice").id
    assert really(gateway.admin, all=True).problem == (409, "confirmation-required")
    assert gateway.admin.ids() == [only]


def test_a_hundred_need_none(gateway, visitor):
    for _ in range(100):
        visitor(gateway, "alice")
    assert really(gateway.admin, filter={"user": "alice"}).json["revoked"] == 100


def test_5000_in_a_call(serve, visitor):
    gateway = serve(log={"level": "info"})
    for number in range(5020):
        visitor(gateway, f"u{number % 50}")
    told = revoke(gateway.admin, all=True).json
    assert (told["matched"], told["users"]) == (5020, 50)
    assert really(gateway.admin, selection=told["selection"]).json == {"dry_run": False, "revoked": 5000, "more": True, "failed": []}
    assert really(gateway.admin, selection=told["selection"]).json == {"dry_run": False, "revoked": 20, "more": False, "failed": []}
    assert gateway.admin.ids() == []


# --- selections ---


def test_selections_are_the_callers_own(serve, visitor):
    gateway = serve(tokens=[grant("other"), grant("narrow", realms=["default"])])
    visitor(gateway, "alice")
    selection = revoke(gateway.admin, filter={"user": "alice"}).json["selection"]
    for name in ["other", "narrow"]:
        assert really(gateway.by(name), selection=selection).problem == (400, "invalid-selection")
    cursor = gateway.admin.sessions(limit=1).json["page"]["next"]
    for odd in [selection[:-2], selection[:30] + "A" + selection[31:] + "A", cursor or "x", "x" * 9000, "\u00e4"]:
        assert really(gateway.admin, selection=odd).problem == (400, "invalid-selection"), odd
    assert gateway.admin.sessions(cursor=selection).problem == (400, "invalid-cursor")
    assert really(gateway.admin, selection=selection).json["revoked"] == 1


def test_whom_a_grant_lets_end(serve, visitor, app):
    gateway = serve(
        tokens=[grant("alices", users=["alice"]), grant("second", applications=["second"])],
        applications={name: {"servers": [app.address]} for name in ["app", "second"]},
        routes=[{"path": "/", "application": "app"}, {"path": "/second", "application": "second"}],
    )
    alice, bob, anonymous = visitor(gateway, "alice").id, visitor(gateway, "bob").id, visitor(gateway).id
    there = visitor(gateway, "bob", uri="/second").id
    everybody = [alice, bob, anonymous, there]
    for name, seen in [("alices", alice), ("second", there)]:
        who = gateway.by(name)
        for body in [{"all": True}, {"ids": everybody}, {"filter": {"state": "authenticated"}}]:
            assert revoke(who, **body).json["matched"] == 1, (name, body)
        assert really(who, ids=everybody).json["revoked"] == 1
        assert gateway.admin.session(seen).status == 404
    assert revoke(gateway.by("alices"), filter={"user": "bob"}).json["matched"] == 0
    assert really(gateway.by("alices"), filter={"user": "bob"}).json["revoked"] == 0
    selection = revoke(gateway.by("second"), all=True).json["selection"]
    assert really(gateway.by("second"), selection=selection).json["revoked"] == 0
    assert set(gateway.admin.ids()) == {bob, anonymous}


# --- a store that fails ---


@pytest.mark.against_the_clock(0.3)
def test_a_store_that_fails(moody, visitor):
    gateway = moody(store={"timeout": "300ms"})
    ids = [visitor(gateway, "alice").id for _ in range(30)]
    gateway.store.tell("fail", "list")
    assert revoke(gateway.admin, all=True).problem == (503, "store-unavailable")
    assert really(gateway.admin, filter={"user": "alice"}).problem == (503, "store-unavailable")
    gateway.store.fine()
    for mood in ["fail", "refuse"]:
        gateway.store.tell(mood, "remove")
        told = really(gateway.admin, ids=ids).json
        assert told["revoked"] == 0 and sorted(told["failed"]) == sorted(ids), mood
        gateway.store.fine()
    gateway.store.tell("fail", "remove", next=5)
    told = really(gateway.admin, filter={"user": "alice"}).json
    assert (told["revoked"], len(told["failed"])) == (25, 5)
    gateway.store.tell("lose", "remove", next=3)
    told = really(gateway.admin, ids=ids).json
    # of a session whose answer was lost nobody knows whether it had ended before
    assert told["revoked"] in range(5, 9) and told["failed"] == []

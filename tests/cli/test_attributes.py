"""sessionctl attrs, set, unset."""

import json

import pytest

from harness.admin import grant
from harness.ctl import CONFLICT, ERROR, NOT_FOUND, OK, REFUSED, USAGE, Ctl


@pytest.fixture
def session(gateway, visitor):
    return visitor(gateway, "alice", "X-Session-Set: lang=cs", "X-Session-Set: cart=[1,2]").id


def attributes(ctl, id):
    return ctl("attrs", id).json["attributes"]


def test_reading(ctl, session):
    assert ctl("attrs", session).json == {"attributes": {"lang": "cs", "cart": "[1,2]"}, "version": 1}
    assert [line.split() for line in ctl("attrs", session, "-o", "table").lines] == [["NAME", "VALUE"], ["cart", '"[1,2]"'], ["lang", '"cs"']]
    assert ctl("attrs", "A" * 20).status == NOT_FOUND


@pytest.mark.parametrize(
    "said, meant",
    [
        ("a=1", 1), ("a=1.50", 1.5), ("a=true", True), ("a=", ""), ("a=x y", "x y"), ('a="1"', "1"), ("a=01", "01"), ("a=nul", "nul"),
        ('a={"b":[1,null]}', {"b": [1]}), ("a=[1, 2]", [1, 2]), ("a= 7 ", 7), ('a={"b":1}x', '{"b":1}x'), ("a=b=c", "b=c"), ('a=č"\\', 'č"\\'), ("a=é\u202e", "é\u202e"),
    ],
)  # fmt: skip
def test_setting(ctl, session, said, meant):
    ran = ctl("set", session, said)
    assert ran.status == OK, ran.err
    expected = [1, None] if said == 'a={"b":[1,null]}' else None
    found = attributes(ctl, session)
    assert found["a"] == meant if expected is None else found["a"]["b"] == expected
    assert found["lang"] == "cs"


def test_every_digit_is_kept(ctl, session):
    assert ctl("set", session, "a=12345678901234567890.10").status == OK
    assert "12345678901234567890.10" in ctl("attrs", session).out
    assert ctl("attrs", session, "-o", "table").lines[1].split() == ["a", "12345678901234567890.10"]


def test_several_and_removing(ctl, session):
    assert ctl("set", session, "a=1", "b=2", "lang=null").status == OK
    assert attributes(ctl, session) == {"cart": "[1,2]", "a": 1, "b": 2}
    assert ctl("unset", session, "a", "b", "never=there").status == OK
    assert attributes(ctl, session) == {"cart": "[1,2]"}


def test_versions(ctl, session):
    assert ctl("set", session, "a=1", "--if-version", "1").status == OK
    ran = ctl("set", session, "a=2", "--if-version", "1")
    assert (ran.status, ran.out) == (CONFLICT, "")
    assert attributes(ctl, session)["a"] == 1
    assert ctl("unset", session, "a", "--if-version", "2").status == OK
    for version in ["one", "-1", "", '1"']:
        assert ctl("set", session, "a=2", "--if-version", version).status == USAGE


def test_what_cannot_be_set(ctl, session):
    for words in [["a"], ["a=1", "b"], [], ["a=1", "a=2"]]:
        assert ctl("set", session, *words).status == USAGE, words
    assert ctl("unset", session).status == USAGE
    assert ctl("set", "A" * 20, "a=1").status == NOT_FOUND
    assert ctl("set", session, "x" * 200 + "=1").status == ERROR
    assert attributes(ctl, session) == {"lang": "cs", "cart": "[1,2]"}


def test_who_may_only_write(serve, visitor):
    gateway = serve(tokens=[grant("writer", ["attributes:write"]), grant("reader", ["attributes:read"])])
    id = visitor(gateway, "alice").id
    by = lambda name: Ctl(gateway.admin.address, gateway.by(name).token)  # noqa: E731
    assert by("writer")("set", id, "a=1").status == OK
    assert by("writer")("attrs", id).status == REFUSED
    assert by("reader")("set", id, "a=1").status == REFUSED
    assert by("reader")("attrs", id).json["attributes"] == {"a": 1}


def test_values_on_a_terminal(ctl, session):
    assert ctl("set", session, "a=\x1b[2J\x9b\u202e").status == OK
    for words in ([], ["-o", "json"]):
        shown = ctl.on_terminal("attrs", session, *words, NO_COLOR="1").out
        assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    assert json.loads(ctl("attrs", session).out)["attributes"]["a"] == "\x1b[2J\x9b\u202e"

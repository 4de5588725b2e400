"""store.encryption_keys: what the store gets, and what becomes of a session that cannot be decrypted. docs/security.md, "Encryption at
rest". The store is looked into, and written to, by the tests' own program (harness/moody.py)."""

import json
import subprocess

import pytest

from harness.browser import Browser
from harness.gateway import PROGRAM
from harness.process import PATIENCE_S, wait_until
from harness.redis_server import RedisServer

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER_KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
OVERHEAD = 33  # version, id of the key, nonce, tag
OWN = {"HTTP_ORIGIN": "http://example.test"}


@pytest.fixture
def sealed(moody):
    """sealed(keys=[…], …as start…): a gateway with encryption_keys."""
    return lambda keys=(KEY,), **settings: moody(store={"encryption_keys": list(keys)}, **settings)


@pytest.fixture
def visitor(sealed):
    """With a session, in which a is 1."""
    browser = Browser(sealed())
    browser.visit(say="X-Session-Set: a=1")
    return browser


def stored(browser, name="a"):
    return browser.gateway.store.look(browser.token, name)


def put(browser, name, value):
    assert browser.gateway.store.put(browser.token, name, value) == "ok"


def damaged(value, at=-1):
    value = bytearray(value)
    value[at] ^= 1
    return bytes(value)


def attribute(page, name="a"):
    return page.seen.get(f"SESSION_ATTR_{name}")


# --- what the store gets ---


def test_the_store_gets_no_value_that_it_could_read(visitor):
    visitor.visit(say="X-Session-Set: a=the canary")
    assert attribute(visitor.visit()) == "the canary"
    assert len(stored(visitor)) == len('"the canary"') + OVERHEAD
    assert stored(visitor)[0] == 1
    assert b"canary" not in stored(visitor)


def test_without_keys_it_gets_them_as_they_are(moody):
    browser = Browser(moody())
    browser.visit(say="X-Session-Set: a=the canary")
    assert stored(browser) == b'"the canary"'


def test_the_first_key_encrypts(sealed):
    for keys, name in [([KEY], "2f44180a"), ([OTHER_KEY, KEY], "96ec544b")]:
        browser = Browser(sealed(keys))
        browser.visit(say="X-Session-Set: a=1")
        assert stored(browser)[1:5].hex() == name


def test_the_same_value_is_another_each_time(visitor):
    first = stored(visitor)
    visitor.visit(say="X-Session-Set: a=1")
    assert stored(visitor) != first
    assert stored(visitor)[5:17] != first[5:17], "the nonce"


def test_what_is_not_set_is_not_encrypted_anew(visitor):
    first = stored(visitor)
    visitor.visit(say=["X-Session-Set: b=1", "X-Session-Login: alice"])
    assert stored(visitor) == first
    assert (attribute(visitor.visit()), attribute(visitor.visit(), "b")) == ("1", "1")


def test_limits_count_what_the_application_gave(sealed):
    gateway = sealed(session={"max_value": "100", "max_size": "250", "max_attributes": 3})
    longest = "v" * 98  # and two quotes
    for last, status in [("v" * 45, 200), ("v" * 46, 502)]:
        browser = Browser(gateway)
        assert browser.visit(say=f"X-Session-Set: a={longest}").status == 200
        assert browser.visit(say=f"X-Session-Set: b={longest}v").status == 502
        assert browser.visit(say=f"X-Session-Set: b={longest}").status == 200
        assert browser.visit(say=f"X-Session-Set: c={last}").status == status
        assert browser.visit(say="X-Session-Unset: a").status == 200
        assert attribute(browser.visit(), "b") == longest


def test_an_attribute_may_be_any_json(visitor):
    value = {"é\u20ac": [1.0, None, {"x": "\\\"\n" * 1000}], "n": 12345678901234567890}
    visitor.visit(say=f"X-Session-Update: {json.dumps({'a': value})}")
    assert json.loads(attribute(visitor.visit())) == value


def test_the_session_api_goes_on_from_what_was_saved(talk, program):
    """The same user again is no login, which could not be said behind the header."""
    visit = talk(application={"login_from": "user"}, store={"url": "memory:", "encryption_keys": [KEY]})
    visit(say="X-Session-Set: a=0")
    visit(say="X-Session-Set: user=alice", after=lambda api: (api.patch(update={"user": "alice", "a": 1}), api.get()))
    patched, got = program.last
    assert patched.status == 204
    assert got.json["attributes"] == {"user": "alice", "a": 1}
    assert json.loads(visit().seen["SESSION_ATTRIBUTES"]) == {"user": "alice", "a": 1}


# --- what cannot be decrypted ---


def expect_unknown(browser):
    page = browser.visit()
    assert (page.state, page.seen["SESSION_REASON"]) == ("none", "unknown")
    assert page.all("Set-Cookie") == [], "the cookie stays: it may be that only the key is missing"
    return page


def test_damage_makes_a_session_unknown_until_it_is_mended(visitor):
    """And nobody sees anything worse."""
    good = stored(visitor)
    for at in [0, 1, 5, 17, -1]:
        put(visitor, "a", damaged(good, at))
        expect_unknown(visitor)
    for value in [good[:-1], good + b"x", b"\1", b"x", b"{", b" 1", b'"\xff"']:
        put(visitor, "a", value)
        expect_unknown(visitor)
    wait_until(lambda: f"session {visitor.token[:20]} cannot be decrypted and is unknown: " in visitor.gateway.log, what="the log to say so")
    put(visitor, "a", good)
    assert attribute(visitor.visit()) == "1"


def test_whoever_had_it_begins_anew(visitor):
    put(visitor, "a", damaged(stored(visitor)))
    before = visitor.token
    page = visitor.visit(say="X-Session-Set: a=2")
    assert page.status == 200
    assert visitor.token[:20] == page.seen["SESSION_NEXT_ID"] != before[:20]
    assert attribute(visitor.visit()) == "2"


def test_the_log_says_which_key_is_missing(sealed):
    browser = Browser(sealed([OTHER_KEY]))
    browser.visit(say="X-Session-Set: a=1")
    value = stored(browser)
    put(browser, "a", value[:1] + b"\x2f\x44\x18\x0a" + value[5:])  # the id of KEY
    expect_unknown(browser)
    wait_until(lambda: "there is no key 2f44180a" in browser.gateway.log, what="the log")


def test_a_value_opens_nowhere_else(visitor):
    """Neither under another name nor in another session."""
    other = Browser(visitor.gateway)
    other.visit(say="X-Session-Set: a=2")
    put(other, "a", stored(visitor))
    expect_unknown(other)
    put(visitor, "b", stored(visitor))
    expect_unknown(visitor)


def test_a_lost_key_fills_no_disk(visitor):
    put(visitor, "a", damaged(stored(visitor)))
    for _ in range(40):
        expect_unknown(visitor)
    lines = [line for line in visitor.gateway.log.splitlines() if "cannot be decrypted" in line]
    assert 10 <= len(lines) <= 30
    assert any(line.endswith("; there are more of them") for line in lines)


def test_a_session_that_goes_bad_while_it_is_used(visitor, held):
    late = visitor.twin().begin("/slow", "X-Session-Set: b=2")
    held.until(1)
    good = stored(visitor)
    put(visitor, "a", damaged(good))
    held.release()
    page = late()
    assert (page.status, page.all("Set-Cookie")) == (200, [])
    expect_unknown(visitor)


def test_what_cannot_be_decrypted_is_not_locked(sealed):
    browser = Browser(sealed(route={"lock": "exclusive", "lock_wait": "1ms"}))
    browser.visit(say="X-Session-Set: a=1")
    good = stored(browser)
    put(browser, "a", damaged(good))
    expect_unknown(browser)
    put(browser, "a", good)
    assert attribute(browser.visit()) == "1", "nobody holds the lock"


def test_its_user_still_has_it_in_his_list_and_can_end_it(sealed):
    browser = Browser(sealed(route={"self_service": "/.session"}))
    other = Browser(browser.gateway)
    for one in (browser, other):
        one.visit(say=["X-Session-Login: alice", "X-Session-Set: a=1"])
    put(other, "a", damaged(stored(other)))
    listed = json.loads(browser.visit("/.session/list").body)["sessions"]
    assert other.token[:20] in [session["id"] for session in listed]
    assert browser.visit(f"/.session/list/{other.token[:20]}", REQUEST_METHOD="DELETE", **OWN).status == 204
    assert browser.gateway.store.remove(other.token[:20]) == "ended"


# --- with and without keys ---


def test_values_from_before_there_was_a_key(visitor):
    put(visitor, "a", b'["AQ", 1.0]')
    assert attribute(visitor.visit()) == '["AQ", 1.0]'
    visitor.visit(say="X-Session-Set: a=2")
    assert stored(visitor)[0] == 1
    assert attribute(visitor.visit()) == "2"


def test_other_keys_need_a_restart(visitor):
    config = visitor.gateway.config
    config["store"]["encryption_keys"] = [OTHER_KEY]
    visitor.gateway.reload(config)
    wait_until(lambda: "need a restart: store.encryption_keys" in visitor.gateway.log, what="the warning")
    assert attribute(visitor.visit()) == "1"
    assert KEY not in visitor.gateway.log and OTHER_KEY not in visitor.gateway.log


def test_a_key_that_is_none_is_refused_and_not_shown(directory, start):
    file = f"{directory}/wrong.yaml"
    with open(file, "w") as out:
        json.dump({**start().config, "store": {"encryption_keys": [KEY[:-2] + "=", KEY, KEY]}}, out)
    checked = subprocess.run([PROGRAM, "--check", "-c", file], capture_output=True, text=True, timeout=PATIENCE_S)
    assert checked.returncode == 2
    said = checked.stdout + checked.stderr
    assert "store.encryption_keys[0]: expected the base64 of 32 bytes, which has 44 characters" in said
    assert "store.encryption_keys[2]: the same key as store.encryption_keys[1]" in said
    assert KEY[:20] not in said


# --- in a Redis that several gateways share ---


@pytest.fixture
def redis(directory):
    server = RedisServer(directory, unix=True)
    yield server
    server.stop()


@pytest.fixture
def sharing(redis, start):
    """sharing(key, …): one more gateway, with these keys."""
    return lambda *keys: start(store={"url": redis.url, "encryption_keys": list(keys)})


def through(browser, gateway):
    """The same visitor, whom the web server sends to another gateway."""
    return Browser(gateway, browser.cookies)


def record(redis, browser):
    """The name of the key that has the session."""
    (key,) = redis.ask("KEYS", f"*:s:{browser.token[:20]}")
    return key


def test_a_key_is_replaced_while_gateways_go_on(sharing, redis):
    before = sharing(KEY)
    browser = Browser(before)
    browser.visit(say=["X-Session-Set: a=1", "X-Session-Set: b=1"])
    both = sharing(KEY, OTHER_KEY)
    after = sharing(OTHER_KEY, KEY)
    through(browser, after).visit(say="X-Session-Set: a=2")
    for gateway in (both, after):
        page = through(browser, gateway).visit()
        assert (attribute(page), attribute(page, "b")) == ("2", "1")
    alone = sharing(OTHER_KEY)
    expect_unknown(through(browser, alone))
    through(browser, after).visit(say="X-Session-Set: b=2")
    assert attribute(through(browser, alone).visit(), "b") == "2"
    expect_unknown(through(browser, before))


def test_a_server_sees_no_value(sharing, redis):
    redis.ask("CONFIG", "SET", "slowlog-log-slower-than", 0)
    browser = Browser(sharing(KEY))
    browser.visit(say="X-Session-Set: a=the canary")
    browser.visit(say=["X-Session-Set: b=the canary", "X-Session-Login: alice"])
    assert attribute(browser.visit(), "b") == "the canary"
    kept = dict(zip(*[iter(redis.ask("HGETALL", record(redis, browser)))] * 2))
    assert kept["user"] == "alice" and {"a:a", "a:b"} <= set(kept)
    assert "canary" not in str(kept)
    asked = str(redis.ask("SLOWLOG", "GET", 1000))
    assert "alice" in asked and "canary" not in asked


def test_a_gateway_without_keys_hands_nobody_what_is_encrypted(sharing, redis):
    browser = Browser(sharing(KEY))
    browser.visit(say="X-Session-Set: a=1")
    expect_unknown(through(browser, sharing()))
    assert attribute(browser.visit()) == "1"


@pytest.mark.parametrize("keys", [[], [KEY]])
def test_what_is_no_json_makes_a_session_unknown(sharing, redis, keys):
    browser = Browser(sharing(*keys))
    browser.visit(say="X-Session-Set: a=1")
    key = record(redis, browser)
    good = redis.ask("HGET", key, "a:a").encode("latin-1")
    for value in [b"", b"nothing", b"{", b" 1", b'"\xff"', b"\x00\x01\x02"]:
        redis.ask("HSET", key, "a:a", value)
        expect_unknown(browser)
    redis.ask("HSET", key, "a:a", good)
    assert attribute(browser.visit()) == "1"

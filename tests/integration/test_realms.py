"""Two realms on one host, nginx before them: a shop (C) that people trust, and a hostile application (PHP) in a realm of its
own, which does what it can to reach the shop's sessions: says Login as somebody else, sets the shop's cookie, replays the
tokens that it can get at, poisons attributes."""

import json
import re
import shutil

import pytest

from harness.chain import PAGES, Visitor

SHOP, EVIL = "/shop/", "/evil/"
TOKEN = re.compile(r"[A-Za-z0-9_-]{52}")
SHOP_COOKIE, EVIL_COOKIE = "sg_session", "other"
REALMS = {
    "other": {
        "cookie": {"name": EVIL_COOKIE},
        "header": {"name": "X-Other-Token"},
        "session": {"idle_timeout": "50s", "max_attributes": 3, "per_user_limit": 2},
    }
}


class Browser(Visitor):
    """Keeps every cookie as browsers do (RFC 6265bis section 5.6): the name ends at the first "=", the value at the first ";"."""

    def __init__(self, port):
        super().__init__(port)
        self.jar = {}

    def _learn(self, reply):
        for line in reply.all("Set-Cookie"):
            pair, _, attributes = line.partition(";")
            name, equals, value = pair.partition("=") if "=" in pair else ("", "", pair)
            if "max-age=0" in attributes.lower():
                self.jar.pop(name.strip(), None)
            else:
                self.jar[name.strip()] = value.strip()
        self.cookie = "; ".join(f"{name}={value}" if name else value for name, value in self.jar.items())

    def shop(self, *say, **how):
        return self.ask(SHOP, say=say, **how)

    def evil(self, *lines, fill=0, headers=None):
        """What the hostile application is told to say, in this visitor's request."""
        return self.ask(EVIL, "POST", "\n".join(lines).encode("latin-1"), headers={"X-Fill": str(fill), **(headers or {})})


def known(reply):
    """All that the hostile application could get at."""
    assert reply.status == 200, f"{reply.status} {reply.body[:300]!r}"
    return json.loads(reply.body)


def session(reply):
    """As the hostile application is told of it."""
    server = known(reply)["server"]
    return {name.removeprefix("SESSION_"): value for name, value in server.items() if name.startswith("SESSION_")}


@pytest.fixture
def world(chain):
    """A browser each time it is called."""
    shutil.copy(PAGES / "hostile.php", chain.path("hostile.php"))
    evil = chain.php(children=2)
    evil["params"] = {"SCRIPT_FILENAME": chain.path("hostile.php")}
    routes = [
        {"path": SHOP, "application": "shop", "token": "either", "self_service": f"{SHOP}own"},
        {"path": EVIL, "application": "evil", "realm": "other", "token": "either", "self_service": f"{EVIL}own"},
    ]
    first = chain.start({"shop": chain.c(), "evil": evil}, routes=routes, realms=REALMS)
    return lambda: Browser(first.port)


@pytest.fixture
def alice(world):
    """Logged in at the shop."""
    browser = world()
    browser.shop("Login: alice", "Set: cart=1")
    return browser


def expect_untouched(alice):
    seen = alice.shop().session
    assert (seen["STATE"], seen["USER"], seen["ATTR_cart"]) == ("authenticated", "alice", "1")
    assert len([name for name in seen if name.startswith("ATTR_")]) == 1


def test_a_login_as_somebody_else_is_one_of_its_own_realm(world, alice):
    mallory = world()
    mallory.evil("X-Session-Login: alice")
    assert session(mallory.evil())["USER"] == "alice"
    assert mallory.shop().session["STATE"] == "none"
    alice.evil("X-Session-Login: mallory; remember", "X-Session-Set: a=1")
    expect_untouched(alice)
    assert session(alice.evil())["USER"] == "mallory"


def test_it_gets_at_no_token(world, alice):
    """Not at those of its own realm either, by any way in; nor at a word about the shop's session."""
    alice.evil("X-Session-Set: a=1")
    tokens = list(alice.jar.values())
    assert sorted(alice.jar) == sorted([SHOP_COOKIE, EVIL_COOKIE]) and all(TOKEN.fullmatch(token) for token in tokens)
    headers = {"X-Auth-Token": tokens[0], "X-Other-Token": tokens[1], "x_auth_token": tokens[0]}
    for sent in ({}, headers):
        seen = alice.evil(headers=sent).body.decode()
        assert not [token for token in tokens if token[20:] in seen], sent
        assert alice.jar[SHOP_COOKIE][:20] not in seen
        assert "alice" not in seen


SPELLED = [
    "Set-Cookie: {cookie}",
    "set-cookie: {cookie}; Path=/; HttpOnly",
    "SET-COOKIE: {cookie}; Path=/shop/",
    "Set-Cookie:   {cookie}; Domain=127.0.0.1",
    "Set-Cookie: ={cookie}",
    "Set-Cookie:  = {cookie}",
    "Set-Cookie: a=b, {cookie}",
    "Set-Cookie: a, {cookie}",
    "Set-Cookie: a=b,{cookie}; Path=/",
    'Set-Cookie: a="b, {cookie}"',
    'Set-Cookie: a="b; {cookie}"',
    "Set-Cookie: a=b; {cookie}",
    "Set-Cookie: =a, {cookie}",
    "Set-Cookie: {upper}",
    "Set-Cookie: __Host-{cookie}; Secure",
    "Set-Cookie2: {cookie}",
    "Set_Cookie: {cookie}",
    "X-Session-Cookie: {cookie}",
    "X-Session-Token: {token}",
    "X-Session-Id: {id}",
    "X-Session-Realm: default",
    "X-Auth-Token: {token}",
]


def test_it_cannot_make_a_visitor_somebody_else(world):
    """Mallory has a session at the shop and plants its token, in every spelling: nobody gets into it."""
    mallory = world()
    mallory.shop("Login: mallory")
    token = mallory.jar[SHOP_COOKIE]
    words = {"cookie": f"{SHOP_COOKIE}={token}", "upper": f"{SHOP_COOKIE.upper()}={token}", "token": token, "id": token[:20]}
    for line in SPELLED:
        victim = world()
        reply = victim.evil(line.format(**words))
        assert (reply.status, reply.all("X-Auth-Token")) == (200, []), line
        assert victim.shop().session["STATE"] == "none", line
        victim.shop("Set: cart=mine")
        assert victim.jar[SHOP_COOKIE] != token
    assert mallory.shop().session["USER"] == "mallory", "which was tried all the time"


def test_a_visitor_of_the_shop_stays_who_he_is(world, alice):
    mallory = world()
    mallory.shop("Login: mallory")
    token = mallory.jar[SHOP_COOKIE]
    for line in ("Set-Cookie: {0}={1}", "Set-Cookie: {0}=; Max-Age=0", "Set-Cookie: a=b, {0}={1}", "Set-Cookie: ={0}={1}"):
        alice.evil(line.format(SHOP_COOKIE, token))
        expect_untouched(alice)


def test_a_token_is_worth_nothing_in_the_other_realm(world, alice):
    """By whichever carrier, also for what it could end; and no answer tells it from a token that never was, or clears it."""
    mallory = world()
    mallory.evil("X-Session-Login: mallory")
    shop, evil = alice.jar[SHOP_COOKIE], mallory.jar[EVIL_COOKIE]
    ways_in = [
        (SHOP, {"Cookie": f"{SHOP_COOKIE}={evil}"}),
        (SHOP, {"X-Auth-Token": evil}),
        (SHOP, {"X-Other-Token": evil}),
        (EVIL, {"Cookie": f"{EVIL_COOKIE}={shop}"}),
        (EVIL, {"X-Other-Token": shop}),
        (EVIL, {"X-Auth-Token": shop}),
    ]
    for path, headers in ways_in:
        stranger = world()
        reply = stranger.ask(path, headers=headers)
        seen = reply.session if path == SHOP else session(reply)
        assert (seen["STATE"], seen.get("REASON", "unknown")) == ("none", "unknown"), (path, headers)
        assert reply.all("Set-Cookie") == []
    for line in ("X-Session-Logout: self", "X-Session-Rotate: 1", "X-Session-Login: alice", "X-Session-Set: cart=2"):
        world().ask(EVIL, "POST", line.encode(), headers={"Cookie": f"{EVIL_COOKIE}={shop}"})
        expect_untouched(alice)
    assert session(mallory.evil())["USER"] == "mallory"


POISON = [
    "X-Session-Set: USER=root",
    "X-Session-Set: STATE=authenticated",
    "X-Session-Set: SESSION_USER=root",
    "X-Session-Set: x%0d%0aSESSION_USER=root",
    "X-Session-Set: x=1%0d%0aSESSION_USER: root",
    "X-Session-Set: __proto__=1",
    "X-Session-Set: a.b=1",
    "X-Session-Set: a%3db=1",
    "X-Session-Set: %c2%85=%1b[2J",
    'X-Session-Update: {"USER":"root","\\u0055SER":"root"}',
    'X-Session-Update: {"a":"\\",\\"user\\":\\"root","SESSION_STATE":"authenticated"}',
    'X-Session-Update: {"cart":{"$set":{"user":"root"}}}',
    'X-Session-Update: {"a":1e999999,"b":-0,"c":"\\ud800\\udc00"}',
]
REFUSED = [
    "X-Session-Set: %24php=O:8:%22stdClass%22:0:{}",
    'X-Session-Update: {"$php":{"__PHP_Incomplete_Class":1},"a":null}',
    "X-Session-Set: x%00y=1",
    "X-Session-Set: x=%ff",
    "X-Session-Set: x=%zz",
    "X-Session-Set: =1",
    "X-Session-Set: nothing",
    'X-Session-Update: {"a":1}{"b":2}',
    'X-Session-Update: {"a":"\\u0000"}',
    'X-Session-Update: {"a":"\\ud800"}',
    'X-Session-Update: {"a":01}',
    'X-Session-Update: {"a":' + 2000 * "[" + 2000 * "]" + "}",
    "X-Session-Login: ",
    "X-Session-Login: root%0aadmin",
    "X-Session-Login: %20root",
]


def test_poisoned_attributes_poison_nobody(world, alice):
    """Not the shop; and nothing of its own session but what an attribute may be."""
    for line in POISON:
        mallory = world()
        mallory.evil(line)
        seen = session(mallory.evil())
        assert (seen["STATE"], seen.get("USER")) == ("anonymous", None), line
        assert set(seen) - {"ATTR_USER", "ATTR_STATE", "ATTR_SESSION_USER", "ATTR_SESSION_STATE", "ATTR___proto__", "ATTR_a", "ATTR_b", "ATTR_c", "ATTR_cart"} == {
            "STATE", "ID", "CREATED", "LAST_SEEN", "EXPIRES", "IDLE_TIMEOUT", "VERSION", "CSRF",
        }, line  # fmt: skip
        expect_untouched(alice)


def test_what_is_malformed_is_refused_whole(world, alice):
    for line in REFUSED:
        reply = alice.evil("X-Session-Set: fine=1", line)
        assert (reply.status, b"bad-directive" in reply.body) == (502, True), line
        assert session(alice.evil())["STATE"] == "none", line
        expect_untouched(alice)


def test_huge_ones_are_refused_and_the_shop_goes_on(chain, alice):
    for line in ("X-Session-Set: x={fill}", "X-Session-Set: {fill}=1", 'X-Session-Update: {"x":"{fill}"}', "X-Session-Login: {fill}"):
        assert alice.evil(line, fill=600_000).status == 502, line
        expect_untouched(alice)
    assert alice.evil("X-Session-{fill}: 1", fill=600_000).status == 200, "unknown ones are dropped"
    expect_untouched(alice)
    assert len(chain.gateway.log) < 100_000


def test_directives_in_every_spelling_stay_in_the_realm(world, alice):
    """Those that are directives do what they say, in the realm of whoever says them; none reaches the browser."""
    for line in ("X-Session-Login: mallory", "x-session-login:mallory", "X-SESSION-LOGIN:\tmallory  ", "X-Session-Login: %6dallory"):
        reply = alice.evil(line)
        assert not [name for name, _ in reply.headers if name.lower().startswith("x-session")], line
        assert session(alice.evil())["USER"] == "mallory", line
        alice.evil("X-Session-Logout: self")
    for line in ("X_Session_Login: mallory", "XSession-Login: mallory", "Session-Login: mallory", "HTTP_X_SESSION_LOGIN: mallory", "X-Session-Login-As: mallory"):
        alice.evil(line)
        assert session(alice.evil())["STATE"] == "none", line
    expect_untouched(alice)


def test_logout_ends_nothing_of_a_namesake(world, alice):
    """alice is somebody at the shop, and somebody else may be alice here."""
    mallory, other = world(), world()
    for browser in (mallory, other):
        browser.evil("X-Session-Login: alice")
    mallory.evil("X-Session-Logout: others")
    assert [session(browser.evil())["STATE"] for browser in (mallory, other)] == ["authenticated", "none"]
    expect_untouched(alice)
    other.evil("X-Session-Login: alice")
    mallory.evil("X-Session-Logout: all")
    assert [session(browser.evil())["STATE"] for browser in (mallory, other)] == ["none", "none"]
    expect_untouched(alice)


def test_self_service_shows_and_ends_nothing_of_a_namesake(world, alice):
    mallory = world()
    mallory.evil("X-Session-Login: alice")
    listed = json.loads(mallory.ask(f"{EVIL}own/list").body)["sessions"]
    assert [one["id"] for one in listed] == [mallory.jar[EVIL_COOKIE][:20]]
    same_site = {"Sec-Fetch-Site": "same-origin"}
    assert mallory.ask(f"{EVIL}own/list/{alice.jar[SHOP_COOKIE][:20]}", "DELETE", headers=same_site).status == 404
    assert mallory.ask(f"{EVIL}own/revoke-others", "POST", headers=same_site).status == 204
    expect_untouched(alice)


def test_a_user_s_limit_is_the_realm_s_own(world, alice):
    twice, mallory, other = world(), world(), world()
    twice.shop("Login: alice")
    for browser in (mallory, other):
        browser.evil("X-Session-Login: alice")
    assert session(mallory.evil())["STATE"] == "authenticated", "two of them are allowed here"
    world().evil("X-Session-Login: alice")
    assert session(mallory.evil())["STATE"] == "none"
    assert twice.shop().session["USER"] == "alice"
    expect_untouched(alice)


def test_timeouts_and_limits_are_the_realm_s_own(world, alice):
    assert alice.shop().session["IDLE_TIMEOUT"] == "1800"
    alice.evil("X-Session-Login: mallory", *[f"X-Session-Set: a{n}=1" for n in range(3)])
    assert session(alice.evil())["IDLE_TIMEOUT"] == "50"
    assert alice.evil("X-Session-Set: a3=1").status == 502
    alice.shop(*[f"Set: a{n}=1" for n in range(5)])
    assert alice.shop().session["ATTR_a4"] == "1"


def test_it_may_say_only_what_it_is_allowed_to(chain):
    """The option directives, for an application that nobody trusts even in its own realm."""
    shutil.copy(PAGES / "hostile.php", chain.path("hostile.php"))
    evil = chain.php(children=2, directives=["set", "unset"])
    evil["params"] = {"SCRIPT_FILENAME": chain.path("hostile.php")}
    browser = Browser(chain.start({"evil": evil, "shop": chain.c()}).port)
    browser.shop("Login: alice", "Set: cart=1")
    reply = browser.evil("X-Session-Login: mallory", "X-Session-Logout: self", "X-Session-Rotate: 1", "X-Session-Set: note=1")
    assert reply.all("Set-Cookie") == []
    seen = browser.shop().session
    assert (seen["USER"], seen["ATTR_note"]) == ("alice", "1")

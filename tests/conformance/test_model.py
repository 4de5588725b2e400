"""Random series of directives, each checked against a model of what application.md section 3 makes of them: how the parts of one
answer, and the answers before it, act on each other. A failure names its seed and step."""

import json
import random
from dataclasses import dataclass, field

import pytest

from harness.browser import Browser

STEPS = 60
IDLE = {"anonymous": 1200, "authenticated": 1800, "remembered": 864000}
SETTINGS = {
    "application": {"login_from": "auth.user"},
    "session": {"idle_timeout": "30m", "anonymous_idle_timeout": "20m", "remember_idle_timeout": "10d", "touch_interval": "0"},
    "routes": [
        {"path": "/", "application": "app"},
        {"path": "/locked", "application": "app", "lock": "exclusive"},
        {"path": "/deliver", "application": "app", "on_save_failure": "deliver", "private": "always"},
        {"path": "/peek", "application": "app", "session": "peek"},
    ],
}


@dataclass
class Said:
    """The directives of one answer."""

    lines: list = field(default_factory=list)
    changes: list = field(default_factory=list)  # (name, value); None removes
    login: str = ""
    remember: bool = False
    logout: bool = False
    rotate: str = ""
    idle: int = 0

    def change(self, line, changes):
        self.lines.append(line)
        self.changes += changes

    def update(self, members):
        self.change(f"X-Session-Update: {json.dumps(members)}", members.items())

    def grow(self, choose):
        """By one directive more."""
        kind, name = choose(["set", "unset", "update", "auth", "auth", "login", "logout", "rotate", "idle"]), choose("abc")
        if kind == "set":
            self.change(f"X-Session-Set: {name}=x%20y", [(name, "x y")])
        elif kind == "unset":
            name = choose([name, "auth"])
            self.change(f"X-Session-Unset: {name}", [(name, None)])
        elif kind == "update":
            self.update({name: choose([None, 1, True, [1], "text"]), choose("abc"): choose([None, "other"])})
        elif kind == "auth":
            self.update({"auth": choose([{"user": "alice"}, {"user": 7}, {"user": True}, {"user": ""}, {}, None, "bob"])})
        elif kind == "login" and not self.login:
            self.login, self.remember = choose(["alice", "bob"]), choose([True, False])
            self.lines.append(f"X-Session-Login: {self.login}" + ("; remember" if self.remember else ""))
        elif kind == "logout" and choose(range(3)) == 0:
            self.logout = True
            self.lines.append("X-Session-Logout: self")
        elif kind == "rotate":
            self.rotate = "1" if self.rotate == "1" else choose(["1", "grace"])
            self.lines.append(f"X-Session-Rotate: {self.rotate}")
        elif kind == "idle" and not self.idle:
            self.idle = choose(range(1, 43201))
            self.lines.append(f"X-Session-Idle-Timeout: {self.idle}")


def user_of(attributes):
    auth = attributes.get("auth")
    user = auth.get("user") if isinstance(auth, dict) else None
    return "" if user is None or isinstance(user, bool) else str(user)


@dataclass
class Model:
    """A session, or that there is none (version 0)."""

    version: int = 0
    user: str = ""
    attributes: dict = field(default_factory=dict)
    remembered: bool = False
    chosen_idle: int = 0

    def idle(self):
        return self.chosen_idle or IDLE["remembered" if self.remembered else "authenticated" if self.user else "anonymous"]

    def becomes(self, said):
        """(the session after that answer, does it get a token, is its epoch another)"""
        if said.logout:
            return Model(), False, False
        wanted = dict(said.changes)
        after = {name: value for name, value in {**self.attributes, **wanted}.items() if value is not None}
        user, moved = said.login, "auth" in wanted and user_of(self.attributes) != user_of(after)
        if moved and not user:
            user = user_of(after)
        leaves = bool(moved and not user and self.user)
        if not self.version and not user and not after:
            return Model(), False, False
        if self.user and user and user != self.user:
            after = {name: value for name, value in wanted.items() if value is not None}
        login = bool(user or leaves)
        changed = bool(said.changes or login or said.rotate or said.idle)
        session = Model(
            version=self.version + 1 if changed else self.version,
            user=user if login else self.user,
            attributes=after,
            remembered=bool(said.login and said.remember) if login else self.remembered,
            chosen_idle=said.idle or self.chosen_idle,
        )
        return session, not self.version or login or bool(said.rotate), login or said.rotate == "1"


def shown(value):
    return value if isinstance(value, str) else json.dumps(value)


def assert_is(seen, model):
    """What an application sees of the session is what the model has."""
    assert (seen["SESSION_STATE"] == "none") == (model.version == 0)
    if model.version == 0:
        return
    assert (int(seen["SESSION_VERSION"]), seen.get("SESSION_USER", "")) == (model.version, model.user)
    assert int(seen["SESSION_IDLE_TIMEOUT"]) == model.idle()
    attributes = {name.removeprefix("SESSION_ATTR_"): value for name, value in seen.items() if name.startswith("SESSION_ATTR_")}
    assert attributes == {name: shown(value) for name, value in model.attributes.items()}


def assert_token(page, old, model, gets_token):
    """The answer brings one, none, or the end of the old one."""
    if not gets_token:
        ended = old is not None and model.version == 0
        assert page.token() == ("" if ended else None)
        return
    (token, attributes), *others = page.set_cookies.values()
    assert (len(token), token == old, others) == (52, False, [])
    assert token[:20] == (old[:20] if old else page.seen["SESSION_NEXT_ID"])
    assert ("max-age" in attributes) == model.remembered


@pytest.mark.parametrize("seed", range(8))
def test_any_series_of_directives(start, seed):
    choose = random.Random(seed).choice
    browser, model, csrf = Browser(start(**SETTINGS)), Model(), None
    for step in range(STEPS):
        said, old = Said(), browser.token
        for _ in range(choose(range(5))):
            said.grow(choose)
        print("seed", seed, "step", step, said, model)
        page = browser.visit(choose(["/", "/locked", "/deliver"]), say=said.lines)
        assert_is(page.seen, model)
        after, gets_token, moves = model.becomes(said)
        assert_token(page, old, after, gets_token)
        seen = browser.visit("/peek", say=said.lines).seen
        assert_is(seen, after)
        if model.version and after.version:
            assert (seen["SESSION_CSRF"] != csrf) == moves
        model, csrf = after, seen.get("SESSION_CSRF")

"""docs/redis.md: its walk is walked, and what it says of sizes is measured."""

import os
import re

import pytest

from harness.browser import Browser
from harness.recipe import Recipe, run
from harness.redis_server import RedisServer

SESSIONS = 500

# What all keys take but those of which there is one for each bucket, and for each event.
ALL = """
local bytes = 0
for _, key in ipairs(redis.call('KEYS', '*')) do
	if not string.find(key, ':meta$') and not string.find(key, ':events$') then
		bytes = bytes + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0)
	end
end
return bytes"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

# What is another one each time.
VARYING = [
    (re.compile(r"\{[0-9a-f]{2}\}"), "{BUCKET}"),
    (re.compile(r"\b\d{16}(-\d+)? "), "MICROSECONDS "),
    (re.compile(r"\b1\d{12}\b"), "MILLISECONDS"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[0-9A-Z_-])[A-Za-z0-9_][A-Za-z0-9_-]{19}(?![\w-])"), "ID"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "LOGIN"),
    (re.compile(r"\bnode \S+"), "node NODE"),
]


def steady(text):
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text.strip()


@pytest.fixture
def on_the_path(directory, redis):
    """The page's redis-cli, which speaks to our server, and as to a person."""
    program = f"{directory}/redis-cli"
    with open(program, "w") as out:
        out.write(f'#!/bin/sh\nFAKETTY=1 exec /usr/bin/redis-cli -p {redis.port} "$@"\n')
    os.chmod(program, 0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}


def test_the_walk(shared, directory, on_the_path):
    visitor = Browser(shared(cookie={"name": "sg_session"}))
    visitor.visit(say=["X-Session-Login: alice", 'X-Session-Update: {"cart":{"items":2}}'], HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.1", HTTP_HOST="www.example.org")
    steps = Recipe("redis").steps()
    assert len(steps) > 10
    printed = run(steps, directory, on_the_path)
    told = [f"$ {command}\n{steady(wanted)}" for command, wanted in steps]
    assert [f"$ {command}\n{steady(got)}" for (command, _), got in zip(steps, printed)] == told


# --- sizes ---


@pytest.mark.parametrize("settings, alone_kb, user_kb", [(["hash-max-listpack-value 512"], 0.8, 1.3), ([], 1.8, 2.4)], ids=["advised", "default"])
def test_what_a_session_takes(start, serve, settings, alone_kb, user_kb):
    """The page's figures, within 15 %."""
    redis = serve(RedisServer, settings=settings)
    gateway = start(store=redis.store)
    for say, kb in [("X-Session-Set: a=1", alone_kb), (["X-Session-Login: user%d", f"X-Session-Set: cart={'x' * 200}"], user_kb)]:
        redis.ask("FLUSHALL")
        fill(gateway, say, SESSIONS)
        assert redis.ask("EVAL", ALL, 0) / SESSIONS == pytest.approx(kb * 1000, rel=0.15), say


def fill(gateway, say, count):
    said = [say] if isinstance(say, str) else say
    for n in range(count):
        lines = [line.replace("%d", str(n)) for line in said]
        Browser(gateway).visit(say=lines, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.1", HTTP_HOST="www.example.org")

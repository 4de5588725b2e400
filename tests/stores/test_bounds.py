"""However many sessions there are, and however many of them are one user's: no command looks at more than some of them, so that
none holds Redis for long. What is asked is all that bench/lists.c asks, of a store that it fills: pages of all lists,
logins with and without a limit, and the end of all sessions of a user who has very many."""

import os
import subprocess

import pytest

from harness.redis_monitor import watched

SESSIONS, BUSY, ROUNDS = 8000, 3000, 2

MOST_READ = 512  # elements, by one call of a script's
MOST_CALLS = 700  # of a script
MOST_KEYS = 256  # that are named to it

# Of what is one session's, or one mark's, all may be read.
WHOLE = {"HGETALL", "HKEYS"}
SMALL = ("s", "k", "meta")


@pytest.fixture
def asked(redis):
    """[Command]"""
    with watched(redis) as commands:
        told = subprocess.run(
            [os.environ["LISTS"], *map(str, (SESSIONS, BUSY, ROUNDS))],
            env={**os.environ, "STORE_URL": redis.url},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert told.returncode == 0, told.stderr
    return commands


def part(words):
    """Of which part the first key is."""
    return words[1].split(":")[2] if len(words) > 1 else None


def after(words, option):
    at = [word.upper() for word in words].index(option)
    return words[at + 1 :]


def read(words):
    """How many elements a call may give at the most; None: as many as there are."""
    name = words[0].upper()
    if name in WHOLE:
        return 0 if part(words) in SMALL else None
    if name in ("ZRANGE", "ZREVRANGE"):
        first, last = int(words[2]), int(words[3])
        return last - first + 1 if (first < 0) == (last < 0) else None
    if name in ("ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZRANGEBYLEX"):
        return int(after(words, "LIMIT")[1])
    if name in ("HSCAN", "XREAD"):
        return int(after(words, "COUNT")[0])
    return 0 if name not in ("KEYS", "SCAN", "HVALS", "SMEMBERS", "SORT", "LRANGE", "XRANGE") else None


def reads_too_much(words):
    count = read(words)
    return count is None or count > MOST_READ


def test_no_command_looks_at_very_many(asked):
    scripts = [command for command in asked if command.name == "EVALSHA"]
    assert {command.part for command in scripts} >= {"s", "u", "users", "seen", "created"}
    assert any(part(words) == "u" and words[0].upper() == "HSCAN" for command in scripts for words in command.inner)
    assert {command.name for command in asked} <= {"EVALSHA", "PING", "ROLE", "INFO", "SCRIPT"}
    assert not [words for command in scripts for words in command.inner if reads_too_much(words)][:3]
    assert max(len(command.inner) for command in scripts) <= MOST_CALLS
    assert max(int(command.words[2]) for command in scripts) <= MOST_KEYS

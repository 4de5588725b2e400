"""How many sessions of each application there are, as the admin API tells it of a Redis that counts them in each bucket: they
are what its lists have, whatever has been done to it."""

import os
import random
import subprocess
import time
from itertools import groupby

from harness.browser import Browser
from harness.process import wait_until
from harness.redis_monitor import watched
from harness.served import reach, serve as overseen  # noqa: F401 (fixtures)

CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ROUTES = [{"path": "/blog", "application": "blog"}, {"path": "/", "application": "shop"}]
MOST_CALLS = 300  # of a script: some two milliseconds
RECOUNTER = ("sessiongate:{00}:meta", "recounter")  # who may count anew, and until when if he says nothing more


def settings(redis, app, **more):
    applications = {name: {"servers": [app.address]} for name in ("shop", "blog")}
    return {"store": {**redis.store, **more}, "applications": applications, "routes": ROUTES}


def told(gateway):
    """{application: (authenticated, anonymous)}, and whether that is exact."""
    stats = gateway.admin.get("/api/v1/stats").json
    rows = {row["application"]: (row["authenticated"], row["anonymous"]) for row in stats["applications"]}
    return rows, stats["sessions"]["exact"]


def listed(gateway):
    """The same by looking at each session."""
    rows, target = {"shop": (0, 0), "blog": (0, 0)}, "/api/v1/sessions?limit=500&sort=created_at"
    while target:
        page = gateway.admin.get(target).json
        for session in page["data"]:
            users, guests = rows[session["application"]]
            rows[session["application"]] = (users, guests + 1) if session["user"] is None else (users + 1, guests)
        target = page["page"]["next"] and f"/api/v1/sessions?limit=500&sort=created_at&cursor={page['page']['next']}"
    return rows, True


def true_again(gateway):
    """An answer is remembered for four seconds."""
    wait_until(lambda: told(gateway) == listed(gateway), what="the totals to be what is listed")


def visitor(gateway, number):
    browser = Browser(gateway)
    browser.visit("/blog" if number % 3 == 0 else "/", say=f"X-Session-Login: user{number}" if number % 2 else "X-Session-Set: a=1")
    return browser


def scripts():
    """{name: sha}"""
    out = subprocess.run([os.environ["LISTS"], "scripts"], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in out.splitlines())


# --- What may have happened to a bucket whose sessions were counted. In each there is one of these ids; its keys begin so. ---


def forgotten(redis, bucket, id):
    """Nobody came by for so long that Redis has dropped the record; now somebody sweeps."""
    redis.ask("DEL", f"{bucket}s:{id}")
    redis.ask("ZADD", f"{bucket}due", 0, id)


def deleted(redis, bucket, id):
    """By a person; and it is long until somebody sweeps."""
    redis.ask("DEL", f"{bucket}s:{id}")
    redis.ask("HSET", f"{bucket}meta", "counted", "0")


def spoiled(redis, bucket, id):
    redis.ask("HSET", f"{bucket}s:{id}", "layout", "2")
    redis.ask("HSET", f"{bucket}meta", "counted", "0")


def of_before(redis, bucket, id):
    """Nobody has ever counted there."""
    redis.ask("EVAL", "for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do if string.find(name, ':') or name == 'counted' then redis.call('HDEL', KEYS[1], name) end end", 1, f"{bucket}meta")


def aged(redis, bucket, minutes):
    redis.ask("HSET", f"{bucket}meta", "counted", int(time.time() * 1000) - minutes * 60000)


def came_uncounted(redis, bucket, id):
    redis.ask("HINCRBY", f"{bucket}meta", "anonymous:shop", -1)
    aged(redis, bucket, 6)


def changed_uncounted(redis, bucket, id):
    redis.ask("HINCRBY", f"{bucket}meta", "anonymous:shop", 1)
    redis.ask("HINCRBY", f"{bucket}meta", "authenticated:shop", -1)
    aged(redis, bucket, 61)


def scribbled(redis, bucket, id):
    redis.ask("HSET", f"{bucket}meta", "anonymous:shop", "many", "recount", "some", "new:anonymous:shop", "x", "counted", "yesterday")


def set_aside(redis, bucket, id):
    redis.ask("DEL", f"{bucket}created")
    redis.ask("SET", f"{bucket}created", "garbage")


def without_meta(redis, bucket, id):
    redis.ask("DEL", f"{bucket}meta")


def half_counted(redis, bucket, id):
    """By one who went away meanwhile."""
    redis.ask("HSET", f"{bucket}meta", "recount", "99999999999999 9", "new:anonymous:shop", "7", "counted", "0")


def beside_others(redis, bucket, id):
    """What is listed and no session's id."""
    redis.ask("ZADD", f"{bucket}created", 1, "-" * 20, 2, "nobody")
    redis.ask("HSET", f"{bucket}meta", "counted", "0")


DONE = [beside_others, deleted, spoiled, of_before, came_uncounted, changed_uncounted, scribbled, set_aside, without_meta, half_counted]


def test_totals_are_true_again(overseen, redis, app):
    """One of the gateways counts anew what is doubtful, and no other one; no command of it takes long."""
    gateway = overseen(**settings(redis, app, sweep_interval="100ms"))
    for number in range(60):
        visitor(gateway, number)
    rows, exact = told(gateway)
    assert (rows, exact) == listed(gateway) and sum(map(sum, rows.values())) == 60
    (bucket, id), *others = {key.partition("s:")[0]: key.rpartition(":")[2] for key in redis.ask("KEYS", "sessiongate:*:s:*")}.items()
    forgotten(redis, bucket, id)
    wait_until(lambda: redis.ask("ZSCORE", f"{bucket}created", id) is None, what="the sweep to find nothing there")
    gateway.stop()
    for do, (bucket, id) in zip(DONE, others):
        do(redis, bucket, id)
    redis.ask("HDEL", *RECOUNTER)  # else the one that has gone would be waited for
    recount = scripts()["recount"]
    with watched(redis) as commands:
        gateways = [overseen(**settings(redis, app, sweep_interval="100ms")) for _ in range(2)]
        true_again(gateways[0])
    recounts = [command for command in commands if command.words[1:2] == [recount]]
    assert len(recounts) >= len(DONE)
    turns = [who for who, _ in groupby(command.who for command in recounts)]
    assert len(turns) == len(set(turns)), "two counted at once"
    assert max(len(command.inner) for command in recounts) < MOST_CALLS
    for number in range(60, 90):
        visitor(gateways[number % 2], number)
    true_again(gateways[1])


# --- Counting anew while others come and go ---


def bucket_of(id):
    """redis_keys.c"""
    sum = 2166136261
    for byte in id.encode():
        sum = (sum ^ byte) * 16777619 & 0xFFFFFFFF
    return (sum ^ sum >> 8 ^ sum >> 16 ^ sum >> 24) & 0xFF


CLONE = """
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #ARGV, 2 do
	local id, created = ARGV[i], ARGV[i + 1]
	redis.call('HSET', KEYS[2] .. id, unpack(all))
	redis.call('HSET', KEYS[2] .. id, 'created', created)
	redis.call('ZADD', KEYS[3], created, id)
	redis.call('ZADD', KEYS[4], 9e15, id)
end"""


class Recounter:
    """A bucket's sessions are counted anew as redis_recount.c does it, some of them whenever it is told to go on."""

    def __init__(self, redis, bucket, most):
        self.redis, self.bucket, self.most = redis, bucket, most
        self.script, self.named, self.calls = scripts()["recount"], ["", []], 0

    def go_on(self):
        """False: all are counted."""
        until, ids = self.named
        keys = [f"{self.bucket}created", f"{self.bucket}meta", *(f"{self.bucket}s:{id}" for id in ids)]
        status, _, _, over, *more = self.redis.ask("EVALSHA", self.script, len(keys), *keys, "4711", until, self.most, *ids)
        assert status == 0
        if not over:
            self.named = [more[1][0], more[1][1:]]
        self.calls += 1
        return not over


def test_who_comes_and_goes_while_sessions_are_counted_anew(overseen, redis, app):
    """Is counted once, wherever the recount has come to."""
    dice = random.Random(7)
    gateway = overseen(**settings(redis, app))
    first = Browser(gateway)
    first.visit(say="X-Session-Set: a=1")
    id, secret = first.token[:20], first.token[20:]
    bucket = f"sessiongate:{{{bucket_of(id):02x}}}:"
    now = int(redis.ask("HGET", f"{bucket}s:{id}", "created"))
    ids = []
    while len(ids) < 300:
        other = "A" + "".join(dice.choices(CHARS, k=19))
        if bucket_of(other) == bucket_of(id):
            ids.append(other)
    clones = [word for number, other in enumerate(ids) for word in (other, now - dice.randrange(300))]
    redis.ask("EVAL", CLONE, 4, f"{bucket}s:{id}", f"{bucket}s:", f"{bucket}created", f"{bucket}due", *clones)
    redis.ask("HSET", *RECOUNTER, f"4711 {10**18}")  # else the gateway counts the clones itself, with its next beat
    visitors = [Browser(gateway, {"sg_session": other + secret}) for other in ids]
    recounter, users, gone = Recounter(redis, bucket, 20), 0, set()
    while recounter.go_on():
        for _ in range(4):
            visitor = dice.choice(visitors)
            if visitor.token is None or visitor.token[:20] in gone:
                continue
            say = dice.choice(["X-Session-Logout: self", f"X-Session-Login: user{users}", "X-Session-Rotate: grace", "X-Session-Set: a=2"])
            gone |= {visitor.token[:20]} if "Logout" in say else set()
            assert visitor.visit(say=say).status == 200
            users += 1
    assert recounter.calls >= 300 / 20 and len(gone) > 5
    counted = dict(zip(*[iter(redis.ask("HGETALL", f"{bucket}meta"))] * 2))
    heads = {name: int(count) for name, count in counted.items() if ":" in name}
    kinds = [redis.ask("HGET", f"{bucket}s:{other}", "user") for other in redis.ask("ZRANGE", f"{bucket}created", 0, -1)]
    there = {"authenticated:shop": sum(user is not None for user in kinds), "anonymous:shop": kinds.count(None)}
    assert heads == there and there["authenticated:shop"] > 5
    assert "recount" not in counted and int(counted["counted"]) > now
    redis.ask("HDEL", *RECOUNTER)
    true_again(gateway)

"""sessionctl copy: from one Redis to another, where gateways serve them."""

import signal
import subprocess

import pytest

from harness.browser import Browser
from harness.certificates import Authority
from harness.ctl import ERROR, OK, UNAVAILABLE, USAGE, Ctl
from harness.process import PATIENCE_S
from harness.redis_cluster import Cluster
from harness.redis_server import RedisServer, Security
from harness.relay import Relay

NOTHING = {"copied": 0, "newer": 0, "unchanged": 0, "ended": 0, "blocked": 0, "blocks": 0, "unreadable": 0, "different": 0}
KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]
MANY = 150  # more than are on their way at a time


@pytest.fixture
def servers(directory):
    """servers(…as RedisServer…): one more Redis."""
    made = []

    def make(**how):
        made.append(RedisServer(directory, f"redis{len(made)}", **how))
        return made[-1]

    yield make
    for server in made:
        server.stop()


def with_redis(servers, serve, namespace):
    """A gateway with a Redis of its own."""
    redis = servers()
    gateway = serve(store={**redis.store, "namespace": namespace})
    gateway.redis = redis
    return gateway


@pytest.fixture
def old(servers, serve):
    """Whose sessions are to move."""
    return with_redis(servers, serve, "old")


@pytest.fixture
def new(servers, serve):
    """Who is to have them."""
    return with_redis(servers, serve, "new")


def copy(source, target, *more):
    return Ctl("127.0.0.1:9")("copy", "--from", source.file, "--to", target.file, *more)


def counts(source, target, *more, **expected):
    """A copy that comes to its end, and finds this."""
    ran = copy(source, target, *more)
    assert (ran.status, ran.json) == (OK, {**NOTHING, **expected, "verified": "--verify" in more}), ran.err


def at(browser, gateway):
    """The same visitor, at that gateway now."""
    browser.gateway = gateway
    return browser


def test_who_was_there_is_here(old, new, visitor):
    guest, alice = visitor(old), visitor(old, "alice", 'X-Session-Set: cart={"items":2}')
    alice.visit(say="X-Session-Rotate: 1")
    counts(old, new, "--verify", copied=2)
    before, after = old.admin.session(alice.id).json, new.admin.session(alice.id).json
    assert after == before
    assert [session["id"] for session in new.admin.sessions(user="alice").json["data"]] == [alice.id]
    assert new.admin.get("/api/v1/stats").json["sessions"]["total"] == 2
    assert at(alice, new).visit().state == "authenticated" and at(guest, new).visit().state == "anonymous"
    # nothing of the old ones' is newer
    ran = copy(old, new)
    assert ran.status == OK and ran.json["copied"] == 0 and ran.json["unchanged"] + ran.json["newer"] == 2


def test_what_has_happened_since_comes_with_the_next_run(old, new, visitor):
    stays, changes, revoked, here_revoked, used_here = [visitor(old, name) for name in "abcde"]
    counts(old, new, copied=5)
    changes.visit(say="X-Session-Set: more=1")
    assert Ctl(old.local.address)("revoke", revoked.id).status == OK
    assert Ctl(new.local.address)("revoke", here_revoked.id).status == OK
    at(used_here, new).visit(say="X-Session-Set: here=1")
    late = visitor(old, "late")
    counts(old, new, copied=2, unchanged=1, ended=2, newer=1)
    assert [at(browser, new).visit().state for browser in (stays, changes, late, used_here)] == ["authenticated"] * 4
    assert [at(browser, new).visit().state for browser in (revoked, here_revoked)] == ["none"] * 2
    assert "here" in new.admin.get(f"/api/v1/sessions/{used_here.id}/attributes").body.decode()
    assert here_revoked.id in old.admin.ids()


def test_who_is_blocked_stays_so(old, new, visitor):
    at_old, at_new = Ctl(old.local.address), Ctl(new.local.address)
    seen = [visitor(old, name) for name in ("mallory", "mallet")]
    assert at_old("block", "mallory", "--reason", "left us").status == OK and at_old("block", "mallet", "--until", "2099-01-01T00:00:00Z").status == OK
    assert at_old("block", "trudy", "--until", "2098-01-01T00:00:00Z").status == OK and at_new("block", "trudy").status == OK
    late = visitor(old, "oscar")
    assert at_new("block", "oscar").status == OK
    counts(old, new, blocks=2, blocked=1)
    counts(old, new, ended=1)
    assert {browser.visit().state for browser in seen} == {"none"} and late.visit().state == "authenticated"
    kept = {user["user"]: user for user in new.admin.get("/api/v1/users").json["data"]}
    assert sorted(name for name in kept if kept[name]["blocked"]) == ["mallet", "mallory", "oscar", "trudy"]
    told = [event for event in new.admin.get("/api/v1/events").json["data"] if event["type"] == "user.blocked" and event["user"] == "mallory"]
    assert [(event["reason"], event["actor"]) for event in told] == [("left us", "sessionctl copy")]
    page = Browser(new).visit(say="X-Session-Login: mallory")
    assert page.status == 403


def test_a_record_that_cannot_be_read_is_named(old, new, visitor):
    good, bad = visitor(old, "alice"), visitor(old, "bob")
    (key,) = old.redis.ask("KEYS", f"*:s:{bad.id}")
    old.redis.ask("HSET", key, "layout", "2")
    ran = copy(old, new)
    assert ran.status == ERROR and f"session {bad.id} cannot be read" in ran.err
    assert ran.json == {**NOTHING, "copied": 1, "unreadable": 1, "verified": False}
    assert new.admin.ids() == [good.id]


def test_verify_finds_what_is_different(old, new, visitor):
    """What has ended at the new one is as it should be."""
    same, changed, ended = visitor(old, "alice"), visitor(old, "bob", "X-Session-Set: secret=1"), visitor(old)
    counts(old, new, copied=3)
    assert Ctl(new.local.address)("revoke", ended.id).status == OK
    counts(old, new, "--verify", unchanged=2, ended=1)
    (key,) = new.redis.ask("KEYS", f"*:s:{changed.id}")
    new.redis.ask("HSET", key, "a:secret", "2")
    ran = copy(old, new, "--verify")
    assert (ran.status, ran.json["different"]) == (ERROR, 1)
    assert f"session {changed.id} is different: attributes\n" in ran.err
    assert same.id not in ran.err and ended.id not in ran.err


def test_values_are_sealed_for_who_is_to_read_them(servers, serve, visitor):
    redis = servers()
    old, new, same = [
        serve(store={**redis.store, "namespace": name, "encryption_keys": [KEYS[key]]}) for name, key in (("old", 0), ("new", 1), ("same", 0))
    ]
    browser = visitor(old, "alice", "X-Session-Set: colour=blue")
    stored = lambda name: redis.ask("HGET", redis.ask("KEYS", f"{name}:*:s:{browser.id}")[0], "a:colour")  # noqa: E731
    counts(old, same, "--verify", copied=1)
    assert stored("same") == stored("old")
    counts(old, new, "--verify", copied=1)
    assert stored("new")[1:5] != stored("old")[1:5]
    assert b"blue" in new.admin.get(f"/api/v1/sessions/{browser.id}/attributes").body
    for source, target, unknown in [(old.file, redis.url, "--to"), (redis.url, same.file, "--from")]:
        ran = Ctl("127.0.0.1:9")("copy", "--from", source, "--to", target)
        assert ran.status == OK and ran.err.count(f"whether values are encrypted is not known of {unknown}:") == 1, ran.err


def test_to_a_cluster_by_urls(servers, serve, visitor, directory):
    redis = servers()
    old = serve(store=redis.store)
    browsers = [visitor(old, f"user{number}") for number in range(20)]
    cluster = Cluster(directory)
    try:
        ran = Ctl("127.0.0.1:9")("copy", "--from", redis.url, "--to", cluster.url, "--verify")
        assert (ran.status, ran.json) == (OK, {**NOTHING, "copied": 20, "verified": True}), ran.err
        new = serve(store=cluster.store)
        assert {at(browser, new).visit().state for browser in browsers} == {"authenticated"}
        new.stop()
    finally:
        cluster.stop()


@pytest.fixture
def half(old, new, visitor):
    """half(hang): a copy of many, and what stands between it and where it goes to, which will not let all through."""
    relays, runs = [], []
    for number in range(MANY):
        visitor(old, f"u{number % 7}" if number % 2 else None)

    def begin(**how):
        relays.append(Relay(new.redis.address, MANY, **how))
        argv = Ctl("127.0.0.1:9").argv(["copy", "--from", old.file, "--to", f"{new.file}.cut"])
        with open(f"{new.file}.cut", "w") as out, open(new.file) as whole:
            out.write(whole.read().replace(new.redis.url, relays[-1].url))
        runs.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return runs[-1], relays[-1]

    yield begin
    for run in runs:
        run.kill()
        run.communicate()
    for relay in relays:
        relay.close()


def all_follow(old, new):
    ran = copy(old, new, "--verify")
    assert ran.status == OK and ran.json["copied"] + ran.json["unchanged"] == MANY, ran.err
    assert sorted(new.admin.ids()) == sorted(old.admin.ids())
    assert new.admin.get("/api/v1/stats").json["sessions"]["total"] == MANY


def test_whoever_is_killed_runs_again(half, old, new):
    run, relay = half(hang=True)
    assert relay.cut.wait(PATIENCE_S)
    run.send_signal(signal.SIGKILL)
    assert run.wait(PATIENCE_S) == -signal.SIGKILL
    all_follow(old, new)


def test_a_store_that_dies_is_told(half, old, new):
    run, _ = half()
    _, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == UNAVAILABLE and "--to: the store does not answer any more; what was copied stays: run it again" in err
    all_follow(old, new)


def test_a_store_that_dies_by_tls_is_told(old, servers, serve, visitor, directory):
    """It goes when more has come to it than it is greeted with: to what it has closed TLS has still to write its end."""
    visitor(old, "alice")
    for key in old.redis.ask("KEYS", "*:s:*"):
        old.redis.ask("HSET", key, "a:large", "x" * (4 << 20))
    redis = servers(security=Security(Authority(directory)))
    relay = Relay(redis.address, 1 << 20, what=len)
    new = serve(store={**redis.store, "namespace": "new"})
    try:
        with open(f"{new.file}.cut", "w") as out, open(new.file) as whole:
            out.write(whole.read().replace(redis.url, redis.security.scheme(relay.url)))
        ran = Ctl("127.0.0.1:9")("copy", "--from", old.file, "--to", f"{new.file}.cut")
        assert ran.status == UNAVAILABLE and "--to: the store does not answer any more; what was copied stays: run it again" in ran.err
    finally:
        relay.close()


def test_what_cannot_be_meant(servers, directory):
    ctl, redis = Ctl("127.0.0.1:9"), servers()
    for words, said in [
        (["--from", redis.url], "say --from and --to"),
        (["--from", "memory:", "--to", redis.url], "in a gateway's process"),
        (["--from", redis.url, "--to", redis.url], "the same store"),
        (["--from", f"{directory}/none.yaml", "--to", redis.url], "No such file"),
        (["--from", "nonsense://here", "--to", redis.url], "--from is neither"),
        (["--from", redis.url, "--to", redis.url, "more"], "use: sessionctl copy"),
    ]:
        ran = ctl("copy", *words)
        assert ran.status == USAGE and said in ran.err, ran.err
    secret = redis.url.replace("//", "//:s3cret@")
    ran = ctl("copy", "--from", secret, "--to", secret)
    assert ran.status == USAGE and "list of processes" in ran.err and "s3cret" not in ran.err

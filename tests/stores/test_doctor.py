"""What a gateway finds wrong with its Redis (docs/doctor.md)."""

import os

import pytest

from harness.admin import Admin
from harness.browser import Browser
from harness.process import wait_until
from harness.redis_cluster import Cluster
from harness.redis_sentinel import SentinelGroup
from harness.redis_server import RedisServer

PATH = "/api/v1/doctor"


class Doctor:
    """A gateway and what it finds."""

    def __init__(self, gateway, admin):
        self.gateway, self.admin = gateway, admin
        wait_until(lambda: admin.get("/readyz").status == 200, what="the store to be there")

    def found(self, check=None):
        """[(level, subject, detail)], of one check or with the check's name before them."""
        reply = self.admin.get(PATH)
        assert reply.status == 200, reply.body
        all = [tuple(finding[name] for name in ("check", "level", "subject", "detail")) for finding in reply.json["findings"]]
        return [finding[1:] for finding in all if finding[0] == check] if check else all

    def bad(self):
        return [finding for finding in self.found() if finding[1] in ("fail", "warn")]

    def one(self, check):
        (finding,) = self.found(check)
        return finding

    def session(self, *say):
        """One more; its id."""
        visitor = Browser(self.gateway)
        assert visitor.visit(say=["X-Session-Set: a=1", *say]).status == 200
        return visitor.token[:20]


@pytest.fixture
def doctor(gate, directory):
    """doctor(servers, …as gate…)"""

    def start(servers, store=None, **settings):
        address = f"unix:{directory}/admin{len(os.listdir(directory))}.sock"
        # or a machine that is busy for a second would be a Redis that does not answer
        store = {"timeout": "20s", **(store or {})}
        return Doctor(gate(servers, store=store, admin={"listen": address}, **settings), Admin(address))

    return start


@pytest.fixture
def well(doctor, redis):
    """With a Redis of which nothing is wrong."""
    return doctor(redis)


def bucket(redis, id):
    """The beginning of its bucket's keys, and the key of the session."""
    (key,) = redis.ask("KEYS", f"*:s:{id}")
    return key[: key.index("s:" + id)], key


def test_nothing_is_wrong_with_redis_as_it_comes(well, redis):
    for _ in range(20):
        well.session()
    well.session("X-Session-Login: alice")
    left = Browser(well.gateway)
    left.visit(say="X-Session-Login: bob")
    left.visit(say="X-Session-Logout: self")
    assert well.bad() == []
    assert well.one("store.reachable")[:2] == ("pass", redis.address)
    assert well.one("store.indexes")[0] == "pass"
    assert {finding[0] for finding in well.found()} >= {"store.version", "store.eviction", "store.memory", "store.durability", "store.replication", "store.clock"}


def test_nothing_is_asked_of_redis_that_a_gateway_may_not(well, redis):
    assert well.found()
    asked = set(redis.info("commandstats"))
    assert "cmdstat_info" in asked and not asked & {"cmdstat_config|get", "cmdstat_config|set", "cmdstat_keys", "cmdstat_scan"}


# --- its settings

@pytest.mark.parametrize(("memory", "policy", "level"), [("0", "allkeys-lru", "warn"), ("100mb", "allkeys-lru", "fail"), ("100mb", "volatile-ttl", "fail")])
def test_sessions_that_may_be_thrown_away(well, redis, memory, policy, level):
    redis.ask("CONFIG", "SET", "maxmemory", memory, "maxmemory-policy", policy)
    found = well.one("store.eviction")
    assert found[:2] == (level, redis.address) and f"maxmemory-policy is {policy}" in found[2]
    assert [finding[0] for finding in well.bad()] == ["store.eviction"]


def test_sessions_that_were_thrown_away(well, redis):
    id = well.session()
    redis.ask("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "volatile-random")
    wait_until(lambda: redis.ask("KEYS", "*:s:*") == [], what="all that has a time to live to be thrown away")
    redis.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction")
    assert [level for level, _, _ in well.found("store.eviction")] == ["warn", "pass"]
    assert [detail for _, _, detail in well.found("store.indexes") if f"somebody has deleted them: {id}" in detail]


def test_memory_that_is_nearly_full(well, redis):
    used = int(redis.info("memory")["used_memory"])
    redis.ask("CONFIG", "SET", "maxmemory", str(used + used // 20))
    assert well.one("store.memory")[0] == "warn"


def test_a_disk_that_takes_nothing(well, redis):
    os.mkdir(os.path.join(redis.folder, "dump.rdb"))  # a file cannot be put there
    well.session()
    redis.ask("BGSAVE")
    wait_until(lambda: redis.info("persistence")["rdb_last_bgsave_status"] == "err", what="the snapshot to fail")
    assert well.one("store.durability")[:2] == ("fail", redis.address)


def test_what_a_restart_loses(doctor, serve):
    assert doctor(serve(RedisServer)).one("store.durability")[0] == "note"
    assert doctor(serve(RedisServer, settings=["appendonly yes"])).one("store.durability")[0] == "pass"


def test_a_way_that_others_can_listen_to(doctor, redis):
    far = type("Far", (), {"store": {"url": f"redis://0.0.0.0:{redis.port}"}})  # no address of this machine alone
    found = doctor(far).found("store.transport")
    assert [level for level, _, _ in found] == ["warn", "warn"]
    assert "not encrypted" in found[0][2] and "no password" in found[1][2]


@pytest.mark.parametrize("seconds", [60, -60])
def test_a_clock_that_is_far_off(doctor, elsewhen, seconds):
    level, _, detail = doctor(elsewhen(seconds)).one("store.clock")
    assert level == "warn" and ("behind" if seconds > 0 else "ahead of") in detail


# --- its replicas

def test_replicas_that_have_to_confirm_and_are_not_there(doctor, redis):
    found = doctor(redis, store={"confirm_replicas": 1}).one("store.replication")
    assert found[0] == "fail" and "confirm_replicas is 1" in found[2]


def test_a_replica_in_the_place_of_the_master(doctor, well, serve, redis):
    replica = serve(RedisServer, settings=[f"replicaof 127.0.0.1 {redis.port}"])
    wait_until(lambda: replica.info("replication").get("master_link_status") == "up", what="the replica")
    well.session()
    redis.ask("REPLICAOF", "127.0.0.1", str(replica.port))
    wait_until(lambda: any("a replica, which takes no writes" in finding[3] for finding in well.bad()), what="that to be found")


def test_a_master_that_takes_writes_alone(doctor, serve):
    group = serve(SentinelGroup)
    patient = doctor(group)
    wait_until(lambda: patient.found("store.reachable")[0][:2] == ("pass", group.master().address), what="the master")
    assert [detail for level, _, detail in patient.found("store.replication") if level == "warn" and "min-replicas-to-write is 0" in detail]
    for server in group.servers:
        server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    wait_until(lambda: [level for level, _, _ in patient.found("store.replication")] == ["pass"], what="the master to count them")
    for server in group.servers:
        if server is not group.master():
            server.kill()
    wait_until(lambda: any("no replica follows" in finding[3] for finding in patient.bad()), what="the loss of both")


def test_each_master_of_a_cluster_is_looked_at(doctor, serve):
    cluster = serve(Cluster)
    patient = doctor(cluster)
    for _ in range(10):
        patient.session()
    wait_until(lambda: {subject for _, subject, _ in patient.found("store.reachable")} == {node.address for node in cluster.masters()}, what="all masters")
    wait_until(lambda: patient.bad() == [], what="all replicas to be seen")
    one = next(iter(cluster.masters()))
    one.ask("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lfu")
    assert [(finding[0], finding[2]) for finding in patient.bad()] == [("store.eviction", one.address)]


# --- what is kept there

def test_a_session_that_somebody_has_deleted(well, redis):
    id = well.session()
    redis.ask("DEL", bucket(redis, id)[1])
    assert well.one("store.indexes")[0] == "warn" and f"are not there: Redis has thrown them away, or somebody has deleted them: {id}" in well.one("store.indexes")[2]


@pytest.mark.parametrize("index", ["due", "seen", "created"])
def test_a_session_that_is_missing_in_an_index(well, redis, index):
    id = well.session()
    assert redis.ask("ZREM", bucket(redis, id)[0] + index, id) == 1
    assert well.one("store.indexes")[2].startswith("1 of 1 sessions are missing in an index")


def test_a_session_that_is_due_too_late(well, redis):
    id = well.session()
    redis.ask("ZADD", bucket(redis, id)[0] + "due", "9999999999999", id)
    assert "are missing in an index" in well.one("store.indexes")[2]


def test_sessions_that_redis_forgets_at_the_wrong_time(well, redis):
    lasting, brief = well.session(), well.session()
    redis.ask("PERSIST", bucket(redis, lasting)[1])
    redis.ask("EXPIRE", bucket(redis, brief)[1], "600")
    details = [detail for _, _, detail in well.found("store.indexes")]
    assert [detail.rsplit(" ", 1)[1] for detail in details] == [lasting, brief]
    assert "no time to live" in details[0] and "shorter time to live" in details[1]


def test_a_record_that_cannot_be_read(well, redis):
    id = well.session()
    redis.ask("HSET", bucket(redis, id)[1], "layout", "2")
    assert well.one("store.records")[:2] == ("fail", None)


def test_buckets_of_another_layout(well, redis):
    meta = bucket(redis, well.session())[0] + "meta"
    redis.ask("HSET", meta, "layout", "2")
    assert well.one("store.layout") == ("fail", None, f"1 keys are of another layout, or no hash: sessions in these buckets are answered 503: {meta}")


def test_an_index_of_another_type(well, redis):
    """It is not set aside for that: nothing is changed."""
    seen = bucket(redis, well.session())[0] + "seen"
    redis.ask("DEL", seen)
    redis.ask("SET", seen, "x")
    assert any(f"of another type than ours: {seen}" in finding[3] for finding in well.bad())
    assert redis.ask("TYPE", seen) == "string"


# --- that it is not there

def test_a_redis_that_is_away(well, redis):
    redis.kill()
    wait_until(lambda: [finding for finding in well.bad() if finding[:2] == ("store.reachable", "fail")], what="that to be found")
    redis.start()
    wait_until(lambda: well.bad() == [], what="that it is back")


def test_a_redis_that_hangs(doctor, redis):
    patient = doctor(redis, store={"timeout": "300ms"})
    redis.hang()
    assert patient.one("store.reachable")[0] == "fail"
    redis.resume()


def test_a_user_who_may_not_ask(doctor, redis):
    redis.ask("ACL", "SETUSER", "gate", "on", ">secret", "~*", "&*", "+@all", "-info")
    patient = doctor(type("Limited", (), {"store": {"url": f"redis://gate:secret@{redis.address}"}}))
    level, subject, detail = patient.one("store.reachable")
    assert (level, subject, detail) == ("fail", redis.address, "it does not say how it is (INFO)")

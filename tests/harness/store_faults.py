"""What may happen to a Redis while it is in use: how it comes about, how it ends, and how soon all is well again."""

import time
from dataclasses import dataclass
from threading import Event, Thread
from typing import Callable

from .redis_cluster import Cluster
from .redis_sentinel import SentinelGroup
from .redis_server import RedisServer

RESTART_S, FAILOVER_S = 1, 6
LASTS_S = 2  # what has an end

# it is written before it is answered, so whoever is killed has it when he is back
KEEPS = ["appendonly yes"]
# a busy machine must not be taken for a fault
SUSPICION_MS = 1000


@dataclass
class Fault:
    name: str
    make: Callable  # the servers, in this folder
    begin: Callable  # with the servers; what it returns is given to end
    end: Callable = None  # None: it is over by itself
    limit_s: float = RESTART_S  # from the end, or from the beginning, until nothing fails any more
    losses: int = 0  # how often it is told that something may be lost


def _alone(folder):
    return RedisServer(folder, settings=[*KEEPS, "enable-debug-command yes"])


def _sentinel(folder):
    return SentinelGroup(folder, down_after_ms=SUSPICION_MS, min_replicas=1, settings=KEEPS)


def _cluster(folder):
    return Cluster(folder, node_timeout_ms=SUSPICION_MS, settings=KEEPS)


def _fill(server):
    server.ask("CONFIG", "SET", "maxmemory", "1")


def _empty(server, _):
    server.ask("CONFIG", "SET", "maxmemory", "0")


class _Slow:
    """Every third of a second it does nothing for a quarter."""

    def __init__(self, server):
        self._server, self._over = server, Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._over.wait(0.08):
            self._server.ask("DEBUG", "SLEEP", "0.25")

    def stop(self):
        self._over.set()
        self._thread.join()


def _kill(group):
    return _struck(group, lambda server: server.kill())


def _hang(group):
    return _struck(group, lambda server: server.hang())


def _struck(group, strike):
    victim = group.master() if isinstance(group, SentinelGroup) else next(iter(group.masters()))
    strike(victim)
    return victim


def _by_hand(group):
    if isinstance(group, SentinelGroup):
        assert group.fail_over()
    else:
        group.fail_over(group.replica_of(next(iter(group.masters()))))


def _return(group, victim):
    """After the failover, and until it has found its place: for ten seconds it may take itself for the master."""
    time.sleep(FAILOVER_S)
    if victim.process.running():
        victim.resume()
    else:
        victim.start()
    group.wait_whole()


def _reshard(cluster):
    one, other = list(cluster.masters())[:2]
    words = ["--cluster-from", cluster.id_of(one), "--cluster-to", cluster.id_of(other), "--cluster-slots", "2000", "--cluster-yes"]
    cluster.cli("--cluster", "reshard", one.address, *words)


def _disconnect(server):
    server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def _restart(server, _):
    server.start()


FAULTS = [
    Fault("killed, and back with its data", _alone, lambda server: server.kill(), _restart, losses=1),
    Fault("hangs", _alone, lambda server: server.hang(), lambda server, _: server.resume()),
    Fault("slow", _alone, _Slow, lambda server, slow: slow.stop()),
    Fault("maxmemory reached", _alone, _fill, _empty),
    Fault("scripts flushed", _alone, lambda server: server.ask("SCRIPT", "FLUSH")),
    Fault("connections cut", _alone, _disconnect),
    Fault("Sentinel: master killed", _sentinel, _kill, limit_s=FAILOVER_S, losses=1),
    Fault("Sentinel: master hangs", _sentinel, _hang, limit_s=FAILOVER_S, losses=1),
    Fault("Sentinel: failover by hand", _sentinel, _by_hand, limit_s=FAILOVER_S, losses=1),
    Fault("Sentinel: master killed and back", _sentinel, _kill, _return, losses=1),
    Fault("Sentinel: master hangs and is back", _sentinel, _hang, _return, losses=1),
    Fault("Cluster: master killed", _cluster, _kill, limit_s=FAILOVER_S, losses=1),
    Fault("Cluster: master hangs", _cluster, _hang, limit_s=FAILOVER_S, losses=1),
    Fault("Cluster: failover by hand", _cluster, _by_hand, limit_s=FAILOVER_S, losses=1),
    Fault("Cluster: slots moved", _cluster, _reshard),
    Fault("Cluster: master killed and back", _cluster, _kill, _return, losses=1),
]


def strike(fault, servers, crowd):
    """Let it happen to the crowd's store; how long it takes then until nothing fails any more."""
    began = crowd.now()
    what = fault.begin(servers)
    if fault.end:
        time.sleep(LASTS_S)
        fault.end(servers, what)
        began = crowd.now()
    return crowd.settle(began)

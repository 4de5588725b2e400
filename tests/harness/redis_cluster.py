"""A Redis Cluster of three masters, each with a replica."""

import os
import subprocess

from .address import free_port
from .process import PATIENCE_S, wait_until
from .redis_server import STANDSTILL_MS, RedisServer, Security
from .resp import RedisError

CLI = "/usr/bin/redis-cli"
NODES = 6


class Cluster:
    def __init__(self, directory, security=None, node_timeout_ms=STANDSTILL_MS, full_coverage=False, settings=()):
        self.security, self.nodes = security or Security(), []
        shared = ["cluster-enabled yes", "cluster-config-file nodes.conf", f"cluster-node-timeout {node_timeout_ms}"]
        shared += [f"cluster-require-full-coverage {'yes' if full_coverage else 'no'}", *settings]
        shared += ["tls-cluster yes"] if self.security.authority else []
        try:
            for number in range(NODES):
                # the usual port of the bus, 10000 above the other, may be anybody's
                bus = [f"cluster-port {free_port()}"]
                self.nodes.append(RedisServer(directory, f"n{number}", shared + bus, self.security))
            self.cli("--cluster", "create", *(node.address for node in self.nodes), "--cluster-replicas", "1", "--cluster-yes")
            self.wait_whole()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self):
        hosts = ",".join(node.address for node in self.nodes[:3])
        return f"{self.security.scheme('redis+cluster')}://{self.security.credentials()}{hosts}"

    @property
    def store(self):
        return self.security.store(self.url)

    def cli(self, *words):
        """redis-cli; its output."""
        argv = [CLI, *words]
        if self.security.authority:
            argv += ["--tls", "--cacert", self.security.authority.ca]
            argv += ["--cert", self.security.client[0], "--key", self.security.client[1]] if self.security.client else []
        if self.security.password:
            argv += ["--pass", self.security.password, "--no-auth-warning"]
            argv += ["--user", self.security.user] if self.security.user else []
        done = subprocess.run(argv, capture_output=True, text=True, timeout=4 * PATIENCE_S, cwd=os.path.dirname(self.nodes[0].folder))
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout

    def node_at(self, port):
        return next(node for node in self.nodes if node.port == int(port))

    def id_of(self, node):
        return node.ask("CLUSTER", "MYID")

    def masters(self):
        """{node: [(first, last), …]} of those that have slots, as somebody who is well says."""
        found = {}
        for first, last, (_, port, *_), *_ in self._somebody().ask("CLUSTER", "SLOTS"):
            found.setdefault(self.node_at(port), []).append((first, last))
        return found

    def _somebody(self):
        return next(node for node in self.nodes if node.process.running() and node.process.state() != "T")

    def replica_of(self, master):
        wanted = self.id_of(master)
        lines = (line.split() for line in self._somebody().ask("CLUSTER", "NODES").splitlines())
        return next(self.node_at(line[1].split("@")[0].rpartition(":")[2]) for line in lines if line[3] == wanted)

    def owner(self, key):
        """Of the slot of this key."""
        slot = self._somebody().ask("CLUSTER", "KEYSLOT", key)
        return next(node for node, ranges in self.masters().items() if any(first <= slot <= last for first, last in ranges))

    def fail_over(self, replica):
        """By hand: the replica takes its master's place."""
        replica.ask("CLUSTER", "FAILOVER")

    def wait_whole(self):
        """All slots are served, each by a master whose replica follows it, and all say so."""
        wait_until(self._is_whole, 90, "the Cluster to be whole")

    def _is_whole(self):
        try:
            return all(self._is_well(node) for node in self.nodes)
        except (OSError, RedisError):
            return False

    def _is_well(self, node):
        said = dict(line.split(":", 1) for line in node.ask("CLUSTER", "INFO").splitlines() if ":" in line)
        lines = node.ask("CLUSTER", "NODES").splitlines()
        state = node.info("replication")
        return (
            (said["cluster_state"], said["cluster_slots_ok"], said["cluster_known_nodes"]) == ("ok", "16384", str(len(self.nodes)))
            and not any("fail" in line.split()[2] for line in lines)
            and (state["role"] == "master" or state["master_link_status"] == "up")
        )

    def stop(self):
        for node in self.nodes:
            node.stop()

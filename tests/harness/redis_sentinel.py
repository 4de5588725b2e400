"""A master, two replicas and three Sentinels that see to it that there is a master."""

from .process import wait_until
from .redis_server import STANDSTILL_MS, RedisServer, Security
from .resp import RedisError

SERVERS = SENTINELS = 3


class SentinelGroup:
    """min_replicas: how many replicas a master must have to take writes. own: what the Sentinels themselves ask for."""

    name = "main"

    def __init__(self, directory, security=None, own=None, down_after_ms=STANDSTILL_MS, min_replicas=0, settings=()):
        self.security, self.own = security or Security(), own or Security()
        self.servers, self.sentinels = [], []
        self._directory = directory
        shared = [f"min-replicas-to-write {min_replicas}", *settings]
        try:
            for number in range(SERVERS):
                self._add_server(number, shared)
            for number in range(SENTINELS):
                self._add_sentinel(number, down_after_ms)
            self.wait_whole()
        except BaseException:
            self.stop()
            raise

    def _add_server(self, number, shared):
        of = [f"replicaof 127.0.0.1 {self.servers[0].port}"] if number else []
        self.servers.append(RedisServer(self._directory, f"r{number}", [*shared, *of], self.security))

    def _add_sentinel(self, number, down_after_ms):
        name, first = self.name, self.servers[0]
        lines = [f"sentinel monitor {name} 127.0.0.1 {first.port} 2", f"sentinel down-after-milliseconds {name} {down_after_ms}"]
        lines += [f"sentinel failover-timeout {name} 10000", f"sentinel parallel-syncs {name} 2"]
        if self.security.password:
            lines += [f"sentinel auth-pass {name} {self.security.password}"]
            lines += [f"sentinel auth-user {name} {self.security.user}"] if self.security.user else []
        if self.own.password:
            lines += [f"sentinel sentinel-pass {self.own.password}"]
            lines += [f"sentinel sentinel-user {self.own.user}"] if self.own.user else []
        if self.own.authority:
            lines += ["tls-replication yes"]
        self.sentinels.append(RedisServer(self._directory, f"s{number}", lines, self.own, sentinel=True))

    @property
    def url(self):
        hosts = ",".join(sentinel.address for sentinel in self.sentinels)
        url = f"{self.security.scheme('redis+sentinel')}://{self.security.credentials()}{hosts}/{self.name}"
        if not self.own.password:
            return url
        user = f"sentinel_user={self.own.user}&" if self.own.user else ""
        return f"{url}?{user}sentinel_password={self.own.password}"

    @property
    def store(self):
        return self.security.store(self.url)

    def master(self):
        """The server that the Sentinels name."""
        _, port = self.sentinels[0].ask("SENTINEL", "get-master-addr-by-name", self.name)
        return next(server for server in self.servers if server.port == int(port))

    def fail_over(self):
        """By hand; True when it has begun."""
        try:
            self.sentinels[0].ask("SENTINEL", "failover", self.name)
        except RedisError:  # the one before is not over yet
            return False
        return True

    def wait_whole(self):
        """All know of each other, and all replicas follow the master. After a fault this takes some ten seconds."""
        wait_until(self._is_whole, 90, "the Sentinels to know each other and the replicas")

    def _is_whole(self):
        try:
            return all(self._is_known_to(sentinel) for sentinel in self.sentinels) and self._all_follow()
        except (OSError, RedisError):  # who is told to follow another one hangs up on everybody
            return False

    def _is_known_to(self, sentinel):
        said = sentinel.ask("SENTINEL", "master", self.name)
        state = dict(zip(said[::2], said[1::2]))
        return (state["num-slaves"], state["num-other-sentinels"], state["flags"]) == (str(SERVERS - 1), str(SENTINELS - 1), "master")

    def _all_follow(self):
        master = self.master()
        states = [server.info("replication") for server in self.servers if server is not master]
        return master.info("replication")["role"] == "master" and all(
            state["role"] == "slave" and state["master_port"] == str(master.port) and state["master_link_status"] == "up" for state in states
        )

    def stop(self):
        for server in self.sentinels + self.servers:
            server.stop()

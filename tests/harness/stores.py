"""Runs a program once for each way to have Redis, with servers of its own: STORE_URL says where, STORE_CA, STORE_CERTIFICATE
and STORE_KEY name files where it is TLS.

Use as a program: python3 -m harness.stores [alone unix tls sentinel cluster …] -- PROGRAM ARGUMENT…
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness.certificates import Authority
from harness.process import die_with_parent
from harness.redis_cluster import Cluster
from harness.redis_sentinel import SentinelGroup
from harness.redis_server import RedisServer, Security


def _alone(folder):
    return RedisServer(folder)


def _unix(folder):
    return RedisServer(folder, unix=True, security=Security(user="gateway", password="let-me-in"))


def _tls(folder):
    return RedisServer(folder, security=Security(Authority(folder), client_certificates=True, password="let-me-in"))


def _sentinel(folder):
    return SentinelGroup(folder, Security(user="gateway", password="let-me-in"), Security(password="and-me"), min_replicas=1)


def _cluster(folder):
    return Cluster(folder)


def _cluster_tls(folder):
    return Cluster(folder, Security(Authority(folder), user="gateway", password="let-me-in"))


KINDS = {"alone": _alone, "unix": _unix, "tls": _tls, "sentinel": _sentinel, "cluster": _cluster, "cluster-tls": _cluster_tls}


@contextmanager
def store(kind):
    """The servers of one kind; gone at the end."""
    folder = tempfile.mkdtemp(prefix="sg-")
    servers = None
    try:
        servers = KINDS[kind](folder)
        yield servers
    finally:
        if servers:
            servers.stop()
        shutil.rmtree(folder)


def environment(servers):
    """What a program is told of them."""
    security = servers.security
    said = {"STORE_URL": servers.url}
    if security.authority:
        said["STORE_CA"] = security.authority.ca
    if security.client:
        said["STORE_CERTIFICATE"], said["STORE_KEY"] = security.client
    return said


def _run(kind, argv):
    began = time.monotonic()
    with store(kind) as servers:
        status = subprocess.run(argv, env={**os.environ, **environment(servers)}, preexec_fn=die_with_parent).returncode
    print(f"=== {kind}: {'passed' if status == 0 else f'failed, {status}'}, {time.monotonic() - began:.1f} s", flush=True)
    return status == 0


def main(words):
    at = words.index("--")
    kinds, argv = words[:at] or list(KINDS), words[at + 1 :]
    return 0 if all([_run(kind, argv) for kind in kinds]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

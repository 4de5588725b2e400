"""The program, between a scripted front and a scripted application, with a store on real servers."""

import os
import subprocess
from pathlib import Path

import pytest

from harness.process import wait_until
from harness.redis_server import RedisServer
from harness.scripted import app, directory, held, start  # noqa: F401 (fixtures)


OTHER_TIME = Path(__file__).with_name("other_time.c")


@pytest.fixture
def serve(directory):
    """serve(make, …): make(a folder of its own, …), stopped at the end."""
    made = []

    def serve(make, *how, **ways):
        folder = os.path.join(directory, f"d{len(made)}")
        os.mkdir(folder)
        made.append(make(folder, *how, **ways))
        return made[-1]

    yield serve
    for servers in made:
        servers.stop()


@pytest.fixture
def gate(start):
    """gate(servers, …as start…): the program with its sessions there."""

    def gate(servers, store=None, **settings):
        return start(store={**servers.store, **(store or {})}, log={"level": "info"}, **settings)

    return gate


@pytest.fixture
def redis(directory):
    server = RedisServer(directory)
    yield server
    server.stop()


@pytest.fixture
def shared(start, redis):
    """shared(store={…}, …as start…): a gateway whose store is that Redis, on all workers."""

    def start_shared(store=None, workers=1, **settings):
        gateway = start(store={**redis.store, **(store or {})}, workers=workers, **settings)
        wait_until(lambda: gateway.log.count("greeting -> ready") >= workers, what="the scripts to be loaded")
        return gateway

    return start_shared


@pytest.fixture
def elsewhen(serve, directory):
    """elsewhen(seconds): a Redis whose clock is so far ahead."""

    def start(seconds):
        library = os.path.join(directory, "other_time.so")
        subprocess.run(["cc", "-D_GNU_OTHER_TIME", "-shared", "-fPIC", "-o", library, OTHER_TIME], check=True)
        return serve(RedisServer, env={"LD_PRELOAD": library, "OTHER_TIME_S": str(seconds)})

    return start

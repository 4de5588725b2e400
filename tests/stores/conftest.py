"""The program, between a scripted front and a scripted application, with a store on real servers."""

import os

import pytest

from harness.process import wait_until
from harness.redis_server import RedisServer
from harness.scripted import app, directory, held, start  # noqa: F401 (fixtures)


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

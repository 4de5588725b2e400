"""Fixtures: the program between a scripted front and a scripted application, fresh for every test."""

import os
import shutil
import tempfile
from threading import Event

import pytest

from .application import Application, echo
from .gateway import PROGRAM, STORE_TIMEOUT, Gateway
from .process import wait_until


@pytest.fixture
def directory():
    """Short: a socket's path has 107 bytes."""
    path = tempfile.mkdtemp(prefix="sg-")
    yield path
    shutil.rmtree(path)


def store_for(directory):
    """The store that STORE_URL names (stores.py), of which the test has a part for itself; else it is in memory."""
    url, tls = os.environ.get("STORE_URL", "memory:"), {}
    for setting, variable in [("ca", "STORE_CA"), ("certificate", "STORE_CERTIFICATE"), ("key", "STORE_KEY")]:
        if variable in os.environ:
            tls[setting] = os.environ[variable]
    return {"url": url, "namespace": os.path.basename(directory), **({"tls": tls} if tls else {})}


def wait_for_store(gateway, config):
    """One that STORE_URL names is connected to first: on a busy machine that may take longer than a request waits."""
    shared = "STORE_URL" in os.environ and config["store"].get("url") == os.environ["STORE_URL"]
    if shared and config["log"].get("level") == "debug":
        wait_until(lambda: gateway.log.count("greeting -> ready") >= config.get("workers", 1), what="the store to be found")


@pytest.fixture
def app(directory):
    """An application that echoes; what it was sent is checked for framing at the end, whatever the test is about."""
    application = Application(f"unix:{directory}/app.sock")
    yield application
    application.close()
    application.assert_framing()


class Held:
    """Requests for /slow… wait in the application until they are released."""

    def __init__(self, app):
        self.released, self.waiting = Event(), 0
        app.play = self._play

    def _play(self, exchange):
        if exchange.params["REQUEST_URI"].startswith("/slow"):
            self.waiting += 1
            exchange.wait(self.released)
        echo(exchange)

    def until(self, count=1):
        wait_until(lambda: self.waiting >= count, what=f"{count} slow requests to reach the application")

    def release(self):
        self.released.set()


@pytest.fixture
def held(app):
    return Held(app)


@pytest.fixture
def start(directory, app):
    """start(application={…}, route={…}, limits={…}, …): the program with these settings. Each must end well."""
    started = []

    def start_gateway(application=None, route=None, stdin=None, connect_to=None, program=PROGRAM, **sections):
        config = {
            "listen": [f"unix:{directory}/front{len(started)}.sock"],
            "shutdown_grace": "5s",
            "store": store_for(directory),
            "applications": {"app": {"servers": [app.address], "idle_connections": 2, **(application or {})}},
            "routes": [{"path": "/", "application": "app", **(route or {})}],
            "log": {"level": "debug"},
            **sections,
        }
        if program == PROGRAM:  # the other one's store is late on purpose
            config["store"] = {"timeout": STORE_TIMEOUT, **config["store"]}
        how = {} if stdin is None else {"stdin": stdin}
        gateway = Gateway(config, directory, name=f"gateway{len(started)}", connect_to=connect_to, program=program, **how)
        started.append(gateway)
        wait_for_store(gateway, config)
        return gateway

    yield start_gateway
    failures = []
    for gateway in started:
        try:
            gateway.stop()
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]

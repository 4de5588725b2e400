"""A scripted front, the built program and a scripted application, fresh for every test."""

import itertools
import shutil
import tempfile
from threading import Event

import pytest

from harness.application import Application, echo
from harness.browser import Browser
from harness.gateway import PROGRAM, Gateway
from harness.moody import MOODY_PROGRAM, MoodyStore
from harness.process import wait_until
from harness.program import Program


def pytest_collection_modifyitems(items):
    """What lasts a minute goes first, so that the others run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("minute") is None)


@pytest.fixture
def directory():
    """Short: a socket's path has 107 bytes."""
    path = tempfile.mkdtemp(prefix="sg-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def app(directory):
    """An application that echoes; what it was sent is checked for framing at the end, whatever the test is about."""
    application = Application(f"unix:{directory}/app.sock")
    yield application
    application.close()
    application.assert_framing()


@pytest.fixture
def start(directory, app):
    """start(application={…}, route={…}, limits={…}, …): the program with these settings. Each must end well."""
    started = []

    def start_gateway(application=None, route=None, stdin=None, connect_to=None, program=PROGRAM, **sections):
        config = {
            "listen": [f"unix:{directory}/front{len(started)}.sock"],
            "shutdown_grace": "5s",
            "store": {"url": "memory:"},
            "applications": {"app": {"servers": [app.address], "idle_connections": 2, **(application or {})}},
            "routes": [{"path": "/", "application": "app", **(route or {})}],
            "log": {"level": "debug"},
            **sections,
        }
        how = {} if stdin is None else {"stdin": stdin}
        gateway = Gateway(config, directory, name=f"gateway{len(started)}", connect_to=connect_to, program=program, **how)
        started.append(gateway)
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


@pytest.fixture
def moody(directory, start):
    """moody(store={"timeout": …}, …as start…): with a store that misbehaves as gateway.store is told (harness/moody.py).
    mood: so it is from the start."""
    count = itertools.count()

    def start_moody(mood="fine", store=None, **settings):
        remote = MoodyStore(f"{directory}/store{next(count)}.sock")
        gateway = start(program=MOODY_PROGRAM, store={"url": remote.url(mood), **(store or {})}, **settings)
        gateway.store = remote
        return gateway

    return start_moody


@pytest.fixture
def gateway(start):
    """With the defaults."""
    return start()


@pytest.fixture
def front(gateway):
    return gateway.front()


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
def browse(start):
    """browse(…as start…): a browser before a gateway of its own."""
    return lambda **settings: Browser(start(**settings))


@pytest.fixture
def program(app):
    program = Program(app)
    yield program
    program.close()


@pytest.fixture
def talk(start, program, directory):
    """talk(…as start…): visit(before=…, after=…, say=…) is a page of a browser before a gateway of its own, and what the
    calls were answered is program.seen."""

    def talk(application=None, route=None, by=start, **settings):
        browser = Browser(
            by(
                application={"session_api": True, **(application or {})},
                route={"expose": ["object"], **(route or {})},
                listen_session_api=f"unix:{directory}/api.sock",
                **settings,
            )
        )

        def visit(before=None, after=None, say=(), browser=browser, **how):
            program.does(before, after)
            return browser.visit(say=say, **how)

        visit.browser, visit.gateway = browser, browser.gateway
        return visit

    return talk

"""Fixtures: the program with an admin API, between a scripted front and a scripted application."""

import os

import pytest

from .address import free_port
from .admin import Admin, grant, token_of
from .browser import Browser
from .moody import MOODY_PROGRAM, MoodyStore
from .scripted import app, directory, held, start  # noqa: F401 (fixtures)


@pytest.fixture
def reach():
    """reach(address): where clients connect to in its place."""
    return lambda address: address


@pytest.fixture
def serve(directory, reach, start):
    """serve(tokens=[…], …as start…): a gateway whose API is gateway.admin (everything is allowed to it), and by
    gateway.by(name) with the token of that name; on TCP, and gateway.local on a Unix socket."""

    def serve(tokens=(), admin=None, **settings):
        tcp, local = f"127.0.0.1:{free_port()}", f"unix:{directory}/admin{len(os.listdir(directory))}.sock"
        section = {"listen": [tcp, local], "tokens": [grant("ops"), *tokens], **(admin or {})}
        gateway = start(admin=section, **settings)
        tcp, local = reach(tcp), reach(local)
        gateway.by = lambda name: Admin(tcp, token_of(name))
        gateway.admin, gateway.nobody = gateway.by("ops"), Admin(tcp)
        gateway.local = Admin(local)
        return gateway

    return serve


@pytest.fixture
def moody(directory, serve):
    """The same with a store that misbehaves as gateway.store is told (harness/moody.py)."""

    def start_moody(mood="fine", store=None, **settings):
        remote = MoodyStore(f"{directory}/store.sock")
        gateway = serve(program=MOODY_PROGRAM, store={"url": remote.url(mood), **(store or {})}, **settings)
        gateway.store = remote
        return gateway

    return start_moody


@pytest.fixture
def gateway(serve):
    """With the defaults."""
    return serve()


@pytest.fixture
def admin(gateway):
    return gateway.admin


def visit(gateway, user=None, *say, **more):
    browser = Browser(gateway)
    first = [f"X-Session-Login: {user}"] if user else ["X-Session-Set: seen=1"]
    page = browser.visit(say=[*first, *say], **more)
    assert browser.token, f"{page.status}: {page.body[:300]!r}"
    browser.id = browser.token[:20]
    return browser


@pytest.fixture
def visitor():
    """visitor(gateway, user, …what the application says, …as Browser.visit…): one more browser, logged in; without a user
    it has an anonymous session. Its id is that of the session."""
    return visit

"""A scripted front, the built program and a scripted application, fresh for every test."""

import itertools
from collections import Counter

import pytest

from harness.browser import Browser
from harness.moody import MOODY_PROGRAM, MoodyStore
from harness.program import Program
from harness.scripted import app, directory, held, start  # noqa: F401 (fixtures)


def pytest_addoption(parser):
    parser.addoption("--variants", type=int, metavar="N", help="run the first N variants of each parametrized case")


def pytest_collection_modifyitems(config, items):
    """What lasts a minute goes first, so that the others run beside it."""
    items.sort(key=lambda item: item.get_closest_marker("minute") is None)
    _leave_variants_out(config, items, config.getoption("--variants"))


def _leave_variants_out(config, items, most):
    if most is None:
        return
    seen, kept, left_out = Counter(), [], []
    for item in items:
        case = item.nodeid.partition("[")[0]
        seen[case] += 1
        (kept if seen[case] <= most else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


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

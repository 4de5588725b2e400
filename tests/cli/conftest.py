"""sessionctl beside a gateway with an admin API."""

from contextlib import ExitStack

import pytest

from harness.ctl import Ctl
from harness.served import admin, app, directory, gateway, held, moody, serve, start, visitor  # noqa: F401 (fixtures)
from harness.witness import Witness


@pytest.fixture
def reach():
    """What sessionctl is answered, and we, has a witness."""
    with ExitStack() as witnesses:
        yield lambda address: witnesses.enter_context(Witness(address)).at


@pytest.fixture
def ctl(gateway):  # noqa: F811
    """By the Unix socket, where we are root or the gateway's own user."""
    return Ctl(gateway.local.address)


@pytest.fixture
def by(gateway):  # noqa: F811
    """by(name): over TCP with the token of that name; by(): without one."""
    return lambda name=None: Ctl(gateway.admin.address, gateway.by(name).token if name else None)

import signal

import pytest

from harness import fastcgi
from harness.process import wait_until
from harness.served import admin, app, directory, gateway, held, moody, reach, serve, start, visitor  # noqa: F401 (fixtures)


@pytest.fixture
def draining(serve, held):
    """A gateway that has been told to end and serves one last request, until the test is over."""
    gateway = serve(shutdown_grace="60s")
    front = gateway.front()
    front.send(fastcgi.request(fastcgi.get("/slow")))
    held.until(1)
    gateway.process.signal(signal.SIGTERM)
    wait_until(lambda: gateway.nobody.get("/readyz").status == 503, what="readyz to say that it drains")
    yield gateway
    held.release()
    front.answer()

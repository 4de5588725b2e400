"""Both images, built from the working tree as it stands, by an engine of our own."""

import os
import signal

import pytest

from harness.containers import ROOT, Containers, missing_tools
from harness.scripted import app, directory  # noqa: F401 (fixtures)

FOLDER = ROOT / "build" / "image"


def pytest_sessionstart(session):
    """Not being able to is no pass. Who is told to end takes its containers along."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.geteuid() != 0:
        pytest.exit("these tests mount file systems and make networks: they need root", returncode=1)
    if missing := missing_tools():
        pytest.exit(f"no {', '.join(missing)}: on a Debian 12, `setup/packages image` installs what is missing", returncode=1)


@pytest.fixture(scope="session")
def containers():
    engine = Containers(FOLDER)
    try:
        engine.prepare_base()
        for target, name in (("gateway", "sessiongate"), ("php", "sessiongate-php")):
            engine.build(name, "docker/Dockerfile", "--target", target)
        engine.seclude()
        yield engine
    finally:
        engine.close()

"""The program, between a scripted front and a scripted application, with a store on real servers."""

import os

import pytest

from harness.scripted import app, directory, start  # noqa: F401 (fixtures)


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

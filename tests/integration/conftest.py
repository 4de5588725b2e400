import pytest

from harness.chain import temporary_chain


@pytest.fixture
def chain():
    """Of real programs, for one test."""
    with temporary_chain() as whole:
        yield whole

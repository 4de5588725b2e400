"""A chain of real programs, in a directory of its own, that ends with its test."""

import shutil
import tempfile

import pytest

from harness.chain import Chain


@pytest.fixture
def chain():
    directory = tempfile.mkdtemp(prefix="sg-")
    whole = Chain(directory)
    try:
        yield whole
    finally:
        try:
            whole.stop()
        finally:
            shutil.rmtree(directory)

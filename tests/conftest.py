"""Of all suites."""

from harness.clock import pytest_runtest_protocol  # noqa: F401 (a hook)

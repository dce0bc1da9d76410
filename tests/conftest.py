"""Options of the whole test run, and how long property tests may take."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# No deadline an example: a loaded machine is no failure. The time of the whole run is bounded by the examples.
settings.register_profile("project", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden` writes expected output again instead of comparing it."""
    parser.addoption("--golden", action="store_true", help="write golden files again; read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written."""
    return bool(request.config.getoption("--golden"))

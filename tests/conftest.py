"""Options of the whole test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden` writes the golden files again instead of comparing them."""
    parser.addoption("--golden", action="store_true", help="write the golden files again; read the diff")

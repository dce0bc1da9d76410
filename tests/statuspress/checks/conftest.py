"""Evidence for checks, and the thresholds of the project itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.checks.registry import CRITERIA
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.core.evidence import Dossier, Evidence, Gap, Value

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CONTENT = Path(__file__).parents[3] / "content"
_QUARTER = timedelta(minutes=15)

Known = Callable[..., Dossier]


def make_dossier(*gaps: Gap, at: datetime = NOW, valid_for: timedelta | None = _QUARTER, **values: Value) -> Dossier:
    """A collection of those values, ids written with `_` for `.`; valid for a quarter of an hour, if not said."""
    items: dict[str, Evidence | Gap] = {gap.id: gap for gap in gaps}
    for name, value in values.items():
        id = name.replace("_", ".")
        items[id] = Evidence(id, id, value, "", "test", "asked", at, valid_for, "0" * 64)
    return Dossier(at, items)


@pytest.fixture
def known() -> Known:
    """Makes a collection."""
    return make_dossier


@pytest.fixture
def thresholds() -> Thresholds:
    """The project's own."""
    path = CONTENT / "scorecard.toml"
    return parse_thresholds(path.read_text(), str(path), CRITERIA)

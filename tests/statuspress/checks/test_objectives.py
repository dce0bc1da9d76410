"""`content/slo.toml`: the project's own, and broken ones refused with their line."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from statuspress.checks.objectives import parse_objectives
from statuspress.core.slo import Objective
from statuspress.errors import ContentError
from statuspress.sources.registry import SOURCES

OWN = Path(__file__).parents[3] / "content/slo.toml"
GOOD = """\
[[slo]]
id = "answered"
name = "Requests answered"
target = 99.9
window = 28
total = "a.all"
bad = "a.bad"
"""


def test_an_objective_is_read_exactly() -> None:
    assert parse_objectives(GOOD, "slo.toml") == (
        Objective("answered", "Requests answered", Fraction(999, 1000), timedelta(days=28), "a.all", "a.bad"),
    )


def test_the_project_s_own_read_what_a_source_reports() -> None:
    objectives = parse_objectives(OWN.read_text(), str(OWN))
    ids = {id for source in SOURCES for id in source.ids}
    assert len(objectives) == 2
    assert {id for one in objectives for id in (one.total, one.bad) if id} <= ids


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("target = 99.9", "target = 100", 4, "100 leaves no budget"),
        ("target = 99.9", "target = 0", 4, "above 0 and below 100"),
        ("target = 99.9", 'target = "99.9"', 4, "must be a number"),
        ("window = 28", "window = 90", 5, "from 1 to 30"),
        ('bad = "a.bad"', "", 1, "give either slo.0.bad or slo.0.within"),
        ('bad = "a.bad"', 'bad = "a.bad"\nwithin = 1', 1, "give either"),
        ('bad = "a.bad"', 'worse = "a.bad"', 7, "unknown key slo.0.worse"),
        ('id = "answered"', 'id = "Answered it"', 2, "a word of small letters"),
        (GOOD, GOOD + GOOD, 9, "'answered' is there twice"),
        (GOOD, "[[slo", None, "not TOML"),
    ],
)
def test_a_broken_objective_is_refused_with_its_line(old: str, new: str, line: int | None, reason: str) -> None:
    with pytest.raises(ContentError, match=reason) as caught:
        parse_objectives(GOOD.replace(old, new), "slo.toml")
    assert str(caught.value).startswith(f"slo.toml:{line}: " if line else "slo.toml:")

"""Evidence and gaps: freshness is decided in one place, and gaps remember since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from statuspress.core.evidence import Dossier, Evidence, Gap

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMED = Evidence("a.b", "B", 7, "s", "a", "asked", NOW, 10 * MINUTE, "0" * 64)
RECORD = replace(TIMED, valid_for=None)
GAP = Gap("a.b", "B", "a", "away", NOW, "wait")


def test_a_value_is_known_until_its_last_instant_and_then_a_gap_that_says_why() -> None:
    dossier = Dossier(NOW, {"a.b": TIMED})
    assert dossier.known("a.b", NOW + 10 * MINUTE - timedelta(microseconds=1)) is TIMED
    stale = dossier.known("a.b", NOW + 10 * MINUTE)
    assert stale == Gap("a.b", "B", "a", "The measurement is too old.", NOW + 10 * MINUTE, "Collect again.")


def test_a_record_never_goes_stale() -> None:
    assert Dossier(NOW, {"a.b": RECORD}).known("a.b", NOW + timedelta(days=9999)) is RECORD
    assert RECORD.left(NOW + timedelta(days=9999)) == 1.0
    assert RECORD.valid_until is None


def test_what_nobody_reported_is_a_gap() -> None:
    gap = Dossier(NOW, {}).known("a.b", NOW)
    assert isinstance(gap, Gap)
    assert (gap.reason, gap.since) == ("No source has reported it.", NOW)


@pytest.mark.parametrize(("minutes", "left"), [(-1, 1.0), (0, 1.0), (5, 0.5), (10, 0.0), (99, 0.0)])
def test_what_is_left_drains_from_one_to_nothing(minutes: int, left: float) -> None:
    assert TIMED.left(NOW + minutes * MINUTE) == left


def test_a_value_that_is_valid_for_no_time_has_nothing_left() -> None:
    assert replace(TIMED, valid_for=timedelta(0)).left(NOW) == 0.0


@pytest.mark.parametrize(
    ("before", "since"),
    [
        (replace(GAP, since=NOW - 30 * MINUTE), NOW - 30 * MINUTE),
        (replace(TIMED, collected_at=NOW - 5 * MINUTE), NOW - 5 * MINUTE),
        (replace(GAP, since=NOW + MINUTE), NOW),
        (None, NOW),
    ],
)
def test_a_gap_dates_from_when_the_value_was_last_known_or_first_missed(
    before: Evidence | Gap | None, since: datetime
) -> None:
    previous = Dossier(NOW - 5 * MINUTE, {"a.b": before} if before else {})
    assert Dossier(NOW, {"a.b": GAP}).after(previous).items["a.b"] == replace(GAP, since=since)


def test_what_is_known_now_does_not_depend_on_before() -> None:
    assert Dossier(NOW, {"a.b": TIMED}).after(Dossier(NOW, {"a.b": GAP, "a.c": GAP})) == Dossier(NOW, {"a.b": TIMED})

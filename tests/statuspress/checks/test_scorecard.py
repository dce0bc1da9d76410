"""The ten criteria as they are, and the file of their thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from statuspress.checks.check import Ask, Check
from statuspress.checks.registry import CRITERIA, make_scorecard
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.core.evidence import Dossier, Value
from statuspress.core.finding import Outcome
from statuspress.errors import ContentError
from statuspress.sources.registry import SOURCES

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CHECKS = [check for criterion in CRITERIA for check in criterion.checks]

GOOD = """\
[one]
weight = 2

[one.lines]
good = 95
bad = 60
"""


def test_there_are_ten_criteria_with_checks() -> None:
    assert len({criterion.id for criterion in CRITERIA}) == 10
    assert all(criterion.checks and criterion.description.endswith(".") for criterion in CRITERIA)


def test_check_ids_are_unique_and_begin_with_their_criterion() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    for criterion in CRITERIA:
        assert all(check.id.startswith(f"{criterion.id}.") for check in criterion.checks)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_check_reads_what_a_source_reports(check: Check) -> None:
    assert check.evidence in {id for source in SOURCES for id in source.ids}
    assert check.weight > 0
    assert check.remediation.endswith(".")


def test_with_no_evidence_every_criterion_is_inconclusive_with_a_reason(thresholds: Thresholds) -> None:
    card = make_scorecard(Dossier(NOW, {}), thresholds, NOW)
    assert (card.overall, card.coverage, card.low, card.high) == (None, 0.0, 0.0, 10.0)
    for criterion in card.criteria:
        assert criterion.score is None
        for finding in criterion.findings:
            assert finding.outcome is Outcome.INCONCLUSIVE
            assert finding.reason.startswith("No source ")


def test_evidence_moves_its_own_criterion_alone(known: Callable[..., Dossier], thresholds: Thresholds) -> None:
    dossier = known(tests_failed=0, tests_skipped=0, tests_duration=60.0, coverage_lines=77.5)
    card = make_scorecard(dossier, thresholds, NOW)
    scores = {criterion.id: criterion.score for criterion in card.criteria if criterion.score is not None}
    # (3 x 10 + 1 x 10 + 1 x 10 + 3 x 5) / 8
    assert scores == {"testing": pytest.approx(8.125)}
    assert card.coverage == pytest.approx(0.1)
    assert card.overall is None


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("source-control.reviewed", 1, 0),
        ("source-control.tested", 3, 0),
        ("source-control.history", True, False),
        ("source-control.administrators", True, False),
        ("source-control.signatures", True, False),
        ("security-scanning.config-critical", 0, 1),
        ("security-scanning.config-high", 0, 3),
        ("security-scanning.config-medium", 0, 10),
        ("security-scanning.secrets", 0, 1),
        ("security-scanning.bill-licences", 0, 10),
        ("security-scanning.bill-identified", 0, 5),
    ],
)
def test_a_check_tells_good_from_bad(
    known: Callable[..., Dossier], thresholds: Thresholds, check: str, good: Value, bad: Value
) -> None:
    asked = next(one for one in CHECKS if one.id == check)
    name = asked.evidence.replace(".", "_")
    limit = thresholds.checks.get(check)
    assert [asked.answer(known(**{name: value}), limit, NOW).score for value in (good, bad)] == [10.0, 0.0]


def test_a_bill_of_materials_that_gets_old_loses_its_score(
    known: Callable[..., Dossier], thresholds: Thresholds
) -> None:
    bill = next(check for check in CHECKS if check.id == "security-scanning.bill")
    record = known(valid_for=None, sbom_components=41)
    days = {
        ago: bill.answer(record, thresholds.checks[bill.id], NOW + timedelta(days=ago)).score for ago in (30, 60, 90)
    }
    assert days == {30: 10.0, 60: 5.0, 90: 0.0}


def test_what_must_be_recent_has_its_better_age_first() -> None:
    check = replace(_check(), ask=Ask.RECENT)
    with pytest.raises(ContentError, match=r"^scorecard.toml:5: one.lines.good must be below bad"):
        parse_thresholds(GOOD, "scorecard.toml", [CRITERIA[0].__class__("one", "One", "One.", (check,))])


def lines(text: str) -> Thresholds:
    criterion = CRITERIA[0].__class__("one", "One", "One.", (_check(),))
    return parse_thresholds(text, "scorecard.toml", [criterion])


def _check() -> Check:
    found = next(check for check in CHECKS if check.id == "testing.coverage")
    return Check("one.lines", found.title, "", 1, "a.b", found.ask, "Test.")


def test_thresholds_are_read() -> None:
    read = lines(GOOD)
    assert read.weights == {"one": 2.0}
    assert (read.checks["one.lines"].good, read.checks["one.lines"].bad) == (95.0, 60.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 2", "wieght = 2", "scorecard.toml:1: one.weight is missing"),
        ("weight = 2", "weight = -1", "scorecard.toml:2: one.weight must be from 0 to 100"),
        ("good = 95", "good = '95'", "scorecard.toml:5: one.lines.good must be a number"),
        ("good = 95", "good = 50", "scorecard.toml:5: one.lines.good must be above bad: tests reach the lines"),
        ("bad = 60", "bad = 60\nbat = 1", "scorecard.toml:7: unknown key one.lines.bat; did you mean bad?"),
        ("[one.lines]", "[one.line]", "scorecard.toml:1: one.lines.good is missing"),
        ("[one]", "[two]\n[one]", "scorecard.toml:1: unknown key two; known here: one"),
        ("bad = 60", "bad 60", "scorecard.toml:6: not TOML: Expected '=' after a key"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        lines(GOOD.replace(old, new))
    assert str(caught.value).startswith(message)

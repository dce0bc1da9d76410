"""One check: what passes, what fails, and what stays inconclusive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from statuspress.checks.check import Ask, Check, Threshold
from statuspress.checks.wording import say
from statuspress.core.evidence import Dossier, Gap, Value
from statuspress.core.finding import Outcome

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CHECK = Check("testing.lines", "Tests reach the lines", "Why.", 2, "a.b", Ask.AT_LEAST, "Test more.")
LEAST = Threshold(95, 60)
Known = Callable[..., Dossier]


@pytest.mark.parametrize(("value", "score"), [(100, 10), (95, 10), (94.9, 9.971), (77.5, 5), (60, 0), (3, 0)], ids=str)
def test_at_least_scores_in_proportion(known: Known, value: float, score: float) -> None:
    finding = CHECK.answer(known(a_b=value), LEAST, NOW)
    assert finding.score == pytest.approx(score, abs=0.001)
    assert finding.outcome is (Outcome.PASS if score == 10 else Outcome.FAIL)


@pytest.mark.parametrize(("value", "score"), [(0, 10), (1, 8), (5, 0), (9, 0)])
def test_at_most_scores_in_proportion(known: Known, value: int, score: float) -> None:
    finding = replace(CHECK, ask=Ask.AT_MOST).answer(known(a_b=value), Threshold(0, 5), NOW)
    assert finding.score == pytest.approx(score)


@pytest.mark.parametrize(("days", "score"), [(0, 10), (30, 10), (60, 5), (90, 0), (900, 0)])
def test_what_must_be_recent_is_scored_by_its_time_and_not_by_its_value(known: Known, days: int, score: float) -> None:
    record = known(at=NOW - timedelta(days=days), valid_for=None, a_b="some text")
    finding = replace(CHECK, ask=Ask.RECENT).answer(record, Threshold(30 * 86_400, 90 * 86_400), NOW)
    assert (finding.score, finding.outcome) == (score, Outcome.PASS if score == 10 else Outcome.FAIL)
    assert finding.reason == f"Made {say(days * 86_400, 's')} ago; asked for at most 30\u202fd."


def test_what_must_be_recent_is_inconclusive_when_it_is_missing(known: Known) -> None:
    finding = replace(CHECK, ask=Ask.RECENT).answer(known(), Threshold(30, 90), NOW)
    assert (finding.outcome, finding.score) == (Outcome.INCONCLUSIVE, None)


@pytest.mark.parametrize(("value", "outcome"), [(True, Outcome.PASS), (False, Outcome.FAIL), ("yes", None), (1, None)])
def test_only_true_and_false_answer_a_question_of_truth(known: Known, value: Value, outcome: Outcome | None) -> None:
    finding = replace(CHECK, ask=Ask.TRUE).answer(known(a_b=value), None, NOW)
    assert finding.outcome is (outcome or Outcome.INCONCLUSIVE)


def test_what_is_known_at_all_passes_and_is_said(known: Known) -> None:
    finding = replace(CHECK, ask=Ask.KNOWN).answer(known(a_b="v1.2.3"), None, NOW)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, "Found: v1.2.3.")


def test_missing_evidence_is_inconclusive_with_its_reason_and_remedy(known: Known) -> None:
    dossier = known(Gap("a.b", "A", "test", "It refused the connection.", NOW, "Start it."))
    finding = CHECK.answer(dossier, LEAST, NOW)
    assert (finding.outcome, finding.score) == (Outcome.INCONCLUSIVE, None)
    assert (finding.reason, finding.remediation) == ("It refused the connection.", "Start it.")


def test_evidence_that_no_source_reports_is_inconclusive_and_says_so(known: Known) -> None:
    finding = CHECK.answer(known(), LEAST, NOW)
    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, "No source has reported it.")


def test_stale_evidence_is_inconclusive_however_good_it_was(known: Known) -> None:
    dossier = known(a_b=100)
    assert CHECK.answer(dossier, LEAST, NOW + timedelta(seconds=899)).outcome is Outcome.PASS
    finding = CHECK.answer(dossier, LEAST, NOW + timedelta(seconds=900))
    assert (finding.outcome, finding.reason) == (Outcome.INCONCLUSIVE, "The measurement is too old.")


def test_a_text_where_a_number_is_asked_for_is_inconclusive(known: Known) -> None:
    assert CHECK.answer(known(a_b="many"), LEAST, NOW).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (True, "", "yes"),
        (0.00758, "s", "7.58\u202fms"),
        (0, "s", "0\u202fs"),
        (90, "s", "90\u202fs"),
        (7200, "s", "2\u202fh"),
        (86_400 * 30, "s", "30\u202fd"),
        (40_000_000, "By", "38.1\u202fMiB"),
        (94.99, "%", "94.9\u202f%"),
        (95.0, "%", "95\u202f%"),
        (1, "{test}", "1 test"),
        (0, "{vulnerability}", "0 vulnerabilities"),
        (3, "1", "3"),
    ],
)
def test_values_are_said_as_people_read_them(value: Value, unit: str, words: str) -> None:
    assert say(value, unit) == words

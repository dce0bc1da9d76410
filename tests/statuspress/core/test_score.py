"""Scores: worked by hand. What is not known lowers the coverage, and never the score."""

from __future__ import annotations

import pytest

from statuspress.core.finding import Finding, Outcome
from statuspress.core.score import CriterionScore, score_card, score_criterion
from statuspress.core.state import State, worst


def finding(score: float | None, weight: float = 1) -> Finding:
    outcome = Outcome.INCONCLUSIVE if score is None else Outcome.PASS if score == 10 else Outcome.FAIL
    return Finding("a.b", "A", outcome, score, weight, "", "", ())


def criterion(score: float | None, coverage: float, weight: float = 1) -> CriterionScore:
    return CriterionScore("a", "A", "", weight, score, coverage, ())


def test_a_criterion_is_the_weighted_mean_of_what_is_known() -> None:
    scored = score_criterion("a", "A", "", 1, [finding(10, 3), finding(4, 1), finding(None, 4)])
    assert (scored.score, scored.coverage) == (8.5, 0.5)


def test_a_criterion_of_which_nothing_is_known_has_no_score() -> None:
    scored = score_criterion("a", "A", "", 1, [finding(None)])
    assert (scored.score, scored.coverage) == (None, 0.0)


def test_the_overall_counts_each_criterion_by_the_part_of_its_weight_that_is_known() -> None:
    card = score_card([criterion(10, 1.0), criterion(4, 0.5, weight=2)])
    assert card.overall == pytest.approx(7.0)  # (10 x 1 + 4 x 1) / 2
    assert card.coverage == pytest.approx(2 / 3)
    assert card.low == pytest.approx(14 / 3)
    assert card.high == pytest.approx(24 / 3)


def test_below_sixty_percent_the_overall_is_inconclusive_and_at_sixty_it_is_not() -> None:
    assert score_card([criterion(10, 0.59), criterion(None, 0.0, weight=0)]).overall is None
    assert score_card([criterion(10, 0.6), criterion(None, 0.0, weight=0)]).overall == 10.0


def test_a_finding_has_a_score_unless_it_is_inconclusive() -> None:
    with pytest.raises(ValueError, match="has a score unless"):
        Finding("a", "A", Outcome.PASS, None, 1, "", "", ())
    with pytest.raises(ValueError, match="has a score unless"):
        Finding("a", "A", Outcome.INCONCLUSIVE, 0.0, 1, "", "", ())


def test_the_worst_state_wins_and_with_none_known_it_is_unknown() -> None:
    assert worst([]) is State.UNKNOWN
    assert worst([State.OPERATIONAL, State.UNKNOWN]) is State.UNKNOWN
    assert worst([State.MAINTENANCE, State.PARTIAL, State.OPERATIONAL]) is State.PARTIAL
    assert [state.severity for state in State] == list(range(6))

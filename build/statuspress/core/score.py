"""Scores: the weighted mean of what was conclusive, and the share of weight that was (coverage)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from statuspress.core.finding import Finding

MINIMUM_COVERAGE = 0.6


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One of the ten criteria. `score` is None when no finding was conclusive. `coverage` is a share from 0 to 1."""

    id: str
    title: str
    description: str
    weight: float
    score: float | None
    coverage: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All criteria. `overall` is None (inconclusive) when `coverage` is below `MINIMUM_COVERAGE`.

    `low` and `high` bound what the overall score would be if all that is inconclusive turned out 0 or 10.
    """

    overall: float | None
    coverage: float
    low: float
    high: float
    criteria: tuple[CriterionScore, ...]


def score_criterion(
    id: str,
    title: str,
    description: str,
    weight: float,
    findings: Sequence[Finding],
) -> CriterionScore:
    """The weighted mean of the conclusive findings, beside the share of weight they carry."""
    total = sum(f.weight for f in findings)
    known = [(f.score, f.weight) for f in findings if f.score is not None]
    conclusive = sum(w for _, w in known)
    score = sum(s * w for s, w in known) / conclusive if conclusive else None
    return CriterionScore(id, title, description, weight, score, conclusive / total if total else 0.0, tuple(findings))


def score_card(criteria: Sequence[CriterionScore]) -> Scorecard:
    """The weighted mean over criteria, each counting with the part of its weight that was conclusive."""
    total = sum(c.weight for c in criteria)
    known = [(c.score, c.weight * c.coverage) for c in criteria if c.score is not None]
    conclusive = sum(w for _, w in known)
    points = sum(s * w for s, w in known)
    coverage = conclusive / total if total else 0.0
    overall = points / conclusive if conclusive and coverage >= MINIMUM_COVERAGE else None
    low = points / total if total else 0.0
    high = (points + 10 * (total - conclusive)) / total if total else 10.0
    return Scorecard(overall, coverage, low, high, tuple(criteria))

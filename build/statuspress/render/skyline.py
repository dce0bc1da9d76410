"""The scorecard as a skyline: columns wide as their weight, tall as their score, so that the area is the score."""

from __future__ import annotations

from dataclasses import dataclass

from statuspress.core.score import CriterionScore, Scorecard


@dataclass(frozen=True, slots=True)
class Column:
    """One criterion, in percent across; `rise` is its height in tenths (0 to 10), None when it is inconclusive."""

    number: int
    criterion: CriterionScore
    x: float
    width: float
    rise: float | None

    @property
    def middle(self) -> float:
        """Where its label is centred."""
        return round(self.x + self.width / 2, 2)


def skyline(card: Scorecard) -> tuple[Column, ...]:
    """The columns from left to right, a hairline apart."""
    total = sum(criterion.weight for criterion in card.criteria)
    columns, x = [], 0.0
    for number, criterion in enumerate(card.criteria, 1):
        width = criterion.weight / total * 100 if total else 0.0
        rise = None if criterion.score is None else round(criterion.score, 2)
        columns.append(Column(number, criterion, round(x, 2), round(max(0.0, width - 0.4), 2), rise))
        x += width
    return tuple(columns)

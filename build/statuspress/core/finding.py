"""A finding: the answer to one check, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Outcome(StrEnum):
    """What a check concluded. Inconclusive never counts as good: it leaves the score and lowers the coverage."""

    PASS = auto()
    FAIL = auto()
    INCONCLUSIVE = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. `score` runs from 0 to 10 and is None when, and only when, the outcome is inconclusive.

    `threshold` is what was asked for, as (good, bad), where the check has one: in the evidence's unit,
    or in seconds where its time is asked for.
    """

    check: str
    title: str
    outcome: Outcome
    score: float | None
    weight: float
    reason: str
    remediation: str
    evidence: tuple[str, ...]
    threshold: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if (self.score is None) != (self.outcome is Outcome.INCONCLUSIVE):
            raise ValueError(f"{self.check}: a finding has a score unless it is inconclusive")

"""A check: one question about one piece of evidence, and how its answer is scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto

from statuspress.checks.wording import say
from statuspress.core.evidence import Dossier, Gap, Value
from statuspress.core.finding import Finding, Outcome


class Ask(StrEnum):
    """What is asked of the value: that it is true, known at all, or on the good side of a threshold.

    RECENT asks of its time instead: how many seconds ago it was collected or, for a record, came to be.
    """

    TRUE = auto()
    KNOWN = auto()
    AT_LEAST = auto()
    AT_MOST = auto()
    RECENT = auto()

    @property
    def has_threshold(self) -> bool:
        """Whether `content/scorecard.toml` says what is good and what is bad."""
        return self in {Ask.AT_LEAST, Ask.AT_MOST, Ask.RECENT}


@dataclass(frozen=True, slots=True)
class Threshold:
    """From `good` on the score is 10, from `bad` on 0, between them proportional.

    Both are in the evidence's unit, or in seconds where its time is asked for.
    """

    good: float
    bad: float

    def score(self, value: float) -> float:
        """From 0 to 10, for either direction."""
        if self.good == self.bad:
            return 10.0 if value == self.good else 0.0
        return 10 * min(1.0, max(0.0, (value - self.bad) / (self.good - self.bad)))


@dataclass(frozen=True, slots=True)
class Check:
    """`id` is `<criterion>.<word>`; `title` states what should be so; `evidence` is the id it reads."""

    id: str
    title: str
    description: str
    weight: float
    evidence: str
    ask: Ask
    remediation: str

    def answer(self, dossier: Dossier, threshold: Threshold | None, now: datetime) -> Finding:
        """The finding at `now`: inconclusive whenever the evidence is missing or stale."""
        finding = self._answer(dossier, threshold, now)
        return replace(finding, threshold=(threshold.good, threshold.bad)) if threshold else finding

    def _answer(self, dossier: Dossier, threshold: Threshold | None, now: datetime) -> Finding:
        found = dossier.known(self.evidence, now)
        if isinstance(found, Gap):
            return self._finding(Outcome.INCONCLUSIVE, None, found.reason, found.remedy or self.remediation)
        if self.ask is Ask.KNOWN:
            return self._finding(Outcome.PASS, 10.0, f"Found: {say(found.value, found.unit)}.", "")
        if self.ask is Ask.TRUE:
            return self._truth(found.value)
        if self.ask is Ask.RECENT and threshold is not None:
            age = max(0.0, (now - found.collected_at).total_seconds())
            return self._compared(f"Made {say(age, 's')} ago", age, "s", threshold)
        if isinstance(found.value, str) or threshold is None:
            return self._finding(
                Outcome.INCONCLUSIVE, None, "The evidence is not a number that could be compared.", self.remediation
            )
        value = float(found.value)
        return self._compared(f"Measured {say(value, found.unit)}", value, found.unit, threshold)

    def _truth(self, value: Value) -> Finding:
        if value is True:
            return self._finding(Outcome.PASS, 10.0, f"{self.title}.", "")
        if value is False:
            return self._finding(
                Outcome.FAIL, 0.0, f"Not so: {self.title[0].lower()}{self.title[1:]}.", self.remediation
            )
        reason = "The evidence is neither true nor false."
        return self._finding(Outcome.INCONCLUSIVE, None, reason, self.remediation)

    def _compared(self, said: str, value: float, unit: str, threshold: Threshold) -> Finding:
        limit = "at least" if self.ask is Ask.AT_LEAST else "at most"
        reason = f"{said}; asked for {limit} {say(threshold.good, unit)}."
        score = threshold.score(value)
        if score == 10.0:
            return self._finding(Outcome.PASS, score, reason, "")
        return self._finding(Outcome.FAIL, score, reason, self.remediation)

    def _finding(self, outcome: Outcome, score: float | None, reason: str, remediation: str) -> Finding:
        return Finding(self.id, self.title, outcome, score, self.weight, reason, remediation, (self.evidence,))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of the ten: what it asks in a sentence, and its checks."""

    id: str
    title: str
    description: str
    checks: tuple[Check, ...]

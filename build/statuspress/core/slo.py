"""Service level objectives: how fast the error budget burns, and what is left of it.

burn = bad share / (1 - target), from events summed over the window, never from a mean of shares. An objective burns
when both windows of a pair are above the pair's factor: the long one shows that it matters, the short one that it goes
on.
(Google, "The Site Reliability Workbook", chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".)
A window without events is no data: it neither burns the budget nor refills it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows, and the burn rate above which both of them mean trouble."""

    long: timedelta
    short: timedelta
    above: Fraction
    urgent: bool


PAIRS = (
    Pair(timedelta(hours=1), timedelta(minutes=5), Fraction(144, 10), urgent=True),
    Pair(timedelta(hours=6), timedelta(minutes=30), Fraction(6), urgent=True),
    Pair(timedelta(days=3), timedelta(hours=6), Fraction(1), urgent=False),
)


@dataclass(frozen=True, slots=True)
class Objective:
    """A promise: at least `target` (a share below 1) of the events in `window` are good.

    Either `bad` of the counter `total` are bad, or those of the histogram `total` that took longer than `within`.
    """

    id: str
    name: str
    target: Fraction
    window: timedelta
    total: str
    bad: str = ""
    within: float = 0.0


@dataclass(frozen=True, slots=True)
class Events:
    """Whole events of one window."""

    bad: int
    total: int

    def burn(self, target: Fraction) -> Fraction | None:
        """How many times faster than allowed the budget burns; None without events."""
        return Fraction(self.bad, self.total) / (1 - target) if self.total else None


@dataclass(frozen=True, slots=True)
class Burn:
    """One pair: the events of both windows, and the burn rates that follow from them and the target."""

    pair: Pair
    target: Fraction
    long: Events
    short: Events

    @property
    def rates(self) -> tuple[Fraction | None, Fraction | None]:
        """Of the long and the short window; None where there were no events."""
        return self.long.burn(self.target), self.short.burn(self.target)

    @property
    def burning(self) -> bool | None:
        """Whether both windows are above; None while either has no data and the other does not deny it."""
        rates = self.rates
        if any(rate is not None and rate <= self.pair.above for rate in rates):
            return False
        return None if None in rates else True


@dataclass(frozen=True, slots=True)
class Standing:
    """An objective at one instant: the events of its window, and those of the pairs."""

    objective: Objective
    events: Events
    burns: tuple[Burn, ...]

    @property
    def left(self) -> Fraction | None:
        """The share of the budget that is left, below 0 when overspent; None when the window has no events."""
        spent = self.events.burn(self.objective.target)
        return None if spent is None else 1 - spent

    @property
    def burning(self) -> bool | None:
        """Whether any pair burns; None when none does and some has no data."""
        found = [burn.burning for burn in self.burns]
        return True if True in found else None if None in found else False

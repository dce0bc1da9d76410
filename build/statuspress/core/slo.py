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
    """One pair: the events of both windows, their burn rates, and whether both are above. None: no data."""

    pair: Pair
    long: Fraction | None
    short: Fraction | None

    @property
    def burning(self) -> bool | None:
        """Whether both windows are above; None while either has no data and the other does not deny it."""
        rates = (self.long, self.short)
        if any(rate is not None and rate <= self.pair.above for rate in rates):
            return False
        return None if None in rates else True


@dataclass(frozen=True, slots=True)
class Standing:
    """An objective at one instant. `left` is the share of the budget that is left, below 0 when overspent.

    None when the window has no events.
    """

    objective: Objective
    events: Events
    left: Fraction | None
    burns: tuple[Burn, ...]

"""A component: something visitors care about that has a state, now and over the days behind us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from statuspress.core.state import State

MINIMUM_KNOWN = 100  # one part in so many of the period: of less, no availability is given


@dataclass(frozen=True, slots=True)
class Availability:
    """Whole seconds: up, known (outside maintenance), and the length of the period. Unmeasured time is in neither."""

    up: int
    known: int
    period: int

    @property
    def share(self) -> float | None:
        """Up over known, from 0 to 1; None when nothing is known, or less than 1 % of the period."""
        enough = self.known > 0 and self.known * MINIMUM_KNOWN >= self.period
        return self.up / self.known if enough else None

    @property
    def coverage(self) -> float:
        """Known over the period, from 0 to 1."""
        return self.known / self.period if self.period else 0.0


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day: whole seconds measured in each state. `length` is 86,400, or less for today and the first day."""

    date: date
    length: int
    seconds: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """A component as a page shows it.

    `reason` says in a sentence why the state is what it is; `evidence` names the ids it rests on, the telling one
    first; `valid_until` is when the state turns unknown (None when it is unknown already).
    """

    id: str
    name: str
    group: str
    state: State
    reason: str
    evidence: tuple[str, ...]
    valid_until: datetime | None
    days: tuple[Day, ...]
    availability: Availability

"""Changes of what a workload asks for: requests and limits before and after, and what each change saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one figure. It happened after `since`, when the old value was last seen, and by `at`."""

    id: str
    since: datetime
    at: datetime
    before: float
    after: float

    @property
    def saved(self) -> float:
        """What is asked for no longer, in the figure's unit; below 0 when it grew."""
        return self.before - self.after

    @property
    def share(self) -> float | None:
        """What was saved of what it was, in percent; None of nothing."""
        return 100 * self.saved / self.before if self.before else None

    def saved_until(self, now: datetime) -> float:
        """The saving times the seconds it has lasted: byte-seconds of memory, core-seconds of a processor."""
        return self.saved * max(0.0, (now - self.at).total_seconds())


def whole(found: Sequence[Change]) -> Change | None:
    """Ordered changes of one figure as one: from what it was at first to what it is."""
    if not found:
        return None
    first, last = found[0], found[-1]
    return Change(first.id, first.since, last.at, first.before, last.after)

"""The pull log as stores keep it: the last time that a consumer took a list, and what is known of the times before.

Each server notes its own pulls in memory and hands them over each minute: a crash loses that minute. What several
servers saw of one consumer is merged into one record. Times are Unix seconds, UTC; all values fit into JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

KEPT_PULLS = 1_000  # records: those that are longest ago are forgotten first
KEPT_PULL_SECONDS = 90 * 86_400  # since the last pull
LATE = 3.0  # times as long as usual without a pull: the consumer has stopped coming
PATIENCE = 300  # seconds that are never late
_WEIGHT = 0.2  # of the last interval in the usual one


class Taken(NamedTuple):
    """Who takes what: a key's id, or an address where no key is needed; the list with its format; its parameters.

    It identifies a record of the pull log.
    """

    consumer: str
    list: str
    query: str


@dataclass(frozen=True, slots=True)
class Pull:
    """The last time that a consumer took a list, and the times before.

    `every` is the usual time between two in seconds, 0 while there was but one; `device` is empty when none was named;
    `sent` tells whether the list went out, or only that it had not changed.
    """

    taken: Taken
    device: str
    generation: int
    entries: int
    sent: bool
    first_at: int
    at: int
    count: int = 1
    every: int = 0

    def late(self, now: float) -> bool:
        """Whether it has stayed away for much longer than usual."""
        return self.count > 1 and now - self.at > max(LATE * self.every, PATIENCE)


class PullStore(Protocol):
    """The pull log of all servers on one store: at most KEPT_PULLS records, each for KEPT_PULL_SECONDS.

    Every call that fails raises StoreError with the remedy.
    """

    def pulls(self) -> Sequence[Pull]:
        """Every record, the latest last."""

    def note_pulls(self, pulls: Sequence[Pull], at: int) -> None:
        """Merges what one server saw since it last did so into the records, in one atomic step, and forgets old ones.

        Each of `pulls` counts those since, at most one a Taken; `at` is now.
        """


def merge(before: Pull | None, later: Pull) -> Pull:
    """One record of two, of which `later` was noted after `before`: the pulls of both, the last one's particulars.

    Servers hand over at different times, so the pulls of `later` may be the earlier ones.
    """
    if before is None:
        return later
    interval = max(0, later.at - before.at) / later.count
    weight = 1.0 if before.count == 1 else 1 - (1 - _WEIGHT) ** later.count
    return replace(
        later if later.at >= before.at else before,
        first_at=min(before.first_at, later.first_at),
        count=before.count + later.count,
        every=round(before.every + weight * (interval - before.every)),
    )


def kept(pulls: Iterable[Pull], now: int | None = None) -> list[Pull]:
    """The records to keep at that time, the latest last; without one, as many as are kept at any."""
    known = sorted(pulls, key=lambda pull: pull.at)[-KEPT_PULLS:]
    return known if now is None else [pull for pull in known if now - pull.at <= KEPT_PULL_SECONDS]

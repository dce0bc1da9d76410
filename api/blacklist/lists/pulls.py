"""The pull log: which consumer took which list and generation, when, and who has stopped coming.

It is of one process, in memory, and begins anew with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from blacklist.lists.devices import DEVICES, fits

KEPT = 1_000  # lists that consumers take
LATE = 3.0  # times as long as usual without a pull: the consumer has stopped coming
PATIENCE = 300.0  # seconds that are never late
_WEIGHT = 0.2  # of the last interval in the usual one


class Taken(NamedTuple):
    """Who takes what: a key's id, or an address where no key is needed; the list with its format; its parameters."""

    consumer: str
    list: str
    query: str


@dataclass(frozen=True, slots=True)
class Pull:
    """The last time that a consumer took a list, and the times before.

    Times are Unix seconds; `every` is the usual time between two, 0 while there was but one; `sent` tells whether the
    list went out, or only that it had not changed.
    """

    taken: Taken
    device: str
    generation: int
    entries: int
    sent: bool
    first_at: float
    at: float
    count: int = 1
    every: float = 0.0

    def late(self, now: float) -> bool:
        """Whether it has stayed away for much longer than usual."""
        return self.count > 1 and now - self.at > max(LATE * self.every, PATIENCE)


class Budget(NamedTuple):
    """How much of a device's limit the lists take that it comes for. `state` is `fits`, `near` or `outgrown`."""

    consumer: str
    device: str
    entries: int
    limit: int
    state: str


class PullLog:
    """The last pulls, the latest at the end."""

    def __init__(self) -> None:
        self._pulls: dict[Taken, Pull] = {}
        self.total = 0
        """How many there were in all."""

    def __iter__(self) -> Iterator[Pull]:
        return iter(tuple(self._pulls.values()))

    def add(self, pull: Pull) -> None:
        """Notes a pull. Of more than KEPT, the one that is longest ago is forgotten."""
        self.total += 1
        before = self._pulls.pop(pull.taken, None)
        if before is not None:
            passed = max(0.0, pull.at - before.at)
            every = passed if before.count == 1 else before.every + _WEIGHT * (passed - before.every)
            pull = replace(pull, first_at=before.first_at, count=before.count + 1, every=every)
        elif len(self._pulls) >= KEPT:
            del self._pulls[next(iter(self._pulls))]
        self._pulls[pull.taken] = pull

    def budgets(self, now: float) -> list[Budget]:
        """What each device takes of its limit: all the lists of its consumer, but those that it no longer comes for."""
        current = [pull for pull in self._pulls.values() if not pull.late(now)]
        budgets = []
        for consumer, device in sorted({(pull.taken.consumer, pull.device) for pull in current if pull.device}):
            counts = [
                pull.entries for pull in current if pull.taken.consumer == consumer and pull.device in {"", device}
            ]
            limit = DEVICES[device]
            taken = sum(counts) if limit.together else max(counts)
            budgets.append(Budget(consumer, device, taken, limit.entries, fits(taken, limit)))
        return budgets

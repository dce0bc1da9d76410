"""The pull log of a server: what the store knew last, of all servers, and what this one has seen since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from blacklist.lists.devices import DEVICES, fits
from blacklist.store.pulls import KEPT_PULLS, Pull, Taken, kept, merge


class Budget(NamedTuple):
    """How much of a device's limit the lists take that it comes for. `state` is `fits`, `near` or `outgrown`."""

    consumer: str
    device: str
    entries: int
    limit: int
    state: str


class PullLog:
    """The last pulls. Handing them over to the store: `take`, write, then `know` or, if that failed, `put_back`."""

    def __init__(self) -> None:
        self._known: dict[Taken, Pull] = {}
        self._leaving: dict[Taken, Pull] = {}
        self._fresh: dict[Taken, Pull] = {}
        self.total = 0
        """How many this server has seen in all."""

    def __iter__(self) -> Iterator[Pull]:
        """One record for each list that a consumer takes, the latest last."""
        return iter(kept(_together(self._known, self._leaving, self._fresh).values()))

    def add(self, pull: Pull) -> None:
        """Notes a pull. Of more than KEPT_PULLS, the one that is longest ago is forgotten."""
        self.total += 1
        before = self._fresh.pop(pull.taken, None)
        if before is None and len(self._fresh) >= KEPT_PULLS:
            del self._fresh[next(iter(self._fresh))]
        self._fresh[pull.taken] = merge(before, pull)

    def take(self) -> Sequence[Pull]:
        """What the store does not know yet."""
        self._leaving, self._fresh = _together(self._leaving, self._fresh), {}
        return tuple(self._leaving.values())

    def know(self, stored: Sequence[Pull]) -> None:
        """What the store knows, now that it has what was taken."""
        self._known, self._leaving = {pull.taken: pull for pull in stored}, {}

    def put_back(self) -> None:
        """What was taken did not reach the store."""
        self._leaving, self._fresh = {}, _together(self._leaving, self._fresh)

    def budgets(self, now: float) -> list[Budget]:
        """What each device takes of its limit: all the lists of its consumer, but those that it no longer comes for."""
        current = [pull for pull in self if not pull.late(now)]
        budgets = []
        for consumer, device in sorted({(pull.taken.consumer, pull.device) for pull in current}):
            limit = DEVICES.get(device)  # the server that noted it may know other devices
            if limit is None:
                continue
            counts = [
                pull.entries for pull in current if pull.taken.consumer == consumer and pull.device in {"", device}
            ]
            taken = sum(counts) if limit.together else max(counts)
            budgets.append(Budget(consumer, device, taken, limit.entries, fits(taken, limit)))
        return budgets


def _together(*parts: dict[Taken, Pull]) -> dict[Taken, Pull]:
    """The records of several parts, of which each was noted after the one before."""
    whole: dict[Taken, Pull] = {}
    for part in parts:
        for taken, pull in part.items():
            whole[taken] = merge(whole.get(taken), pull)
    return whole

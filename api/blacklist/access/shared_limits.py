"""Rate limits that servers share: each answers from memory, and tells the others each second what was taken.

What is shared of a caller is one number, the moment at which all that was taken anywhere will have been earned back. So
a caller that goes to many servers may have a second's worth from each beyond its quota, and no more. While the store is
away each server limits by itself; what was taken meanwhile is forgiven at the others.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from blacklist.access.limits import KEPT, Buckets, Limits
from blacklist.settings import Quota

MOST = 1_000  # callers of whom a server tells at once: those who took most


class SharedBuckets(Buckets):
    """Quotas in memory, and a note of what was taken since it was last told."""

    __slots__ = ("_taken",)

    def __init__(self, name: str, quota: Quota, kept: int = KEPT) -> None:
        super().__init__(name, quota, kept)
        self._taken: dict[Hashable, int] = {}

    def take(self, caller: Hashable, cost: int, now: float) -> float:
        """See Limiter."""
        owed = super().take(caller, cost, now)
        if owed <= self._most:
            self._taken[caller] = self._taken.get(caller, 0) + cost
        return owed

    def told(self) -> Mapping[Hashable, int]:
        """What was taken since the last time, by caller."""
        taken, self._taken = self._taken, {}
        if len(taken) <= MOST:
            return taken
        return dict(sorted(taken.items(), key=lambda item: -item[1])[:MOST])

    def owe(self, caller: Hashable, seconds: float, now: float) -> None:
        """The caller owes so much of its time, by what all servers know; it may owe more by what this one does."""
        self._younger[caller] = max(self._recall(caller), now + min(seconds, 2 * self._window))


def shared_limits(key: Quota | None, address: Quota | None) -> Limits:
    """Limits whose spending can be told to other servers."""
    return Limits(SharedBuckets("key", key) if key else None, SharedBuckets("address", address) if address else None)


def shared_buckets(limits: Limits) -> list[SharedBuckets]:
    """Those of the limits that other servers are told of."""
    return [one for one in (limits.key, limits.address) if isinstance(one, SharedBuckets)]


def caller_text(caller: Hashable) -> str:
    """One text for each caller: the id of a key, or the version and value of an address."""
    return "-".join(map(str, caller)) if isinstance(caller, tuple) else str(caller)

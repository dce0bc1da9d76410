"""Rate limits: how much a caller may ask for, kept in this process.

The generic cell rate algorithm (ITU-T I.371) as a virtual schedule: a caller has one number, the moment at which all it
took will have been earned back. So a look costs a dictionary access and some arithmetic; a library that keeps windows
costs a lookup a third of its time.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol

from blacklist.settings import Quota

ROUNDING = 1e-6  # seconds that a sum may be off
REMEMBERED = 256  # callers who were refused
LATELY = 600.0  # seconds
KEPT = 8192  # callers of each half; about 100 bytes each


class Limiter(Protocol):
    """What takes from callers' quotas. One shared by replicas keeps the same promises: it answers from memory, and
    tells its fellows what was taken afterwards (`charge` is how it hears from them).
    """

    name: str  # as callers are told it
    quota: Quota

    def __hash__(self) -> int: ...

    def take(self, caller: Hashable, cost: int, now: float) -> float:
        """Takes so many units: the seconds until all the caller took are earned back. When that would be more than the
        quota's, nothing is taken.
        """

    def charge(self, caller: Hashable, cost: int, now: float) -> None:
        """Takes so many units, there or not: what was spent elsewhere."""


class Buckets:
    """Quotas kept in memory. `now` is in seconds of any clock that never goes back.

    Bounded without a scan: callers stand in two halves, and when the younger one is full it becomes the older, whose
    callers are forgotten unless they came meanwhile. Who is forgotten begins with a whole quota.
    """

    __slots__ = ("_every", "_kept", "_most", "_older", "_units", "_window", "_younger", "name", "quota")

    def __init__(self, name: str, quota: Quota, kept: int = KEPT) -> None:
        self.name, self.quota = name, quota
        self._every = quota.seconds / quota.units
        self._units, self._window = quota.units, float(quota.seconds)
        self._most = quota.seconds + ROUNDING
        self._kept = kept
        self._younger: dict[Hashable, float] = {}
        self._older: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def take(self, caller: Hashable, cost: int, now: float) -> float:
        """See Limiter. What costs more than the whole quota costs the whole quota."""
        earned = self._younger.get(caller)
        if earned is None:
            earned = self._recall(caller)
        after = max(earned, now) + (cost * self._every if cost < self._units else self._window)
        owed = after - now
        if owed <= self._most:
            self._younger[caller] = after
        return owed

    def charge(self, caller: Hashable, cost: int, now: float) -> None:
        """See Limiter. Nobody owes more than one quota, so that nobody is shut out for longer than its time."""
        earned = max(self._recall(caller), now) + cost * self._every
        self._younger[caller] = min(earned, now + 2 * self._window)

    def _recall(self, caller: Hashable) -> float:
        earned = self._younger.get(caller)
        if earned is not None:
            return earned
        if len(self._younger) >= self._kept:
            self._older, self._younger = self._younger, {}
        return self._older.get(caller, 0.0)


@dataclass(frozen=True, slots=True)
class Refused:
    """A caller whose quota was spent: of what, how often it was refused, and when last, in Unix seconds.

    How often begins anew after LATELY without a refusal.
    """

    quota: str
    caller: Hashable
    times: int
    last: float


class Refusals:
    """Who was refused lately, for want of quota: for the live page alone, never for a label.

    Bounded: who was refused longest ago makes room.
    """

    __slots__ = ("_kept", "_lately")

    def __init__(self, kept: int = REMEMBERED) -> None:
        self._kept = kept
        self._lately: dict[tuple[str, Hashable], Refused] = {}  # the last one at the end

    def add(self, quota: str, caller: Hashable, now: float) -> None:
        """Counts one refusal at `now`, in Unix seconds."""
        before = self._lately.pop((quota, caller), None)
        times = 0 if before is None or now - before.last > LATELY else before.times
        if len(self._lately) >= self._kept:
            del self._lately[next(iter(self._lately))]
        self._lately[quota, caller] = Refused(quota, caller, times + 1, now)

    def top(self, most: int, now: float) -> list[Refused]:
        """Those refused within LATELY before `now`, who was refused most often first."""
        lately = [one for one in self._lately.values() if now - one.last <= LATELY]
        return sorted(lately, key=lambda one: (-one.times, -one.last))[:most]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limiters of a process: of keys, and of addresses that send no valid one. None does not limit."""

    key: Limiter | None = None
    address: Limiter | None = None
    refusals: Refusals = field(default_factory=Refusals)


def local_limits(key: Quota | None, address: Quota | None) -> Limits:
    """Limits that this process keeps by itself."""
    return Limits(Buckets("key", key) if key else None, Buckets("address", address) if address else None)

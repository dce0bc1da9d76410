"""The index: the verdict on an address, from a snapshot."""

from __future__ import annotations

from typing import NamedTuple

from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed, Listing
from blacklist.core.snapshot import Snapshot


class Match(NamedTuple):
    """A prefix that covers the address: its length in bits, and the number of the record that says so."""

    length: int
    record: int


class Verdict(NamedTuple):
    """What is known of an address: live listings, longest prefix first, and the allowlist entry that wins, if any."""

    version: int
    value: int
    matches: tuple[Match, ...]
    allowed: Match | None

    @property
    def listed(self) -> bool:
        """Whether the address is listed and not allowed."""
        return self.allowed is None and bool(self.matches)


class Index:
    """Answers lookups. Immutable: a new snapshot is a new index."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.generation = snapshot.head.generation
        self._listings = snapshot.listings
        self._allowlist = snapshot.allowlist

    def lookup(self, version: int, value: int, now: float) -> Verdict:
        """The verdict on an address at `now`, in Unix seconds."""
        listings = self._listings[version].covering(value)
        allowed = self._allowlist[version].covering(value)
        return Verdict(
            version,
            value,
            self._live(listings, now) if listings else (),
            next(iter(self._live(allowed, now)), None) if allowed else None,
        )

    def _live(self, covering: list[tuple[int, int]], now: float) -> tuple[Match, ...]:
        expires_at = self.snapshot.expires_at
        return tuple(
            Match(length, record)
            for length, number in covering
            for record in self.snapshot.members(number)
            if not 0 < expires_at[record] <= now
        )

    def listing(self, verdict: Verdict, match: Match) -> Listing:
        """One match of a verdict in full."""
        record = self.snapshot.record(match.record)
        return Listing(
            prefix(verdict.version, verdict.value, match.length),
            record.feed,
            record.category,
            record.confidence,
            record.country,
            record.reason,
            record.first_seen,
            record.last_seen,
            record.expires_at or None,
        )

    def allowance(self, verdict: Verdict) -> Allowed | None:
        """The allowlist entry of a verdict in full."""
        if verdict.allowed is None:
            return None
        record = self.snapshot.record(verdict.allowed.record)
        indicator = prefix(verdict.version, verdict.value, verdict.allowed.length)
        return Allowed(indicator, record.reason, record.first_seen, record.expires_at or None)


def prefix(version: int, value: int, length: int) -> Indicator:
    """The network of that prefix length around an address."""
    host = (32 if version == 4 else 128) - length
    return Indicator(version, value >> host << host, length)

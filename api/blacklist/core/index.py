"""The index: the verdict on an address, from a snapshot and the overlay on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from blacklist.core.busy import busy_places, is_busy, is_busy6
from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import EMPTY_OVERLAY, MANUAL, Overlay
from blacklist.core.snapshot import MANY, Record, Snapshot

Match = tuple[int, int]
"""A prefix that covers an address: its length in bits, and the number of the record that says so. A plain tuple, for a
verdict is made in every lookup."""


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
    """Answers lookups. Immutable: a new snapshot or overlay is a new index."""

    def __init__(self, snapshot: Snapshot, overlay: Overlay = EMPTY_OVERLAY) -> None:
        self.snapshot, self.overlay = snapshot, overlay
        self.generation = max(snapshot.head.generation, overlay.generation)
        self._listings = snapshot.listings
        self._allowlist = {version: table if len(table) else None for version, table in snapshot.allowlist.items()}
        self._records = len(snapshot)  # the overlay's records are numbered after the snapshot's
        self._overlaid = len(overlay) > 0
        self._expires_at = snapshot.expires_at
        self._busy, self._busy6 = snapshot.section("busy"), snapshot.section("busy6")

    def lookup(self, version: int, value: int, now: float) -> Verdict:
        """The verdict on an address at `now`, in Unix seconds."""
        if not self._overlaid and not (is_busy(self._busy, value) if version == 4 else is_busy6(self._busy6, value)):
            return Verdict(version, value, (), None)
        return self.look(version, value, now)

    def look(self, version: int, value: int, now: float) -> Verdict:
        """The verdict on an address that is known to be busy; on another one it is the same, and takes longer."""
        covering = self._listings[version].covering(value)
        listings = self._live(covering, now) if covering else ()
        allowlist = self._allowlist[version]
        allowed = () if allowlist is None else self._live(allowlist.covering(value), now)
        if self._overlaid:
            listings = self._merged(listings, MANUAL, self.overlay.listings(version, value), now)
            allowed = self._merged(allowed, "", self.overlay.allowed(version, value), now)
        return Verdict(version, value, listings, allowed[0] if allowed else None)

    def busy(self, packed: bytes) -> Sequence[int]:
        """The places of the IPv4 addresses, of four bytes each in network order, of which something may be said.

        Nothing is said of all the others.
        """
        return range(len(packed) // 4) if self._overlaid else busy_places(self._busy, packed)

    def record(self, number: int) -> Record:
        """The record of a match."""
        if number < self._records:
            return self.snapshot.record(number)
        return self.overlay.records[number - self._records]

    def _live(self, covering: list[tuple[int, int]], now: float) -> tuple[Match, ...]:
        expires_at = self._expires_at
        if len(covering) == 1 and covering[0][1] < MANY:  # nearly always
            return () if 0 < expires_at[covering[0][1]] <= now else (covering[0],)
        return tuple(
            (length, record)
            for length, number in covering
            for record in self.snapshot.members(number)
            if not 0 < expires_at[record] <= now
        )

    def _merged(
        self, matches: tuple[Match, ...], origin: str, changed: Iterator[tuple[int, int | None]], now: float
    ) -> tuple[Match, ...]:
        """The matches with the overlay's entries in the place of the snapshot's of the same origin and prefix."""
        changes = dict(changed)
        if not changes:
            return matches
        kept = [match for match in matches if match[0] not in changes or self.record(match[1]).feed != origin]
        for length, number in changes.items():
            if number is not None and not 0 < self.overlay.records[number].expires_at <= now:
                kept.append((length, self._records + number))
        return tuple(sorted(kept, key=lambda match: -match[0]))

    def listing(self, verdict: Verdict, match: Match) -> Listing:
        """One match of a verdict in full."""
        return self.listing_of(prefix(verdict.version, verdict.value, match[0]), match[1])

    def listing_of(self, indicator: Indicator, number: int) -> Listing:
        """The listing that a record says of an indicator."""
        record = self.record(number)
        return Listing(
            indicator,
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
        length, number = verdict.allowed
        record = self.record(number)
        indicator = prefix(verdict.version, verdict.value, length)
        return Allowed(indicator, record.reason, record.first_seen, record.expires_at or None, record.feed)


def prefix(version: int, value: int, length: int) -> Indicator:
    """The network of that prefix length around an address."""
    host = (32 if version == 4 else 128) - length
    return Indicator(version, value >> host << host, length)

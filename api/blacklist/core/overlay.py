"""The overlay: operators' changes since the snapshot, seen by lookups at once and folded in by the next snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.listing import Allowed, Listing
from blacklist.core.snapshot import Record

MANUAL = "manual"  # the feed of listings that operators make by hand


@dataclass(frozen=True, slots=True)
class Change:
    """One acknowledged change, at `at` in Unix seconds: what the indicator's entry is from `generation` on.

    `allowlist` tells whose entry: the allowlist's, else the manual listings'. An `entry` of None means that it is gone.
    """

    generation: int
    at: int
    indicator: Indicator
    allowlist: bool
    entry: Listing | Allowed | None


class Overlay:
    """Changes by indicator, the last one of each. Immutable: a further change is a further overlay.

    `records` are the entries in the shape that a snapshot's records have.
    """

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.generation = 0
        self.records: list[Record] = []
        last: dict[tuple[bool, Indicator], Change] = {}
        for change in changes:
            self.generation = max(self.generation, change.generation)
            last[change.allowlist, change.indicator] = change
        self._listings = self._table(change for change in last.values() if not change.allowlist)
        self._allowlist = self._table(change for change in last.values() if change.allowlist)

    def __len__(self) -> int:
        """How many indicators have an entry that differs from the snapshot's."""
        tables = (*self._listings.values(), *self._allowlist.values())
        return sum(len(starts) for table in tables for _, starts in table)

    def listings(self, version: int, value: int) -> Iterator[tuple[int, int | None]]:
        """Prefix length and number in `records` of each manual listing around an address; None where it is gone."""
        return _covering(self._listings[version], version, value)

    def allowed(self, version: int, value: int) -> Iterator[tuple[int, int | None]]:
        """The same of the allowlist."""
        return _covering(self._allowlist[version], version, value)

    def _table(self, changes: Iterable[Change]) -> dict[int, list[tuple[int, dict[int, int | None]]]]:
        tables: dict[int, dict[int, dict[int, int | None]]] = {version: {} for version in WIDTH}
        for change in changes:
            version, start, length = change.indicator
            number = None
            if change.entry is not None:
                number = len(self.records)
                self.records.append(_record(change.entry))
            tables[version].setdefault(length, {})[start] = number
        return {version: list(table.items()) for version, table in tables.items()}


def _covering(
    table: list[tuple[int, dict[int, int | None]]], version: int, value: int
) -> Iterator[tuple[int, int | None]]:
    width = WIDTH[version]
    for length, starts in table:
        start = value >> width - length << width - length
        if start in starts:
            yield length, starts[start]


def _record(entry: Listing | Allowed) -> Record:
    if isinstance(entry, Allowed):
        return Record(entry.origin, "", 0, "", entry.reason, entry.added_at, entry.added_at, entry.expires_at or 0)
    return Record(
        entry.feed,
        entry.category,
        entry.confidence,
        entry.country,
        entry.reason,
        entry.first_seen,
        entry.last_seen,
        entry.expires_at or 0,
    )


EMPTY_OVERLAY = Overlay()

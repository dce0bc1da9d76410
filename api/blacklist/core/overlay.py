"""The overlay: operators' changes since the snapshot, seen by lookups at once and folded in by the next snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.listing import Allowed, Listing
from blacklist.core.snapshot import Record

MANUAL = "manual"  # the feed of listings that operators make by hand
OPERATOR = "operator"  # its category


@dataclass(frozen=True, slots=True)
class Edit:
    """What an operator wants an indicator's entry to be: on the allowlist, else among the manual listings.

    An `entry` of None removes it.
    """

    indicator: Indicator
    allowlist: bool
    entry: Listing | Allowed | None


@dataclass(frozen=True, slots=True)
class Change:
    """An acknowledged edit: it holds from `generation` on."""

    generation: int
    edit: Edit


class Overlay:
    """Changes by indicator, the last one of each. Immutable: a further change is a further overlay.

    `records` are the entries in the shape that a snapshot's records have; `manual` are the listings that were made or
    changed, `unlisted` the indicators whose manual listing was removed.
    """

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.generation = 0
        self.records: list[Record] = []
        last: dict[tuple[bool, Indicator], Edit] = {}
        for change in changes:
            self.generation = max(self.generation, change.generation)
            last[change.edit.allowlist, change.edit.indicator] = change.edit
        self.manual = {edit.indicator: edit.entry for edit in last.values() if isinstance(edit.entry, Listing)}
        self.unlisted = {edit.indicator for edit in last.values() if not edit.allowlist and edit.entry is None}
        self._listings = self._table(edit for edit in last.values() if not edit.allowlist)
        self._allowlist = self._table(edit for edit in last.values() if edit.allowlist)

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

    def _table(self, edits: Iterable[Edit]) -> dict[int, list[tuple[int, dict[int, int | None]]]]:
        tables: dict[int, dict[int, dict[int, int | None]]] = {version: {} for version in WIDTH}
        for edit in edits:
            version, start, length = edit.indicator
            number = None
            if edit.entry is not None:
                number = len(self.records)
                self.records.append(_record(edit.entry))
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

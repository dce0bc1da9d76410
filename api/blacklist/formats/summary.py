"""What all the listings of one network come to, for formats that have one line for each network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record

T = TypeVar("T")
_KEPT = 4096


class Summary(NamedTuple):
    """The most confident listing's category, confidence, country and reason; every feed and category, in order; from
    the first to the last time seen; `expires_at` is when the last one does, 0 for never."""

    feeds: tuple[str, ...]
    categories: tuple[str, ...]
    category: str
    confidence: int
    country: str
    reason: str
    first_seen: int
    last_seen: int
    expires_at: int


def summarise(records: list[Record]) -> Summary:
    """The summary of one or more listings. Of equally confident ones, the first in order of the feeds' names tells."""
    best = min(records, key=lambda record: (-record.confidence, record.feed, record.category))
    expiries = [record.expires_at for record in records]
    return Summary(
        tuple(sorted({record.feed for record in records})),
        tuple(sorted({record.category for record in records})),
        best.category,
        best.confidence,
        best.country,
        best.reason or next((record.reason for record in records if record.reason), ""),
        min(record.first_seen for record in records),
        max(record.last_seen for record in records),
        max(expiries) if all(expiries) else 0,
    )


class Told(Generic[T]):
    """What a format makes of a network's records, made once for the many networks that share them."""

    def __init__(self, selection: Selection, tell: Callable[[list[Record]], T]) -> None:
        self._selection, self._tell = selection, tell
        self._known: dict[tuple[int, ...], T] = {}

    def __call__(self, records: tuple[int, ...]) -> T:
        known = self._known.get(records)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[records] = self._tell([self._selection.record(number) for number in records])
        return known

"""Ranking: which entries a list keeps when it may hold only so many."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from blacklist.core.snapshot import Snapshot

T = TypeVar("T")
KEPT_SETS = 1 << 15  # sets of records of which something is remembered: nearly all share a few
_CONFIDENCE, _FEEDS = 48, 32  # bits to the left of a rank's parts; 32 bits of last_seen to the right


class Ranking:
    """Ranks the records of a snapshot: the highest confidence, then the number of feeds, then the last time seen."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._feed, self._confidence = snapshot.column("feed"), snapshot.column("confidence")
        self._last_seen = snapshot.column("last_seen")
        self._sets: dict[tuple[int, ...], int] = {}

    def of(self, records: tuple[int, ...]) -> int:
        """The rank of an entry with these records, as one integer: the higher, the better."""
        if len(records) == 1:
            return self._confidence[records[0]] << _CONFIDENCE | 1 << _FEEDS | self._last_seen[records[0]]
        rank = self._sets.get(records)
        if rank is None:
            if len(self._sets) >= KEPT_SETS:
                self._sets.clear()
            confidence = max(self._confidence[record] for record in records)
            feeds = len({self._feed[record] for record in records})
            last_seen = max(self._last_seen[record] for record in records)
            rank = self._sets[records] = confidence << _CONFIDENCE | feeds << _FEEDS | last_seen
        return rank


class Cut(NamedTuple):
    """What of a family is kept: all ranks above `rank`, and the first `ties` of exactly that rank."""

    rank: int
    ties: int


def cuts(ranks: Mapping[int, Iterable[int]], limit: int) -> dict[int, Cut]:
    """What to keep of each family, so that `limit` of all remain: the best, ties broken by address, IPv4 first."""
    columns = {version: array("Q", column) for version, column in ranks.items()}
    total = sum(map(len, columns.values()))
    if total <= limit:
        return {version: Cut(-1, 0) for version in columns}
    order = array("Q")
    for column in columns.values():
        order.extend(column)
    lowest = sorted(order)[total - limit]
    ties = limit - sum(rank > lowest for rank in order)
    kept = {}
    for version, column in columns.items():
        mine = min(ties, column.count(lowest))
        kept[version] = Cut(lowest, mine)
        ties -= mine
    return kept


def keep(ranked: Iterable[tuple[T, int]], cut: Cut) -> Iterator[T]:
    """What the cut leaves, in the order it comes."""
    ties = cut.ties
    for item, rank in ranked:
        if rank > cut.rank:
            yield item
        elif rank == cut.rank and ties:
            ties -= 1
            yield item

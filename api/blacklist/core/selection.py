"""What a list holds: the networks of a feed, a category or all, less the allowlist, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from blacklist.core.aggregate import aggregate, disjoint
from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.ranking import KEPT_SETS, Cut, Ranking, cuts, keep
from blacklist.core.snapshot import MANY, Record, Snapshot
from blacklist.core.subtraction import Entry, subtract


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked of a list.

    `name` is `all`, a feed or a category; only listings of `min_confidence` (0 to 100) or more, and of `category` when
    it is not empty; `family` of 0 means both; `max_entries` of 0 means all of them, else the best-ranked; `aggregate`
    asks for the fewest networks that cover the same addresses.
    """

    name: str = "all"
    min_confidence: int = 0
    category: str = ""
    family: int = 0
    max_entries: int = 0
    aggregate: bool = False


def list_names(snapshot: Snapshot) -> frozenset[str]:
    """Every list there is: `all`, the feeds and the categories."""
    return frozenset({"all", *(feed["name"] for feed in snapshot.meta["feeds"])}) | category_names(snapshot)


def category_names(snapshot: Snapshot) -> frozenset[str]:
    """Every category there is: of a feed, or of a listing that has its own."""
    own: Iterable[str] = snapshot.meta.get("categories", ())
    return frozenset({*own, *(feed["category"] for feed in snapshot.meta["feeds"])})


def select(snapshot: Snapshot, name: str, now: float) -> Iterator[Indicator]:
    """The networks of a whole list at `now`, sorted. See Selection."""
    selection = Selection(snapshot, Criteria(name), now)
    return chain.from_iterable(map(selection.networks, selection.families))


class Selection:
    """The networks that meet the criteria at `now`: sorted, each once, allowed addresses cut out of those around them.

    Nothing is kept: each iteration reads the snapshot again, and gives the same. With `disjoint`, networks inside
    others are left out, for consumers that refuse an overlap; the addresses are the same.
    """

    def __init__(self, snapshot: Snapshot, criteria: Criteria, now: float, *, disjoint: bool = False) -> None:
        self.criteria, self._snapshot, self._now, self._apart = criteria, snapshot, now, disjoint
        self.families = (criteria.family,) if criteria.family else tuple(WIDTH)
        self._wanted = self._wanted_records()
        self._sets: dict[int, tuple[int, ...]] = {}
        self._ranking = Ranking(snapshot)

    @property
    def generation(self) -> int:
        """The generation of the snapshot."""
        return self._snapshot.head.generation

    @property
    def compiled_at(self) -> int:
        """When the snapshot was compiled, in Unix seconds."""
        return self._snapshot.head.compiled_at

    @property
    def categories(self) -> list[str]:
        """Every category there is, in order, not only those of this list."""
        return sorted(category_names(self._snapshot))

    def record(self, number: int) -> Record:
        """One record, with its texts."""
        return self._snapshot.record(number)

    def networks(self, version: int) -> Iterator[Indicator]:
        """The networks of one family."""
        if version not in self.families:
            return iter(())
        if self.criteria.aggregate:
            ranked = self._aggregated(version)
            return keep(ranked, self._cuts[version]) if self.criteria.max_entries else (pair[0] for pair in ranked)
        networks = (entry[0] for entry in self.entries(version))
        return disjoint(networks) if self._apart else networks

    def entries(self, version: int) -> Iterator[Entry]:
        """The networks of one family with the records that say so. Not for an aggregate, which no record speaks of."""
        if version not in self.families:
            return iter(())
        entries = self._entries(version)
        if not self.criteria.max_entries:
            return entries
        rank = self._ranking.of
        return keep(((entry, rank(entry[1])) for entry in entries), self._cuts[version])

    @cached_property
    def _cuts(self) -> dict[int, Cut]:
        ranks: dict[int, Iterator[int]] = {}
        for version in self.families:
            if self.criteria.aggregate:
                ranks[version] = (rank for _, rank in self._aggregated(version))
            else:
                ranks[version] = map(self._ranking.of, (entry[1] for entry in self._entries(version)))
        return cuts(ranks, self.criteria.max_entries)

    def _aggregated(self, version: int) -> Iterator[tuple[Indicator, int]]:
        rank = self._ranking.of
        return aggregate((network, rank(records)) for network, records in self._entries(version))

    def _entries(self, version: int) -> Iterator[Entry]:
        return subtract(self._listed(version), self._allowed(version))

    def _listed(self, version: int) -> Iterator[Entry]:
        wanted = self._wanted
        for network, number in self._snapshot.listings[version]:
            if number < MANY:
                if wanted[number]:
                    yield network, (number,)
            elif records := self._members(number):
                yield network, records

    def _members(self, number: int) -> tuple[int, ...]:
        """The wanted records of a set."""
        known = self._sets.get(number)
        if known is None:
            if len(self._sets) >= KEPT_SETS:
                self._sets.clear()
            members = self._snapshot.members(number)
            known = self._sets[number] = tuple(record for record in members if self._wanted[record])
        return known

    def _allowed(self, version: int) -> Iterator[Indicator]:
        snapshot = self._snapshot
        for network, number in snapshot.allowlist[version]:
            if any(not 0 < snapshot.expires_at[record] <= self._now for record in snapshot.members(number)):
                yield network

    def _wanted_records(self) -> bytearray:
        """A byte for each record: whether it meets the criteria."""
        snapshot, criteria, now = self._snapshot, self.criteria, self._now
        feeds, categories = snapshot.column("feed"), snapshot.column("category")
        named_feeds = {number for number in set(feeds) if snapshot.text(number) == criteria.name}
        named = {number for number in set(categories) if snapshot.text(number) == criteria.name}
        within = {number for number in set(categories) if snapshot.text(number) == criteria.category}
        columns = zip(feeds, categories, snapshot.column("confidence"), snapshot.expires_at, strict=True)
        return bytearray(
            confidence >= criteria.min_confidence
            and not 0 < expires_at <= now
            and (criteria.name == "all" or feed in named_feeds or category in named)
            and (not criteria.category or category in within)
            for feed, category, confidence, expires_at in columns
        )

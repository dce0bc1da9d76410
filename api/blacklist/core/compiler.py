"""Compiles feeds and the allowlist into the bytes of one snapshot. `core/snapshot.py` describes and reads them."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, permutations
from typing import NamedTuple

from blacklist.core.busy import busy6_bits, busy_bits
from blacklist.core.difference import extend_log
from blacklist.core.generation import LENGTH_BITS, Generation, to_key
from blacklist.core.indicator import WIDTH
from blacklist.core.listing import Allowed, Facts
from blacklist.core.snapshot import MANY, RECORD_COLUMNS, Snapshot, pack
from blacklist.core.table import build_columns

KEPT_DAYS = 400
ALLOWLIST = "allowlist"  # the role of a feed
PROTECTED = "protected"  # the origin of what the settings allow
_RECORD_BITS = 26  # with the 38 bits of an IPv4 key, a row fits 64 bits
_RECORD_MASK = (1 << _RECORD_BITS) - 1


class CompiledFeed(NamedTuple):
    """One feed as it enters a snapshot.

    `seen_at` is when its content was last confirmed, in Unix seconds; `ttl` how long after they were last seen its
    listings expire, in seconds (0: never). What a feed with the role allowlist names wins over every listing.
    """

    name: str
    category: str
    seen_at: int
    generation: Generation
    role: str = "blocklist"
    ttl: int = 0

    def facts(self) -> Iterator[Facts]:
        """The facts of its generation as they hold in a snapshot."""
        for facts in self.generation.facts:
            expires_at = facts.expires_at
            if self.ttl:
                end = (facts.last_seen or self.seen_at) + self.ttl
                expires_at = min(expires_at, end) if expires_at else end
            if self.role == ALLOWLIST:
                reason = f"{self.name}: {facts.reason}" if facts.reason else self.name
                yield Facts("", 0, "", reason, facts.first_seen, facts.last_seen, expires_at)
            else:
                yield facts._replace(category=facts.category or self.category, expires_at=expires_at)

    def rows(self, version: int, first: int, now: int) -> Iterator[int]:
        """Key and record of each entry that has not expired, in one integer; `first` is its first record's number."""
        pairs = zip(self.generation.keys[version], self.generation.fact_ids[version], strict=True)
        expired = {number for number, facts in enumerate(self.facts()) if 0 < facts.expires_at <= now}
        if expired:
            return (key << _RECORD_BITS | first + number for key, number in pairs if number not in expired)
        return (key << _RECORD_BITS | first + number for key, number in pairs)


def compile_snapshot(
    feeds: Sequence[CompiledFeed],
    allowlist: Sequence[Allowed],
    *,
    generation: int,
    now: int,
    previous: Snapshot | None = None,
) -> list[bytes]:
    """The parts of a snapshot file, to be written in order. What has expired at `now` is left out.

    The logs of changes and of growth go on from the `previous` snapshot.
    """
    writer = _Records()
    tables: dict[str, array[int]] = {}
    listing = [(feed, writer.add_feed(feed)) for feed in feeds if feed.role != ALLOWLIST]
    allowing = [(feed, writer.add_feed(feed)) for feed in feeds if feed.role == ALLOWLIST]
    by_record: Counter[int] = Counter()
    families = {}
    for version in WIDTH:
        rows: list[int] = []
        for feed, first in listing:
            rows += feed.rows(version, first, now)
        rows.sort()
        by_record.update(row & _RECORD_MASK for row in rows)
        families[f"v{version}"] = len(rows)
        _add_table(tables, f"l{version}", version, writer.grouped(rows))
    overlap = writer.overlap()
    first = writer.add_allowlist(allowlist)
    for version in WIDTH:
        rows = [
            to_key(entry.indicator) << _RECORD_BITS | first + number
            for number, entry in enumerate(allowlist)
            if entry.indicator.version == version and (entry.expires_at is None or entry.expires_at > now)
        ]
        for feed, number in allowing:
            rows += feed.rows(version, number, now)
        rows.sort()
        _add_table(tables, f"a{version}", version, writer.grouped(rows))
    meta = {
        "feeds": [_described(feed) for feed, _ in listing],
        "allowlists": [_described(feed) for feed, _ in allowing],
        "listings": by_record.total(),
        "families": families,
        "categories": writer.totals("category", by_record),
        "countries": writer.totals("country", by_record),
        "overlap": overlap,
        "growth": _growth([] if previous is None else previous.meta["growth"], now, by_record.total()),
        "protected": [str(entry.indicator) for entry in allowlist if entry.origin == PROTECTED],
        "changes": [],
    }
    sections = {name: column.tobytes() for name, column in (tables | writer.columns()).items()}
    sections |= {"strings": b"".join(writer.texts), "changes": b"", "meta": json.dumps(meta).encode()}
    sections |= _busy(tables)
    parts = pack(sections, generation=generation, compiled_at=now)
    if previous is None:
        return parts
    meta["changes"], sections["changes"] = extend_log(previous, Snapshot(b"".join(parts)))
    sections["meta"] = json.dumps(meta).encode()
    return pack(sections, generation=generation, compiled_at=now)


def _busy(tables: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
    """The sections of busy bits, of listings and allowlist together."""
    hosts = chain.from_iterable(tables[f"{name}.hosts"] for name in ("l4", "a4"))
    networks = chain.from_iterable(
        zip(tables[f"{name}.nets"], tables[f"{name}.lens"], strict=True) for name in ("l4", "a4")
    )
    return {"busy": bytes(busy_bits(hosts, networks)), "busy6": bytes(busy6_bits(_networks6(tables)))}


def _networks6(tables: Mapping[str, Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Each /32 that holds an IPv6 address once, and every network wider than that."""
    highs = {high >> 32 for name in ("l6", "a6") for high in tables[f"{name}.hosts.hi"]}
    yield from ((high << 96, 32) for high in highs)
    for name in ("l6", "a6"):
        pairs = zip(tables[f"{name}.nets.hi"], tables[f"{name}.lens"], strict=True)
        yield from ((high << 64, length) for high, length in pairs)


def _described(feed: CompiledFeed) -> dict[str, object]:
    return {
        "name": feed.name,
        "category": feed.category,
        "seen_at": feed.seen_at,
        "ttl": feed.ttl,
        "entries": len(feed.generation),
    }


def _growth(before: Sequence[dict[str, object]], now: int, listings: int) -> list[dict[str, object]]:
    """How many listings there were at the end of each day (UTC), today so far included."""
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    return [*(day for day in before if day["day"] != today), {"day": today, "listings": listings}][-KEPT_DAYS:]


def _add_table(tables: dict[str, array[int]], name: str, version: int, groups: Iterable[tuple[int, int]]) -> None:
    bits = LENGTH_BITS[version]
    mask = (1 << bits) - 1
    columns = build_columns(version, ((key >> bits, key & mask, number) for key, number in groups))
    tables.update({f"{name}.{column}": values for column, values in columns.items()})


class _Records:
    """The records of a snapshot: who says what, each once, and the sets of records of indicators that have several."""

    def __init__(self) -> None:
        self.texts: list[bytes] = [b""]
        self._text_numbers = {"": 0}
        self._records = {name: array(code) for name, code in RECORD_COLUMNS.items()}
        self._sets: dict[tuple[int, ...], int] = {}
        self._set_uses: Counter[tuple[int, ...]] = Counter()

    def add_feed(self, feed: CompiledFeed) -> int:
        """Adds a record for each of the feed's facts; the number of the first."""
        first = len(self._records["feed"])
        for facts in feed.facts():
            self._add(feed.name, facts, feed.seen_at)
        return first

    def add_allowlist(self, allowlist: Sequence[Allowed]) -> int:
        """Adds a record for each entry; the number of the first."""
        first = len(self._records["feed"])
        for entry in allowlist:
            facts = Facts("", 0, "", entry.reason, entry.added_at, entry.added_at, entry.expires_at or 0)
            self._add(entry.origin, facts, 0)
        return first

    def grouped(self, rows: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Each key once, with its record's number, or with MANY and the number of its set of records."""
        current, members = -1, []
        for row in rows:
            key = row >> _RECORD_BITS
            if key == current:
                members.append(row & _RECORD_MASK)
                continue
            if current >= 0:
                yield current, members[0] if len(members) == 1 else self._set(members)
            current, members = key, [row & _RECORD_MASK]
        if current >= 0:
            yield current, members[0] if len(members) == 1 else self._set(members)

    def totals(self, column: str, by_record: Mapping[int, int]) -> dict[str, int]:
        """How many listings there are of each text in a column of the records; those with none are left out."""
        totals: Counter[str] = Counter()
        for record, count in by_record.items():
            totals[self.texts[self._records[column][record]].decode()] += count
        totals.pop("", None)
        return dict(totals.most_common())

    def overlap(self) -> dict[str, dict[str, int]]:
        """How many indicators two feeds both list, for each pair that has some, both ways."""
        totals: dict[str, Counter[str]] = {}
        names = self._records["feed"]
        for group, uses in self._set_uses.items():
            feeds = sorted({self.texts[names[record]].decode() for record in group})
            for one, other in permutations(feeds, 2):
                totals.setdefault(one, Counter())[other] += uses
        return {name: dict(sorted(counts.items())) for name, counts in sorted(totals.items())}

    def columns(self) -> dict[str, array[int]]:
        """The columns of records, sets and string offsets, by section name."""
        columns = {f"r.{name}": values for name, values in self._records.items()}
        offsets, members = array("I", [0]), array("I")
        for group in self._sets:
            members.extend(group)
            offsets.append(len(members))
        columns["sets.offsets"], columns["sets.members"] = offsets, members
        places = array("I", [0])
        for text in self.texts:
            places.append(places[-1] + len(text))
        columns["strings.offsets"] = places
        return columns

    def _add(self, feed: str, facts: Facts, seen_at: int) -> None:
        values = {
            "feed": self._text(feed),
            "category": self._text(facts.category),
            "confidence": facts.confidence,
            "country": self._text(facts.country),
            "reason": self._text(facts.reason),
            "first_seen": facts.first_seen,
            "last_seen": facts.last_seen or seen_at,
            "expires_at": facts.expires_at,
        }
        for name, value in values.items():
            self._records[name].append(value)

    def _text(self, text: str) -> int:
        number = self._text_numbers.get(text)
        if number is None:
            number = self._text_numbers[text] = len(self.texts)
            self.texts.append(text.encode())
        return number

    def _set(self, members: list[int]) -> int:
        group = tuple(members)
        self._set_uses[group] += 1
        return MANY | self._sets.setdefault(group, len(self._sets))

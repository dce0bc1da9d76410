"""Compiles feeds and the allowlist into the bytes of one snapshot. `core/snapshot.py` describes and reads them."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from blacklist.core.generation import LENGTH_BITS, Generation, to_key
from blacklist.core.indicator import WIDTH
from blacklist.core.listing import Allowed, Facts
from blacklist.core.snapshot import MANY, RECORD_COLUMNS, pack
from blacklist.core.table import build_columns

_RECORD_BITS = 26  # with the 38 bits of an IPv4 key, a row fits 64 bits
_RECORD_MASK = (1 << _RECORD_BITS) - 1


class CompiledFeed(NamedTuple):
    """One feed as it enters a snapshot; `seen_at` is when its content was last confirmed, in Unix seconds."""

    name: str
    category: str
    seen_at: int
    generation: Generation


def compile_snapshot(
    feeds: Sequence[CompiledFeed],
    allowlist: Sequence[Allowed],
    *,
    generation: int,
    now: int,
    protected: Sequence[str] = (),
) -> list[bytes]:
    """The parts of a snapshot file, to be written in order. What has expired at `now` is left out.

    `protected` names the entries of the allowlist that come from the settings, so that a change of them shows.
    """
    writer = _Records()
    tables: dict[str, array[int]] = {}
    numbered = [(feed, writer.add_feed(feed)) for feed in feeds]
    listings = 0
    for version in WIDTH:
        rows: list[int] = []
        for feed, first in numbered:
            facts = feed.generation.facts
            expired = {number for number, fact in enumerate(facts) if 0 < fact.expires_at <= now}
            pairs = zip(feed.generation.keys[version], feed.generation.fact_ids[version], strict=True)
            if expired:
                pairs = ((key, number) for key, number in pairs if number not in expired)  # type: ignore[assignment]
            rows += [key << _RECORD_BITS | first + number for key, number in pairs]
        rows.sort()
        listings += len(rows)
        _add_table(tables, f"l{version}", version, writer.grouped(rows))
    first = writer.add_allowlist(allowlist)
    for version in WIDTH:
        rows = sorted(
            to_key(entry.indicator) << _RECORD_BITS | first + number
            for number, entry in enumerate(allowlist)
            if entry.indicator.version == version and (entry.expires_at is None or entry.expires_at > now)
        )
        _add_table(tables, f"a{version}", version, writer.grouped(rows))
    meta = {
        "feeds": [
            {"name": feed.name, "category": feed.category, "seen_at": feed.seen_at, "entries": len(feed.generation)}
            for feed in feeds
        ],
        "categories": sorted(writer.categories),
        "listings": listings,
        "protected": list(protected),
    }
    sections: dict[str, bytes] = {"meta": json.dumps(meta, ensure_ascii=False).encode()}
    sections |= {name: column.tobytes() for name, column in (tables | writer.columns()).items()}
    sections["strings"] = b"".join(writer.texts)
    return pack(sections, generation=generation, compiled_at=now)


def _add_table(tables: dict[str, array[int]], name: str, version: int, groups: Iterable[tuple[int, int]]) -> None:
    bits = LENGTH_BITS[version]
    mask = (1 << bits) - 1
    columns = build_columns(version, ((key >> bits, key & mask, number) for key, number in groups))
    tables.update({f"{name}.{column}": values for column, values in columns.items()})


class _Records:
    """The records of a snapshot: who says what, each once, and the sets of records of indicators that have several."""

    def __init__(self) -> None:
        self.texts: list[bytes] = [b""]
        self.categories: set[str] = set()
        self._text_numbers = {"": 0}
        self._records = {name: array(code) for name, code in RECORD_COLUMNS.items()}
        self._sets: dict[tuple[int, ...], int] = {}

    def add_feed(self, feed: CompiledFeed) -> int:
        """Adds a record for each of the feed's facts; the number of the first."""
        first = len(self._records["feed"])
        for facts in feed.generation.facts:
            category = facts.category or feed.category
            self.categories.add(category)
            self._add(feed.name, facts._replace(category=category), feed.seen_at)
        return first

    def add_allowlist(self, allowlist: Sequence[Allowed]) -> int:
        """Adds a record for each entry; the number of the first."""
        first = len(self._records["feed"])
        for entry in allowlist:
            facts = Facts("", 0, "", entry.reason, entry.added_at, entry.added_at, entry.expires_at or 0)
            self._add("", facts, 0)
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
        return MANY | self._sets.setdefault(tuple(members), len(self._sets))

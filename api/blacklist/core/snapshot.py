"""The snapshot: one immutable, versioned, checksummed file that lookups read in place.

Layout, little-endian: a head (magic, format, counts, generation, time, length, SHA-256), a table of named sections,
then the sections, each on an 8-byte boundary. The digest covers everything but itself. Sections are columns: a table of
prefixes for each family of listings (`l4`, `l6`) and of the allowlist (`a4`, `a6`), records (`r.*`: who says what,
interned, so that a listing costs its address and four bytes), sets of records for indicators with several, strings,
`changes` (what changed from snapshot to snapshot before), `busy` (which /24s hold anything), and `meta`, a little JSON.

Reading is in place over any buffer; verifying is a separate pass over `read`, because pages that a checksum touches
through the map would count as resident memory.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from blacklist.core.indicator import WIDTH
from blacklist.core.table import COLUMNS, Column, Table, Table4, Table6

MAGIC = b"BLKSNAP\n"
FORMAT = 1
MANY = 1 << 31  # a set number with this bit is a set of several records; without it, it is the one record
RECORD_COLUMNS = {
    "feed": "I",
    "category": "I",
    "confidence": "B",
    "country": "I",
    "reason": "I",
    "first_seen": "I",
    "last_seen": "I",
    "expires_at": "I",
}
_HEAD = struct.Struct("<8sIIQQQ32s")
_SECTION = struct.Struct("<24sQQ")
_SLICE = 1 << 20


class SnapshotError(ValueError):
    """The bytes are not a snapshot, are damaged, or are of another format."""


class Head(NamedTuple):
    """The head of a snapshot. `compiled_at` is in Unix seconds; `size` is of the whole file, in bytes."""

    generation: int
    compiled_at: int
    sections: int
    size: int
    digest: bytes


class Record(NamedTuple):
    """Who says what: one feed's facts, as they stand in the snapshot. `expires_at` of 0 means never."""

    feed: str
    category: str
    confidence: int
    country: str
    reason: str
    first_seen: int
    last_seen: int
    expires_at: int


def pack(sections: Mapping[str, bytes], *, generation: int, compiled_at: int) -> list[bytes]:
    """The parts of a snapshot file, in order."""
    place = _HEAD.size + _SECTION.size * len(sections)
    table, body = b"", []
    for name, data in sections.items():
        padding = -place % 8
        body += [bytes(padding), data]
        table += _SECTION.pack(name.encode(), place + padding, len(data))
        place += padding + len(data)
    fields = (MAGIC, FORMAT, len(sections), generation, compiled_at, place)
    digest = hashlib.sha256(_HEAD.pack(*fields, bytes(32)) + table)
    for part in body:
        digest.update(part)
    return [_HEAD.pack(*fields, digest.digest()), table, *body]


def read_head(data: bytes) -> Head:
    """The head of a snapshot from its first bytes. Raises SnapshotError when it isn't one, or of another format."""
    if len(data) < _HEAD.size:
        raise SnapshotError("not a snapshot: it is shorter than a head")
    magic, version, sections, generation, compiled_at, size, digest = _HEAD.unpack(data[: _HEAD.size])
    if magic != MAGIC:
        raise SnapshotError("not a snapshot: the magic does not match")
    if version != FORMAT:
        raise SnapshotError(f"a snapshot of format {version}; this program reads format {FORMAT}")
    return Head(generation, compiled_at, sections, size, digest)


def verify(read: Callable[[int], bytes]) -> Head:
    """Reads a whole snapshot in slices and checks its length and digest; `read(n)` returns n bytes, fewer at the end.

    Raises SnapshotError for anything else than the bytes that were packed.
    """
    first = read(_HEAD.size)
    head = read_head(first)
    digest = hashlib.sha256(first[:-32] + bytes(32))
    seen = len(first)
    while chunk := read(_SLICE):
        digest.update(chunk)
        seen += len(chunk)
    if seen != head.size:
        raise SnapshotError(f"a snapshot of {seen} bytes that should have {head.size}: it was cut short or added to")
    if digest.digest() != head.digest:
        raise SnapshotError("a damaged snapshot: its SHA-256 does not match")
    return head


def verified(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same parts, checked on their way: of the last one nobody gets to the end unless all were what was packed.

    The first of them that is not empty holds the whole head. Raises SnapshotError otherwise.
    """
    head, digest, seen = None, hashlib.sha256(), 0
    for part in filter(None, parts):
        if head is None:
            head = read_head(part)
            digest.update(part[: _HEAD.size - 32] + bytes(32) + part[_HEAD.size :])
        else:
            digest.update(part)
        seen += len(part)
        if seen > head.size:
            break
        yield part
    if head is None or seen != head.size or digest.digest() != head.digest:
        raise SnapshotError("a damaged snapshot: its length or its SHA-256 does not match")


class Snapshot:
    """Reads a verified snapshot in place. Holds on to the buffer, and to nothing else of size."""

    def __init__(self, buffer: bytes | memoryview) -> None:
        if sys.byteorder != "little":
            raise SnapshotError("snapshots are read in place and need a little-endian machine")
        view = memoryview(buffer)
        self.head = read_head(bytes(view[: _HEAD.size]))
        self._sections: dict[str, memoryview] = {}
        for number in range(self.head.sections):
            place = _HEAD.size + _SECTION.size * number
            name, start, length = _SECTION.unpack(view[place : place + _SECTION.size])
            self._sections[name.rstrip(b"\0").decode()] = view[start : start + length]
        missing = [name for name in ("meta", "strings", "changes", "busy", "busy6") if name not in self._sections]
        if missing:
            raise SnapshotError(f"a snapshot without the section {missing[0]!r}: import again, to compile another")
        self.meta: dict[str, Any] = json.loads(bytes(self._sections["meta"]))
        self.listings: dict[int, Table] = {4: self._table4("l4"), 6: self._table6("l6")}
        self.allowlist: dict[int, Table] = {4: self._table4("a4"), 6: self._table6("a6")}
        self._records = {name: self._column(f"r.{name}", code) for name, code in RECORD_COLUMNS.items()}
        self.expires_at = self._records["expires_at"]
        self._set_offsets = self._column("sets.offsets", "I")
        self._set_members = self._column("sets.members", "I")
        self._text_offsets = self._column("strings.offsets", "I")

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.expires_at)

    @property
    def entries(self) -> dict[int, int]:
        """How many different indicators of each family are listed."""
        return {
            version: sum(len(self._sections[f"l{version}.{name}"]) for name in ("hostsets", "netsets")) // 4
            for version in WIDTH
        }

    def section(self, name: str) -> memoryview:
        """The bytes of a section that is no table."""
        return self._sections[name]

    def members(self, number: int) -> Column:
        """The records of a set."""
        if number < MANY:
            return (number,)
        number ^= MANY
        return self._set_members[self._set_offsets[number] : self._set_offsets[number + 1]]

    def record(self, number: int) -> Record:
        """One record, with its texts."""
        columns = self._records
        return Record(
            self.text(columns["feed"][number]),
            self.text(columns["category"][number]),
            columns["confidence"][number],
            self.text(columns["country"][number]),
            self.text(columns["reason"][number]),
            columns["first_seen"][number],
            columns["last_seen"][number],
            columns["expires_at"][number],
        )

    def records(self) -> Iterator[Record]:
        """Every record, by number."""
        return map(self.record, range(len(self)))

    def column(self, name: str) -> Column:
        """One column of the records. `feed`, `category`, `country` and `reason` are numbers of texts."""
        return self._records[name]

    def text(self, number: int) -> str:
        """One text, by number."""
        start, end = self._text_offsets[number], self._text_offsets[number + 1]
        return str(self._sections["strings"][start:end], "utf-8")

    def _column(self, name: str, code: str) -> Column:
        return self._sections[name].cast(code)  # type: ignore[call-overload,no-any-return]

    def _table4(self, name: str) -> Table4:
        return Table4({column: self._column(f"{name}.{column}", code) for column, code in COLUMNS[4].items()})

    def _table6(self, name: str) -> Table6:
        return Table6({column: self._column(f"{name}.{column}", code) for column, code in COLUMNS[6].items()})

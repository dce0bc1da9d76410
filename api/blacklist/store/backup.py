"""A backup: one file with everything that a store holds, whichever store it is.

    blacklist backup 1 {"at":…,"generation":…,"program":"…"}\\n
    rows: length of the head, length of the data (4 and 8 bytes, big-endian), head (JSON: kind and values), data
    end: 4 bytes 0xFF, number of rows (8 bytes), SHA-256 of all before it (32 bytes)

Written and read as a stream; a row is in memory at a time. Nothing is taken from a file before all of it was verified.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from struct import Struct
from typing import Any, BinaryIO

from blacklist.errors import BackupError
from blacklist.store.contents import KINDS, Row

MAGIC = "blacklist backup"
FORMAT = 1
_LENGTHS = Struct(">IQ")
_END = 0xFFFFFFFF
_LONGEST_HEADER = 4_096  # bytes
_LONGEST_HEAD = 16 * 1024 * 1024
_SLICE = 1024 * 1024

Progress = Callable[[int, int], None]
"""Told of rows and bytes so far."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup says of itself: when it was begun, the store's generation, rows by kind, bytes, SHA-256 in hex."""

    at: int
    generation: int
    program: str
    rows: dict[str, int] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""


def write_backup(
    file: BinaryIO, rows: Iterable[Row], *, at: int, program: str, progress: Progress = lambda *_: None
) -> Summary:
    """Writes all rows; `at` is now, in Unix seconds, `program` the version that writes. Raises OSError."""
    digest, size, counts = sha256(), 0, Counter[str]()

    def put(*parts: bytes) -> None:
        nonlocal size
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)

    generation = 0
    for row in rows:
        if not counts:
            generation = int(row.values["value"])
            header = _dump({"at": at, "generation": generation, "program": program})
            put(f"{MAGIC} {FORMAT} ".encode(), header, b"\n")
        head = _dump({"kind": row.kind, "values": dict(sorted(row.values.items()))})
        put(_LENGTHS.pack(len(head), len(row.data)), head, row.data)
        counts[row.kind] += 1
        progress(counts.total(), size)
    put(_LENGTHS.pack(_END, counts.total()))
    file.write(digest.digest())
    size += digest.digest_size
    return Summary(at, generation, program, dict(counts), size, digest.hexdigest())


class Backup:
    """A backup to read, from a file that can be read again from its start."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """`name` is the file's, for messages."""
        self._file, self._name = file, name
        self._digest = sha256()
        self._sha256 = ""

    def verify(self, progress: Progress = lambda *_: None) -> Summary:
        """Reads all of it. Raises BackupError unless it is whole, and what was written, and this program knows it."""
        header, counts = self._header(), Counter[str]()
        for kind, _, _ in self._rows(keep=False):
            counts[kind] += 1
            progress(counts.total(), self._file.tell())
        if unknown := sorted(counts.keys() - set(KINDS)):
            raise self._newer(f"it holds {', '.join(unknown)}")
        if counts["counter"] != 1:
            raise self._refused("it has no generation number")
        return Summary(**header, rows=dict(counts), size=self._file.tell(), sha256=self._sha256)

    def rows(self) -> Iterator[Row]:
        """Every row. Raises BackupError, at its end, when the file is not any more what `verify` has read."""
        self._header()
        for kind, values, data in self._rows(keep=True):
            yield Row(kind, values, data)

    def _header(self) -> dict[str, Any]:
        """What the first line says. Reading goes on behind it."""
        self._file.seek(0)
        self._digest = sha256()
        line = self._file.readline(_LONGEST_HEADER)
        self._digest.update(line)
        start = f"{MAGIC} ".encode()
        if not line.startswith(start):
            raise BackupError("not a backup of blacklist" if line else "an empty file", path=self._name)
        version, _, text = line[len(start) :].partition(b" ")
        if version.isdigit() and int(version) > FORMAT:
            raise self._newer(f"its format is {int(version)}, this program reads {FORMAT}")
        header = _load(text, at=int, generation=int, program=str)
        if header is None or version != str(FORMAT).encode():
            raise self._refused("its first line can't be read")
        return header

    def _rows(self, *, keep: bool) -> Iterator[tuple[str, dict[str, Any], bytes]]:
        """Kind, values and, if they are to be kept, data of every row; then the end is held against them."""
        count = 0
        while True:
            length, size = _LENGTHS.unpack(self._take(_LENGTHS.size))
            if length == _END:
                break
            if length > _LONGEST_HEAD:
                raise self._refused(f"row {count + 1} can't be read")
            head = _load(self._take(length), kind=str, values=dict)
            if head is None:
                raise self._refused(f"row {count + 1} can't be read")
            yield head["kind"], head["values"], self._data(size, keep=keep)
            count += 1
        digest = self._digest.digest()
        self._sha256 = digest.hex()
        if self._read(len(digest)) != digest or size != count:
            raise self._refused("its checksum does not match")
        if self._file.read(1):
            raise self._refused("something follows its end")

    def _data(self, size: int, *, keep: bool) -> bytes:
        kept = bytearray()
        while size:
            part = self._take(min(size, _SLICE))
            size -= len(part)
            if keep:
                kept += part
        return bytes(kept)

    def _take(self, size: int) -> bytes:
        part = self._read(size)
        self._digest.update(part)
        return part

    def _read(self, size: int) -> bytes:
        part = self._file.read(size)
        if len(part) < size:
            raise BackupError("the backup is cut short: take another one; nothing was changed", path=self._name)
        return part

    def _refused(self, reason: str) -> BackupError:
        return BackupError(f"the backup is damaged: {reason}: take another one; nothing was changed", path=self._name)

    def _newer(self, reason: str) -> BackupError:
        return BackupError(f"a newer program wrote this backup: {reason}: restore it with that one", path=self._name)


def _dump(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _load(text: bytes, **types: type) -> dict[str, Any] | None:
    """A JSON object whose members are these, each of its type; None for anything else."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.keys() != types.keys():
        return None
    return values if all(type(values[name]) is one for name, one in types.items()) else None

"""`mmdb`: a MaxMind DB of networks: the feeds that list them, the most confident listing's category, the confidence.

Source: MaxMind, "MaxMind DB File Format Specification" 2.0. IPv4 is at `::/96`, and again, by a pointer to the same
nodes, at `::ffff:0:0/96`. An address has one piece of data, so it is that of all networks around it together. Networks
of IPv6 that lie there themselves, or around it, are omitted. Records are of 24 bits where that is enough, else of 32.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from heapq import merge

from blacklist.core.selection import Selection
from blacklist.core.subtraction import joined
from blacklist.formats.interface import Tally
from blacklist.formats.mmdb_tree import LEAF, Tree
from blacklist.formats.summary import Summary, Told, summarise

_SPACE = 1 << 32  # addresses of IPv4
_MAPPED = 0xFFFF << 32
_SEPARATOR = bytes(16)
_MARK = b"\xab\xcd\xefMaxMind.com"
_NODES = 1 << 16


def write_mmdb(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file. The tree is built before its first byte is written: 8 bytes a node, 12 nodes a single address."""
    tree = Tree(tally.check)
    data = _Data(selection)
    around: list[tuple[int, int, tuple[int, ...]]] = []  # networks around this one: last address, length, records
    for start, length, records in merge(_four(selection, tally), _six(selection, tally), key=lambda row: row[:2]):
        while around and around[-1][0] < start:
            around.pop()
        together = joined(around[-1][2], records) if around else records
        if length < 128:
            around.append((start | ((1 << (128 - length)) - 1), length, together))
        tree.add(start, length, data.number(together))
    if four := tree.find(0, 96):
        tree.alias(_MAPPED, 96, four)
    yield from _file(tree, data, selection.compiled_at)


def _four(selection: Selection, tally: Tally) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    for network, records in selection.entries(4):
        tally.entries += 1
        yield network.start, 96 + network.length, records


def _six(selection: Selection, tally: Tally) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    for network, records in selection.entries(6):
        if any(network.start < space + _SPACE and network.end >= space for space in (0, _MAPPED)):
            tally.omitted += 1
        else:
            tally.entries += 1
            yield network.start, network.length, records


class _Data:
    """The data section: each different piece once."""

    def __init__(self, selection: Selection) -> None:
        self.section = bytearray()
        self.offsets: list[int] = []
        self._numbers: dict[bytes, int] = {}
        self._told = Told(selection, lambda records: self._add(_value_of(summarise(records))))

    def number(self, records: tuple[int, ...]) -> int:
        """The number of the piece of data for these records."""
        return self._told(records)

    def _add(self, value: bytes) -> int:
        number = self._numbers.setdefault(value, len(self.offsets))
        if number == len(self.offsets):
            self.offsets.append(len(self.section))
            self.section += value
        return number


def _value_of(summary: Summary) -> bytes:
    return _encoded({"feeds": list(summary.feeds), "category": summary.category, "confidence": summary.confidence})


def _file(tree: Tree, data: _Data, built_at: int) -> Iterator[bytes]:
    count = len(tree)
    size = 24 if count + len(_SEPARATOR) + len(data.section) < 1 << 24 else 32
    pointers = [count + len(_SEPARATOR) + offset for offset in data.offsets]
    for place in range(0, count, _NODES):
        sides = tree.left[place : place + _NODES], tree.right[place : place + _NODES]
        yield _packed([_record(value, count, pointers) for pair in zip(*sides, strict=True) for value in pair], size)
    yield _SEPARATOR
    yield bytes(data.section)
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built_at,
        "database_type": "blacklist",
        "description": {"en": "Networks that threat feeds list"},
        "ip_version": 6,
        "languages": [],
        "node_count": count,
        "record_size": size,
    }
    yield _MARK + _encoded(metadata)


def _record(value: int, count: int, pointers: list[int]) -> int:
    return pointers[value ^ LEAF] if value & LEAF else value or count


def _packed(values: list[int], size: int) -> bytes:
    column = array("I", values)
    if sys.byteorder == "little":
        column.byteswap()
    whole = column.tobytes()
    if size == 32:
        return whole
    packed = bytearray(3 * len(values))
    for place in range(3):
        packed[place::3] = whole[place + 1 :: 4]
    return bytes(packed)


def _encoded(value: object) -> bytes:
    """A value of the data section: maps, arrays, UTF-8 strings, and integers in the type that their key has."""
    if isinstance(value, dict):
        members = (
            _encoded(key) + _integer(key, item) if isinstance(item, int) else _encoded(key) + _encoded(item)
            for key, item in value.items()
        )
        return _control(7, len(value)) + b"".join(members)
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    text = str(value).encode()
    return _control(2, len(text)) + text


def _integer(key: str, value: int) -> bytes:
    kind = {"build_epoch": 9, "node_count": 6}.get(key, 5)  # uint64, uint32, uint16
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    """The control bytes of a field: its type and the size of what follows."""
    extended = b"" if kind < 8 else bytes([kind - 7])
    first = 0 if extended else kind << 5
    if size < 29:
        return bytes([first | size]) + extended
    if size < 285:
        return bytes([first | 29]) + extended + bytes([size - 29])
    return bytes([first | 30]) + extended + min(size - 285, 0xFFFF).to_bytes(2, "big")

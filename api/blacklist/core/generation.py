"""A generation of one feed: sorted columns of indicators and what is said of each, and their compact bytes.

552,000 indicators as objects would take most of the importer's memory, so a builder packs each into one integer:
prefix, then the number of its facts. Sorting those integers sorts the generation.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.interned import FEED_LIMITS, UNBOUNDED, Interned
from blacklist.core.listing import Facts
from blacklist.core.policy import combine_facts, merge_facts

FORMAT = 1
_MAGIC = b"BLKGEN\x00" + bytes([FORMAT])
_FACT_BITS = 24
_FACT_MASK = (1 << _FACT_BITS) - 1
# A key is start and prefix length in one integer that sorts as the indicator does: 38 bits for IPv4, 136 for IPv6.
LENGTH_BITS = {4: 6, 6: 8}


class GenerationError(ValueError):
    """The bytes are not a generation, or one of another format version."""


def to_key(indicator: Indicator) -> int:
    """The indicator as one integer, within its family."""
    return indicator.start << LENGTH_BITS[indicator.version] | indicator.length


def from_key(version: int, key: int) -> Indicator:
    """The indicator of a key."""
    bits = LENGTH_BITS[version]
    return Indicator(version, key >> bits, key & ((1 << bits) - 1))


@dataclass(frozen=True, slots=True)
class Generation:
    """The immutable indicators of one feed: `keys[version]` sorted and unique, `fact_ids[version]` beside them."""

    keys: dict[int, Sequence[int]]
    fact_ids: dict[int, Sequence[int]]
    facts: Sequence[Facts]

    def __len__(self) -> int:
        return len(self.keys[4]) + len(self.keys[6])

    def __iter__(self) -> Iterator[tuple[Indicator, Facts]]:
        for version in WIDTH:
            for key, fact in zip(self.keys[version], self.fact_ids[version], strict=True):
                yield from_key(version, key), self.facts[fact]


EMPTY = Generation({4: (), 6: ()}, {4: (), 6: ()}, ())


class GenerationBuilder:
    """Collects the indicators of one update in any order, duplicates included.

    With `bounded`, what is said of them takes bounded memory: see Interned.
    """

    def __init__(self, *, bounded: bool = False) -> None:
        self._interned = Interned(FEED_LIMITS if bounded else UNBOUNDED)
        self._packed: dict[int, array[int] | list[int]] = {4: array("Q"), 6: []}

    def __len__(self) -> int:
        """How many indicators were added, duplicates included."""
        return sum(map(len, self._packed.values()))

    @property
    def cut(self) -> int:
        """How many of the facts given are kept with less detail, since there are too many."""
        return self._interned.cut

    def fact(self, facts: Facts) -> int:
        """The number of these facts, to pass to `add`. Raises TooManyFactsError."""
        return self._interned.number(facts)

    def add(self, indicator: Indicator, fact: int) -> None:
        """Adds one indicator with the facts of that number."""
        version, start, length = indicator
        bits = 6 if version == 4 else 8
        self._packed[version].append((start << bits | length) << _FACT_BITS | fact)

    def add_addresses(self, values: Iterable[int], facts: int | Iterable[int]) -> None:
        """Adds many IPv4 addresses at once, with the facts of one number, or each with its own."""
        shift = LENGTH_BITS[4] + _FACT_BITS
        host = WIDTH[4] << _FACT_BITS
        if isinstance(facts, int):
            low = host | facts
            self._packed[4].extend([value << shift | low for value in values])
        else:
            pairs = zip(values, facts, strict=True)
            self._packed[4].extend([value << shift | host | fact for value, fact in pairs])

    def mark(self) -> dict[int, int]:
        """A place between what was added so far and what comes after."""
        return {version: len(packed) for version, packed in self._packed.items()}

    def digest(self, since: dict[int, int]) -> bytes:
        """A digest of the indicators added since a mark, in whatever order they came."""
        added = {
            version: sorted({row >> _FACT_BITS for row in self._packed[version][since[version] :]}) for version in WIDTH
        }
        return hashlib.sha256(repr(added).encode()).digest()

    def finish(self) -> Generation:
        """The generation: sorted, each indicator once. The builder is empty afterwards. Raises TooManyFactsError."""
        keys: dict[int, Sequence[int]] = {}
        fact_ids: dict[int, Sequence[int]] = {}
        for version, packed in self._packed.items():
            rows = sorted(packed)
            self._packed[version] = []
            if any(one >> _FACT_BITS == other >> _FACT_BITS for one, other in pairwise(rows)):
                rows = self._combined(rows)
            keys[version] = _key_column(version, [row >> _FACT_BITS for row in rows])
            fact_ids[version] = array("I", [row & _FACT_MASK for row in rows])
        return Generation(keys, fact_ids, tuple(self._interned.facts))

    def _combined(self, rows: list[int]) -> list[int]:
        interned = self._interned
        unique: list[int] = []
        for row in rows:
            if unique and unique[-1] >> _FACT_BITS == row >> _FACT_BITS:
                one, other = interned.facts[unique[-1] & _FACT_MASK], interned.facts[row & _FACT_MASK]
                unique[-1] = row & ~_FACT_MASK | interned.number(combine_facts(one, other))
            else:
                unique.append(row)
        return unique


def merge(old: Generation, new: Generation) -> Generation:
    """The new generation with `first_seen` kept from the old one where both list an indicator.

    Raises TooManyFactsError.
    """
    if not len(old):
        return new
    interned = Interned()
    pairs: dict[tuple[int, int], int] = {}
    fact_ids: dict[int, Sequence[int]] = {}
    for version in WIDTH:
        before = dict(zip(old.keys[version], old.fact_ids[version], strict=True))
        column = array("I")
        for key, fact in zip(new.keys[version], new.fact_ids[version], strict=True):
            pair = (before.get(key, -1), fact)
            number = pairs.get(pair)
            if number is None:
                facts = new.facts[fact]
                facts = facts if pair[0] < 0 else merge_facts(old.facts[pair[0]], facts)
                number = pairs[pair] = interned.number(facts)
            column.append(number)
        fact_ids[version] = column
    return Generation(new.keys, fact_ids, tuple(interned.facts))


def same(one: Generation, other: Generation) -> bool:
    """Whether both list the same indicators with the same facts."""
    pairs: set[tuple[int, int]] = set()
    for version in WIDTH:
        if len(one.keys[version]) != len(other.keys[version]):
            return False
        if any(mine != theirs for mine, theirs in zip(one.keys[version], other.keys[version], strict=True)):
            return False
        pairs.update(zip(one.fact_ids[version], other.fact_ids[version], strict=True))
    return all(one.facts[mine] == other.facts[theirs] for mine, theirs in pairs)


def encode(generation: Generation) -> bytes:
    """The generation as bytes: a magic with the format version, then compressed columns with their own checksum."""
    four, six = generation.keys[4], generation.keys[6]
    high, low, length = array("Q"), array("Q"), array("B")
    for key in six:
        high.append(key >> 72)
        low.append(key >> 8 & 0xFFFFFFFFFFFFFFFF)
        length.append(key & 0xFF)
    head = json.dumps({"v4": len(four), "v6": len(six), "facts": generation.facts}, ensure_ascii=False).encode()
    columns = [
        array("I", [key >> 6 for key in four]),
        array("B", [key & 0x3F for key in four]),
        array("I", generation.fact_ids[4]),
        high,
        low,
        length,
        array("I", generation.fact_ids[6]),
    ]
    packer = zlib.compressobj(1)
    checksum, packed = 0, []
    for part in (len(head).to_bytes(4, "little"), head, *(_little(column).tobytes() for column in columns)):
        checksum = zlib.crc32(part, checksum)
        packed.append(packer.compress(part))
    return b"".join([_MAGIC, checksum.to_bytes(4, "little"), *packed, packer.flush()])


def decode(data: bytes) -> Generation:
    """The generation of these bytes. Raises GenerationError when they are damaged or of another version."""
    if data[:7] != _MAGIC[:7]:
        raise GenerationError("not a feed generation")
    if data[7:8] != _MAGIC[7:8]:
        raise GenerationError(f"feed generation of format {data[7]}, this program reads format {FORMAT}")
    try:
        body = zlib.decompress(data[12:])
    except zlib.error as error:
        raise GenerationError(f"damaged feed generation: {error}") from None
    if zlib.crc32(body) != int.from_bytes(data[8:12], "little"):
        raise GenerationError("damaged feed generation: its checksum does not match")
    view = memoryview(body)
    place = 4 + int.from_bytes(view[:4], "little")
    head = json.loads(bytes(view[4:place]))

    def column(code: str, count: int) -> array[int]:
        nonlocal place
        values = array(code)
        size = values.itemsize * count
        values.frombytes(view[place : place + size])
        place += size
        return _little(values)

    four, six = head["v4"], head["v6"]
    keys4 = [start << 6 | length for start, length in zip(column("I", four), column("B", four), strict=True)]
    facts4 = column("I", four)
    parts = zip(column("Q", six), column("Q", six), column("B", six), strict=True)
    keys6 = [high << 72 | low << 8 | length for high, low, length in parts]
    facts6 = column("I", six)
    facts = tuple(Facts(*row) for row in head["facts"])
    return Generation({4: _key_column(4, keys4), 6: keys6}, {4: facts4, 6: facts6}, facts)


def _key_column(version: int, keys: list[int]) -> Sequence[int]:
    return array("Q", keys) if version == 4 else keys


def _little(column: array[int]) -> array[int]:
    if sys.byteorder == "big":
        column.byteswap()
    return column

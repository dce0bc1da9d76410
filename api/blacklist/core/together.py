"""What the networks of a generation cover together: many narrow ones side by side are as good as a wide one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from operator import and_

from blacklist.core.generation import LENGTH_BITS, Generation
from blacklist.core.indicator import WIDTH, Indicator


def wider_together(generation: Generation, shortest: dict[int, int]) -> Indicator | None:
    """A network wider than the shortest prefix length of its family that is covered whole, or None."""
    for version, length in shortest.items():
        keys = generation.keys[version]
        wide = length - 1
        if wide < 0 or not _can_cover(version, keys, wide):
            continue
        found = _covered(version, keys, wide)
        if found is not None:
            return found
    return None


def _can_cover(version: int, keys: Sequence[int], length: int) -> bool:
    """Whether there are enough addresses for a network of that prefix length: most feeds have far too few."""
    bits, width = LENGTH_BITS[version], WIDTH[version]
    lengths = Counter(map(and_, keys, repeat((1 << bits) - 1)))
    addresses: int = sum(count << (width - own) for own, count in lengths.items())
    return addresses >= 1 << (width - length)


def _covered(version: int, keys: Sequence[int], length: int) -> Indicator | None:
    bits, size = LENGTH_BITS[version], 1 << (WIDTH[version] - length)
    mask = (1 << bits) - 1
    begin, end = 0, -1  # a run of addresses without a gap; the end is the first one that is not in it
    for key in keys:
        start = key >> bits
        if start > end or end < 0:
            begin = start
        end = max(end, start, start + (1 << (WIDTH[version] - (key & mask))))
        aligned = -(-begin // size) * size
        if aligned + size <= end:
            return Indicator(version, aligned, length)
    return None

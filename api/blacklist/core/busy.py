"""Which IPv4 /24s hold anything at all, one bit each: most addresses that are asked for are answered by that alone."""

from __future__ import annotations

from collections.abc import Iterable

SIZE = 1 << 21  # bytes
_WHOLE = 21  # prefixes of this length fill whole bytes


def busy_bits(hosts: Iterable[int], networks: Iterable[tuple[int, int]]) -> bytearray:
    """The bits of these addresses and networks (start, prefix length); see `is_busy` for which is whose."""
    bits = bytearray(SIZE)
    for block in {host >> 8 for host in hosts}:
        bits[block >> 3] |= 1 << (block & 7)
    for start, length in networks:
        first, blocks = start >> 8, 1 << max(24 - length, 0)
        if length <= _WHOLE:
            bits[first >> 3 : first + blocks >> 3] = b"\xff" * (blocks >> 3)
        else:
            bits[first >> 3] |= ((1 << blocks) - 1) << (first & 7)
    return bits


def is_busy(bits: memoryview | bytearray, value: int) -> int:
    """Not 0 when something may be said of the address; 0 when nothing is."""
    return bits[value >> 11] >> (value >> 8 & 7) & 1

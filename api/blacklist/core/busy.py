"""Where anything is said at all: most addresses that are asked for are answered by one bit.

For IPv4 there is a bit for each /24; for IPv6 a bit for all /32s that share a hash.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import itemgetter

SIZE = 1 << 21  # bytes
SIZE6 = 1 << 13  # bytes
_FACTOR = 0x9E3779B1  # Knuth's: the golden ratio of 32 bits
_WIDEST6 = 12  # prefixes up to this length would set more bits than there are
_WHOLE = 21  # prefixes of this length fill whole bytes
_BYTE = (1 << 21) - 1  # which byte of the bits: the first 21 bits of an address
_BIT = bytes(1 << (third & 7) for third in range(256))  # which bit of it, by the third byte of an address


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


def busy_places(bits: memoryview | bytearray, packed: bytes) -> Sequence[int]:
    """The places of the busy ones among many IPv4 addresses, of four bytes each in network order.

    All are shifted at once, as one long number, and all bits are taken by one call: a third of the time of a loop.
    """
    count = len(packed) // 4
    if count < 2:
        return range(1 if count and is_busy(bits, int.from_bytes(packed, "big")) else 0)
    byte = int.from_bytes(_BYTE.to_bytes(4, "big") * count, "big")
    places = array("I", (int.from_bytes(packed, "big") >> 11 & byte).to_bytes(len(packed), "big"))
    if sys.byteorder == "little":
        places.byteswap()
    held = int.from_bytes(bytes(itemgetter(*places)(bits)), "big")
    wanted = int.from_bytes(packed[2::4].translate(_BIT), "big")
    return list(compress(range(count), (held & wanted).to_bytes(count, "big")))


def busy6_bits(networks: Iterable[tuple[int, int]]) -> bytearray:
    """The bits of these IPv6 networks (start, prefix length), addresses among them."""
    bits = bytearray(SIZE6)
    for start, length in networks:
        if length <= _WIDEST6:
            return bytearray(b"\xff" * SIZE6)
        first = start >> 96
        for block in range(first, first + (1 << max(32 - length, 0))):
            place = block * _FACTOR >> 16 & 0xFFFF
            bits[place >> 3] |= 1 << (place & 7)
    return bits


def is_busy6(bits: memoryview | bytearray, value: int) -> int:
    """Not 0 when something may be said of the address; 0 when nothing is."""
    place = (value >> 96) * _FACTOR >> 16 & 0xFFFF
    return bits[place >> 3] >> (place & 7) & 1

"""Indicators: IPv4 and IPv6 addresses and networks, parsed strictly and normalised.

`inet_pton` and `inet_ntop` are pure functions of the C library; they are the strict textual forms of RFC 4291 and
RFC 6943, several times faster than `ipaddress`, against which the tests compare them.
"""

from __future__ import annotations

from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

WIDTH = {4: 32, 6: 128}
_MAPPED = 0xFFFF  # the upper 96 bits of ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
_LONGEST = 45  # characters of the longest IPv6 address


class IndicatorError(ValueError):
    """The text is not an address, network or range. Says what it should have been."""


class Indicator(NamedTuple):
    """A network: `version` 4 or 6, `start` its first address as an integer, `length` its prefix length in bits.

    A tuple rather than a dataclass: an import makes one a line, and tuples are made in half the time. Order is by
    version, then address, then the wider network first.
    """

    version: int
    start: int
    length: int

    @property
    def end(self) -> int:
        """The last address of the network, as an integer."""
        return self.start | ((1 << (WIDTH[self.version] - self.length)) - 1)

    def __str__(self) -> str:
        text = format_address(self.version, self.start)
        return text if self.length == WIDTH[self.version] else f"{text}/{self.length}"


class Parsed(NamedTuple):
    """What one field of text names: networks in order, and whether host bits had to be masked off."""

    networks: tuple[Indicator, ...]
    masked: bool


def format_address(version: int, value: int) -> str:
    """The canonical text of an address (RFC 5952 for IPv6)."""
    if version == 4:
        return inet_ntop(AF_INET, value.to_bytes(4, "big"))
    if 0xFFFF < value <= 0xFFFFFFFF:  # the C library writes these like IPv4-compatible addresses (RFC 4291, deprecated)
        return f"::{value >> 16:x}:{value & 0xFFFF:x}"
    return inet_ntop(AF_INET6, value.to_bytes(16, "big"))


def parse_address(text: str) -> tuple[int, int]:
    """The version and value of one address; an IPv4-mapped IPv6 address is its IPv4 address.

    Raises IndicatorError for anything else: `1.2.3`, `01.2.3.4`, white space, zone ids, prefixes.
    """
    try:
        if ":" not in text:
            return 4, int.from_bytes(inet_pton(AF_INET, text), "big")
        value = int.from_bytes(inet_pton(AF_INET6, text), "big")
    except (OSError, ValueError):
        raise IndicatorError(_why_not(text)) from None
    return (4, value & 0xFFFFFFFF) if value >> 32 == _MAPPED else (6, value)


def parse(text: str) -> Parsed:
    """The networks that a field names: `ip`, `ip/length`, `first-last` or `ip mask`.

    Host bits are masked and reported. Raises IndicatorError unless all of the text is one of these.
    """
    if "/" in text:
        return _network(*_prefix(text))
    if "-" in text:
        return Parsed(_range(text), masked=False)
    if " " in text:
        return _masked(text)
    version, value = parse_address(text)
    return Parsed((Indicator(version, value, WIDTH[version]),), masked=False)


def parse_one(text: str) -> Indicator:
    """The one address or network that the text names, host bits masked; IndicatorError for a range of several."""
    networks = parse(text).networks
    if len(networks) != 1:
        raise IndicatorError(f"{text!r} is a range of {len(networks)} networks; name one address or network")
    return networks[0]


def summarise(version: int, first: int, last: int) -> Iterator[Indicator]:
    """The fewest networks that cover exactly the addresses from `first` to `last`, in order."""
    width = WIDTH[version]
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else width
        fits = (last - first + 1).bit_length() - 1
        size = min(aligned, fits)
        yield Indicator(version, first, width - size)
        first += 1 << size


def _prefix(text: str) -> tuple[int, int, int]:
    address, _, digits = text.partition("/")
    length = _decimal(digits)
    mapped_before = address.find(":") >= 0
    version, value = parse_address(address)
    if mapped_before and version == 4:  # ::ffff:192.0.2.0/120 is 192.0.2.0/24
        if length is None or not 96 <= length <= 128:
            raise IndicatorError(f"{text!r}: a mapped network needs a prefix length from 96 to 128")
        return 4, value, length - 96
    if length is None or length > WIDTH[version]:
        raise IndicatorError(f"{text!r}: the prefix length must be a number from 0 to {WIDTH[version]}")
    return version, value, length


def _network(version: int, value: int, length: int) -> Parsed:
    host = WIDTH[version] - length
    start = value >> host << host
    return Parsed((Indicator(version, start, length),), masked=start != value)


def _range(text: str) -> tuple[Indicator, ...]:
    left, _, right = text.partition("-")
    version, first = parse_address(left.strip(" "))
    other, last = parse_address(right.strip(" "))
    if version != other or last < first:
        raise IndicatorError(f"{text!r}: a range goes from a lower to a higher address of one family")
    return tuple(summarise(version, first, last))


def _masked(text: str) -> Parsed:
    address, _, mask_text = text.partition(" ")
    version, value = parse_address(address)
    mask_version, mask = parse_address(mask_text.lstrip(" "))
    hosts = mask ^ 0xFFFFFFFF
    if version != 4 or mask_version != 4 or hosts & (hosts + 1):
        raise IndicatorError(f"{text!r}: {mask_text.strip()!r} is not a network mask (a wildcard mask is not one)")
    return _network(4, value, 32 - hosts.bit_length())


def _decimal(digits: str) -> int | None:
    """The value of one to three ASCII digits without a leading zero; None for anything else."""
    if not 1 <= len(digits) <= 3 or not (digits.isascii() and digits.isdigit()) or (digits[0] == "0" != digits):
        return None
    return int(digits)


def _why_not(text: str) -> str:
    shown = repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
    if text != text.strip():
        return f"{shown} is not an address: remove the white space around it"
    if "%" in text:
        return f"{shown} is not an address: zone ids have no meaning outside one machine"
    if "/" in text:
        return f"{shown} is a network, not an address"
    return f"{shown} is not an IPv4 or IPv6 address"

"""The special-purpose address registries of IANA, spelled out, and whether a network touches them.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), and for multicast the
IPv4 and IPv6 address space registries (RFC 5771, RFC 4291). Python's `is_private`, `is_reserved` and friends are no
substitute: they let 100.64.0.0/10 pass, and networks that merely contain a private one, such as 0.0.0.0/0.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from blacklist.core.indicator import WIDTH, Indicator, parse_one


class Special(NamedTuple):
    """One registry entry: the network, its name there, and the document that reserves it."""

    indicator: Indicator
    name: str
    source: str


_ROWS = (
    ("0.0.0.0/8", "this network", "RFC 791"),
    ("10.0.0.0/8", "private use", "RFC 1918"),
    ("100.64.0.0/10", "shared address space", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("169.254.0.0/16", "link local", "RFC 3927"),
    ("172.16.0.0/12", "private use", "RFC 1918"),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    ("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
    ("192.31.196.0/24", "AS112-v4", "RFC 7535"),
    ("192.52.193.0/24", "AMT", "RFC 7450"),
    ("192.88.99.0/24", "deprecated 6to4 relay anycast", "RFC 7526"),
    ("192.168.0.0/16", "private use", "RFC 1918"),
    ("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
    ("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved, with limited broadcast", "RFC 1112"),
    ("::/128", "unspecified address", "RFC 4291"),
    ("::1/128", "loopback address", "RFC 4291"),
    ("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052"),
    ("64:ff9b:1::/48", "IPv4-IPv6 translation, local", "RFC 8215"),
    ("100::/64", "discard only", "RFC 6666"),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    ("2001::/23", "IETF protocol assignments, with Teredo", "RFC 2928"),
    ("2001:db8::/32", "documentation", "RFC 3849"),
    ("2002::/16", "6to4", "RFC 3056"),
    ("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534"),
    ("3fff::/20", "documentation", "RFC 9637"),
    ("5f00::/16", "segment routing SIDs", "RFC 9602"),
    ("fc00::/7", "unique local", "RFC 4193"),
    ("fe80::/10", "link local", "RFC 4291"),
    ("fec0::/10", "deprecated site local", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291"),
)

# ::ffff:0:0/96 is not a row of its own: the parser turns mapped addresses into IPv4 before anyone looks here,
# and a wider network around it overlaps this entry.
_MAPPED = Special(Indicator(6, 0xFFFF << 32, 96), "IPv4-mapped addresses", "RFC 4291")

SPECIAL: tuple[Special, ...] = tuple(
    sorted([*(Special(parse_one(text), name, source) for text, name, source in _ROWS), _MAPPED])
)
_BY_VERSION = {version: [row for row in SPECIAL if row.indicator.version == version] for version in WIDTH}
_STARTS = {version: [row.indicator.start for row in rows] for version, rows in _BY_VERSION.items()}
_ENDS = {version: [row.indicator.end for row in rows] for version, rows in _BY_VERSION.items()}


def special_overlap(indicator: Indicator) -> Special | None:
    """The last registry entry that the network overlaps, or None. The entries are disjoint and sorted."""
    version, start, length = indicator
    end = start | ((1 << (WIDTH[version] - length)) - 1)
    place = bisect_right(_STARTS[version], end) - 1
    if place >= 0 and _ENDS[version][place] >= start:
        return _BY_VERSION[version][place]
    return None

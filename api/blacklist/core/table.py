"""A table of prefixes of one family: which of them cover an address. Columns over a buffer, searched in place.

Single addresses (the bulk of every feed) lie apart from networks. An address is found by bisection, for IPv4 within
its /16. Networks are sorted by start, wider first, so that each lies after all that contain it: the ones covering an
address are the last network that starts at or before it, or ancestors of that one. `parents` leads from each network
to the narrowest that contains it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from blacklist.core.indicator import WIDTH, Indicator

Column = Sequence[int]
_LOW = (1 << 64) - 1
COLUMNS = {
    4: {"dir": "I", "hosts": "I", "hostsets": "I", "nets": "I", "lens": "B", "parents": "i", "netsets": "I"},
    6: {
        "hosts.hi": "Q",
        "hosts.lo": "Q",
        "hostsets": "I",
        "nets.hi": "Q",
        "nets.lo": "Q",
        "lens": "B",
        "parents": "i",
        "netsets": "I",
    },
}


class Table(Protocol):
    """Prefixes of one family, each with the number of its set."""

    def covering(self, value: int) -> list[tuple[int, int]]:
        """Prefix length and set of every prefix that covers the address, the longest first."""

    def __len__(self) -> int:
        """How many prefixes there are."""

    def __iter__(self) -> Iterator[tuple[Indicator, int]]:
        """Every prefix with its set, sorted by address, wider first."""

    def between(self, first: int, last: int) -> Iterator[tuple[Indicator, int]]:
        """The same of those that start at an address from `first` to `last`."""

    def apart(self, other: Any) -> int:
        """How many single addresses are in one of the two tables of one family alone. Counted, never held."""

    def minus(self, other: Any) -> list[Indicator]:
        """The prefixes that another table of the same family has not, sorted."""


class Table4:
    """IPv4: 32-bit starts, and a directory of where each /16 begins among the hosts."""

    __slots__ = ("_dir", "_hosts", "_hostsets", "_lens", "_nets", "_netsets", "_parents")

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._dir, self._hosts, self._hostsets = columns["dir"], columns["hosts"], columns["hostsets"]
        self._nets, self._lens = columns["nets"], columns["lens"]
        self._parents, self._netsets = columns["parents"], columns["netsets"]

    def covering(self, value: int) -> list[tuple[int, int]]:
        """See Table."""
        found = []
        slot = value >> 16
        high = self._dir[slot + 1]
        place = bisect_left(self._hosts, value, self._dir[slot], high)
        if place < high and self._hosts[place] == value:
            found.append((32, self._hostsets[place]))
        place = bisect_right(self._nets, value) - 1
        while place >= 0:
            length = self._lens[place]
            if (value ^ self._nets[place]) >> (32 - length) == 0:
                found.append((length, self._netsets[place]))
            place = self._parents[place]
        return found

    def apart(self, other: Table4) -> int:
        """See Table."""
        mine, theirs, count = self._hosts, other._hosts, 0
        for slot in range(0x10000 if bytes(mine) != bytes(theirs) else 0):
            hosts = mine[self._dir[slot] : self._dir[slot + 1]]
            others = theirs[other._dir[slot] : other._dir[slot + 1]]
            if bytes(hosts) != bytes(others):
                count += len({*hosts}.symmetric_difference(others))
        return count

    def minus(self, other: Table4) -> list[Indicator]:
        """See Table. A /16 at a time, most of which are the same bytes in both."""
        found: list[Indicator] = []
        mine, theirs = self._hosts, other._hosts
        for slot in range(0x10000 if bytes(mine) != bytes(theirs) else 0):
            first, last = self._dir[slot], self._dir[slot + 1]
            if first == last:
                continue
            hosts, others = mine[first:last], theirs[other._dir[slot] : other._dir[slot + 1]]
            if bytes(hosts) != bytes(others):
                known = set(others)
                found += [Indicator(4, host, 32) for host in hosts if host not in known]
        return _with_networks(
            found, 4, zip(self._nets, self._lens, strict=True), zip(other._nets, other._lens, strict=True)
        )

    def __len__(self) -> int:
        return len(self._hostsets) + len(self._netsets)

    def __iter__(self) -> Iterator[tuple[Indicator, int]]:
        return self.between(0, (1 << 32) - 1)

    def between(self, first: int, last: int) -> Iterator[tuple[Indicator, int]]:
        """See Table."""
        hosts = slice(bisect_left(self._hosts, first), bisect_right(self._hosts, last))
        nets = slice(bisect_left(self._nets, first), bisect_right(self._nets, last))
        networks = zip(self._nets[nets], self._lens[nets], self._netsets[nets], strict=True)
        return _merged(4, self._hosts[hosts], self._hostsets[hosts], networks)


class Table6:
    """IPv6: 128-bit starts in two columns, the upper and the lower half."""

    __slots__ = ("_hosts_hi", "_hosts_lo", "_hostsets", "_lens", "_nets_hi", "_nets_lo", "_netsets", "_parents")

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._hosts_hi, self._hosts_lo, self._hostsets = columns["hosts.hi"], columns["hosts.lo"], columns["hostsets"]
        self._nets_hi, self._nets_lo, self._lens = columns["nets.hi"], columns["nets.lo"], columns["lens"]
        self._parents, self._netsets = columns["parents"], columns["netsets"]

    def covering(self, value: int) -> list[tuple[int, int]]:
        """See Table."""
        found = []
        high, low = value >> 64, value & _LOW
        place = _last_at_or_before(self._hosts_hi, self._hosts_lo, high, low)
        if place >= 0 and self._hosts_lo[place] == low and self._hosts_hi[place] == high:
            found.append((128, self._hostsets[place]))
        place = _last_at_or_before(self._nets_hi, self._nets_lo, high, low)
        while place >= 0:
            length = self._lens[place]
            if (value ^ (self._nets_hi[place] << 64 | self._nets_lo[place])) >> (128 - length) == 0:
                found.append((length, self._netsets[place]))
            place = self._parents[place]
        return found

    def apart(self, other: Table6) -> int:
        """See Table."""
        mine = {*_joined(self._hosts_hi, self._hosts_lo)}
        return len(mine.symmetric_difference(_joined(other._hosts_hi, other._hosts_lo)))

    def minus(self, other: Table6) -> list[Indicator]:
        """See Table."""
        known = set(_joined(other._hosts_hi, other._hosts_lo))
        found = [Indicator(6, host, 128) for host in _joined(self._hosts_hi, self._hosts_lo) if host not in known]
        nets = zip(_joined(self._nets_hi, self._nets_lo), self._lens, strict=True)
        others = zip(_joined(other._nets_hi, other._nets_lo), other._lens, strict=True)
        return _with_networks(found, 6, nets, others)

    def __len__(self) -> int:
        return len(self._hostsets) + len(self._netsets)

    def __iter__(self) -> Iterator[tuple[Indicator, int]]:
        return self.between(0, (1 << 128) - 1)

    def between(self, first: int, last: int) -> Iterator[tuple[Indicator, int]]:
        """See Table."""
        hosts = _span(self._hosts_hi, self._hosts_lo, first, last)
        nets = _span(self._nets_hi, self._nets_lo, first, last)
        networks = zip(
            _joined(self._nets_hi[nets], self._nets_lo[nets]), self._lens[nets], self._netsets[nets], strict=True
        )
        return _merged(6, _joined(self._hosts_hi[hosts], self._hosts_lo[hosts]), self._hostsets[hosts], networks)


def build_columns(version: int, rows: Iterable[tuple[int, int, int]]) -> dict[str, array[int]]:
    """The columns of rows (start, prefix length, set), which must be sorted and unique by start, then length."""
    width = WIDTH[version]
    hosts: list[int] | array[int] = array("I") if version == 4 else []
    nets: list[int] | array[int] = array("I") if version == 4 else []
    hostsets, netsets, lens, parents = array("I"), array("I"), array("B"), array("i")
    open_networks: list[tuple[int, int]] = []  # (last address, place) of the networks around this row
    for start, length, number in rows:
        if length == width:
            hosts.append(start)
            hostsets.append(number)
            continue
        while open_networks and open_networks[-1][0] < start:
            open_networks.pop()
        parents.append(open_networks[-1][1] if open_networks else -1)
        open_networks.append((start | ((1 << (width - length)) - 1), len(nets)))
        nets.append(start)
        lens.append(length)
        netsets.append(number)
    shared = {"hostsets": hostsets, "lens": lens, "parents": parents, "netsets": netsets}
    if version == 4:
        directory = array("I", [bisect_left(hosts, slot << 16) for slot in range(0x10001)])
        return {"dir": directory, "hosts": array("I", hosts), "nets": array("I", nets), **shared}
    return {
        "hosts.hi": array("Q", [start >> 64 for start in hosts]),
        "hosts.lo": array("Q", [start & _LOW for start in hosts]),
        "nets.hi": array("Q", [start >> 64 for start in nets]),
        "nets.lo": array("Q", [start & _LOW for start in nets]),
        **shared,
    }


def _last_at_or_before(highs: Column, lows: Column, high: int, low: int) -> int:
    end = bisect_right(highs, high)
    if end == 0 or highs[end - 1] != high:
        return end - 1
    return bisect_right(lows, low, bisect_left(highs, high, 0, end), end) - 1


def _span(highs: Column, lows: Column, first: int, last: int) -> slice:
    """Where the addresses from `first` to `last` stand."""
    before = _last_at_or_before(highs, lows, first - 1 >> 64, first - 1 & _LOW) if first else -1
    return slice(before + 1, _last_at_or_before(highs, lows, last >> 64, last & _LOW) + 1)


def _joined(highs: Column, lows: Column) -> Iterator[int]:
    return (high << 64 | low for high, low in zip(highs, lows, strict=True))


def _with_networks(
    hosts: list[Indicator], version: int, nets: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]
) -> list[Indicator]:
    """The hosts, and the networks that are not among the others, sorted."""
    known = set(others)
    networks = [Indicator(version, start, length) for start, length in nets if (start, length) not in known]
    return sorted([*hosts, *networks]) if networks else hosts


def _merged(
    version: int, hosts: Iterable[int], hostsets: Iterable[int], nets: Iterable[tuple[int, int, int]]
) -> Iterator[tuple[Indicator, int]]:
    width = WIDTH[version]
    waiting = iter(nets)
    net = next(waiting, None)
    for host, number in zip(hosts, hostsets, strict=True):
        while net is not None and net[0] <= host:
            yield Indicator(version, net[0], net[1]), net[2]
            net = next(waiting, None)
        yield Indicator(version, host, width), number
    while net is not None:
        yield Indicator(version, net[0], net[1]), net[2]
        net = next(waiting, None)

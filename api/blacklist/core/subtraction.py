"""Subtraction: networks without the allowed addresses, exactly. What is listed of a network goes with its pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from blacklist.core.indicator import WIDTH, Indicator, summarise

Entry = tuple[Indicator, tuple[int, ...]]
"""A network of a list, and the numbers of the records that say so, ascending."""


def subtract(entries: Iterable[Entry], allowed: Iterable[Indicator]) -> Iterator[Entry]:
    """The entries without the allowed addresses: a network around some is split into the fewest that remain.

    Both are sorted and of one family, the entries unique; so is the result. A piece that is an entry too has the
    records of both.
    """
    starts, ends = _disjoint(allowed)
    if not starts:
        yield from entries
        return
    place, count = 0, len(starts)
    pieces: list[Entry] = []  # of networks split so far, that may sort after the next one
    for network, listed in entries:
        records = listed
        version, start, length = network
        while place < count and ends[place] < start:
            place += 1
        if pieces:
            yield from _before(pieces, network)
        if place < count and starts[place] <= (start if length == WIDTH[version] else network.end):
            for piece in _remains(network, starts, ends, place):
                heappush(pieces, (piece, records))
            continue
        while pieces and pieces[0][0] == network:
            records = joined(records, heappop(pieces)[1])
        yield network, records
    yield from _before(pieces, None)


def joined(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The records of both, ascending."""
    return one if one == other else tuple(sorted({*one, *other}))


def _before(pieces: list[Entry], network: Indicator | None) -> Iterator[Entry]:
    """Takes the pieces that sort before a network (all of them for None), equal ones joined."""
    while pieces and (network is None or pieces[0][0] < network):
        piece, records = heappop(pieces)
        while pieces and pieces[0][0] == piece:
            records = joined(records, heappop(pieces)[1])
        yield piece, records


def _disjoint(networks: Iterable[Indicator]) -> tuple[list[int], list[int]]:
    """First and last addresses of sorted networks, nested ones dropped."""
    starts: list[int] = []
    ends: list[int] = []
    for network in networks:
        if not ends or network.start > ends[-1]:
            starts.append(network.start)
            ends.append(network.end)
    return starts, ends


def _remains(network: Indicator, starts: list[int], ends: list[int], place: int) -> Iterator[Indicator]:
    first, end = network.start, network.end
    while place < len(starts) and starts[place] <= end:
        yield from summarise(network.version, first, starts[place] - 1)
        first = ends[place] + 1
        place += 1
    yield from summarise(network.version, first, end)

"""What a list holds: the networks of a feed, a category or all, less the allowlist, exactly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from blacklist.core.indicator import WIDTH, Indicator, summarise
from blacklist.core.snapshot import Snapshot


def list_names(snapshot: Snapshot) -> frozenset[str]:
    """Every list there is: `all`, the feeds and the categories."""
    feeds = snapshot.meta["feeds"]
    return frozenset({"all", *(feed["name"] for feed in feeds), *(feed["category"] for feed in feeds)})


def select(snapshot: Snapshot, name: str, now: float) -> Iterator[Indicator]:
    """The networks of the list at `now`: sorted, each once, with allowed addresses cut out of the ones around them."""
    wanted = bytearray(
        not 0 < record.expires_at <= now and name in {"all", record.feed, record.category}
        for record in snapshot.records()
    )
    for version in WIDTH:
        chosen = (
            indicator
            for indicator, number in snapshot.listings[version]
            if any(wanted[record] for record in snapshot.members(number))
        )
        allowed = (
            indicator
            for indicator, number in snapshot.allowlist[version]
            if any(not 0 < snapshot.expires_at[record] <= now for record in snapshot.members(number))
        )
        yield from subtract(chosen, allowed)


def subtract(networks: Iterable[Indicator], allowed: Iterable[Indicator]) -> Iterator[Indicator]:
    """The networks without the allowed addresses: a network around some is split into the fewest that remain.

    Both are sorted and of one family; so is the result, each network once.
    """
    starts, ends = _disjoint(allowed)
    pieces: list[Indicator] = []  # of networks split so far, that may sort after the next one
    last: Indicator | None = None
    for network in networks:
        while pieces and pieces[0] < network:
            piece = heappop(pieces)
            if piece != last:
                yield (last := piece)
        place = bisect_right(starts, network.end) - 1
        if place < 0 or ends[place] < network.start:
            if network != last:
                yield (last := network)
            continue
        for piece in _remains(network, starts, ends):
            heappush(pieces, piece)
    while pieces:
        piece = heappop(pieces)
        if piece != last:
            yield (last := piece)


def _disjoint(networks: Iterable[Indicator]) -> tuple[list[int], list[int]]:
    """First and last addresses of sorted networks, nested ones dropped."""
    starts: list[int] = []
    ends: list[int] = []
    for network in networks:
        if not ends or network.start > ends[-1]:
            starts.append(network.start)
            ends.append(network.end)
    return starts, ends


def _remains(network: Indicator, starts: list[int], ends: list[int]) -> Iterator[Indicator]:
    first, end = network.start, network.end
    place = max(bisect_right(starts, first) - 1, 0)
    while place < len(starts) and starts[place] <= end:
        if ends[place] >= first:
            yield from summarise(network.version, first, starts[place] - 1)
            first = ends[place] + 1
        place += 1
    yield from summarise(network.version, first, end)

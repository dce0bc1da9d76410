"""Fewer networks for the same addresses. Networks come sorted, of one family; each carries its rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blacklist.core.indicator import WIDTH, Indicator

WIDEST = {4: 8, 6: 19}
"""The shortest prefix that merging makes: what no feed may list by default, no list is to hold by addition."""


def aggregate(ranked: Iterable[tuple[Indicator, int]]) -> Iterator[tuple[Indicator, int]]:
    """The fewest networks that cover exactly the same addresses, none merged beyond WIDEST.

    A network made of several has the highest of their ranks.
    """
    run: list[tuple[Indicator, int]] = []  # networks without a gap between them: at most two of each length
    end = -1
    for network, rank in ranked:
        version, start, length = network
        if start <= end:
            run[-1] = run[-1][0], max(run[-1][1], rank)  # inside the last one: it was sorted after its container
            continue
        if start > end + 1:
            yield from run
            run.clear()
        end = start if length == WIDTH[version] else network.end
        run.append((network, rank))
        while len(run) > 1 and (wider := _parent(run[-2][0], run[-1][0])) is not None:
            (_, one), (_, other) = run[-2:]
            run[-2:] = [(wider, max(one, other))]
    yield from run


def disjoint(networks: Iterable[Indicator]) -> Iterator[Indicator]:
    """The networks that lie in no other one."""
    end = -1
    for network in networks:
        version, start, length = network
        if start > end:
            end = start if length == WIDTH[version] else network.end
            yield network


def _parent(left: Indicator, right: Indicator) -> Indicator | None:
    """The network that both halves make; None when they are not the halves of one, or it would be too wide."""
    version, start, length = right
    if length != left.length or length <= WIDEST[version]:
        return None
    size = 1 << (WIDTH[version] - length)
    if left.start != start ^ size or start & size == 0:
        return None
    return Indicator(version, left.start, length - 1)

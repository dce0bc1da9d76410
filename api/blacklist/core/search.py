"""Searching listings: filters, and pages that go on from where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from typing import NamedTuple

from blacklist.core.index import Index, prefix
from blacklist.core.indicator import WIDTH, Indicator
from blacklist.core.listing import Listing
from blacklist.core.overlay import MANUAL


class Position(NamedTuple):
    """Where a page ended: the last indicator that was looked at. Positions are sorted as listings are."""

    version: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; what is None or empty filters nothing.

    `contains` is the version and value of an address that a listing must cover; `within` a network that it must lie
    in; `since` the Unix second at or after which it was first seen. The search goes on `after` where a page ended, and
    ends when it has found `most` listings.
    """

    feed: str = ""
    category: str = ""
    min_confidence: int = 0
    contains: tuple[int, int] | None = None
    within: Indicator | None = None
    since: int = 0
    after: Position | None = None
    most: int = 100


class Page(NamedTuple):
    """Listings that were found, and where to go on; None at the end."""

    listings: list[Listing]
    after: Position | None


def search(index: Index, query: Query, now: float, *, scan: int) -> Page:
    """Looks at the next `scan` indicators, overlay included, and finds at most `query.most` live listings among them.

    Listings of one indicator are never torn apart, so a page may hold a few more.
    """
    found: list[Listing] = []
    for looked, (indicator, listings) in enumerate(_indicators(index, query), 1):
        found += [one for one in listings if _matches(one, query, now)]
        if looked == scan or len(found) >= query.most:
            return Page(found, Position(*indicator))
    return Page(found, None)


def _indicators(index: Index, query: Query) -> Iterator[tuple[Indicator, list[Listing]]]:
    """Every indicator that may match, in order, with its listings."""
    stored = _stored(index, query)
    overlay = index.overlay
    fresh = sorted((indicator, None) for indicator in overlay.manual if _wanted(indicator, query))
    last: Indicator | None = None
    listings: list[Listing] = []
    for indicator, number in merge(stored, fresh, key=lambda item: item[0]):
        if indicator != last:
            if last is not None:
                yield last, listings
            last, listings = indicator, []
        if number is None:
            listings.append(overlay.manual[indicator])
            continue
        changed = indicator in overlay.manual or indicator in overlay.unlisted
        found = (index.listing_of(indicator, record) for record in index.snapshot.members(number))
        listings += [one for one in found if not (changed and one.feed == MANUAL)]
    if last is not None:
        yield last, listings


def _stored(index: Index, query: Query) -> Iterator[tuple[Indicator, int | None]]:
    """Every indicator of the snapshot that may match, in order, with the number of its records."""
    if query.contains is not None:
        version, value = query.contains
        covering = index.snapshot.listings[version].covering(value)
        for length, number in reversed(covering):
            indicator = prefix(version, value, length)
            if _wanted(indicator, query):
                yield indicator, number
        return
    after = query.after
    for version in WIDTH if query.within is None else (query.within.version,):
        if after is not None and version < after.version:
            continue
        first, last = (0, (1 << WIDTH[version]) - 1) if query.within is None else (query.within.start, query.within.end)
        if after is not None and version == after.version:
            first = max(first, after.start)
        for indicator, number in index.snapshot.listings[version].between(first, last):
            if _wanted(indicator, query):
                yield indicator, number


def _wanted(indicator: Indicator, query: Query) -> bool:
    version, start, length = indicator
    if query.after is not None and indicator <= query.after:
        return False
    contains, within = query.contains, query.within
    if contains is not None and (version != contains[0] or indicator != prefix(*contains, length)):
        return False
    return within is None or (
        version == within.version and length >= within.length and prefix(version, start, within.length) == within
    )


def _matches(listing: Listing, query: Query, now: float) -> bool:
    return (
        (listing.expires_at is None or listing.expires_at > now)
        and (not query.feed or listing.feed == query.feed)
        and (not query.category or listing.category == query.category)
        and listing.confidence >= query.min_confidence
        and listing.first_seen >= query.since
    )

"""A listing: one indicator as listed by one feed. Times are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from blacklist.core.indicator import Indicator


class Facts(NamedTuple):
    """What a feed says of an indicator. Many indicators share one: it is interned, hence a tuple.

    `category` empty means the feed's own; `confidence` is 0 to 100; `country` is ISO 3166-1 alpha-2 or empty;
    `last_seen` of 0 means the feed's last success (so that a refresh that changes nothing changes no listing);
    `expires_at` of 0 means never.
    """

    category: str
    confidence: int
    country: str
    reason: str
    first_seen: int
    last_seen: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One indicator as listed by one feed, in full. `expires_at` is None when it never does."""

    indicator: Indicator
    feed: str
    category: str
    confidence: int
    country: str
    reason: str
    first_seen: int
    last_seen: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of the allowlist, which wins over any listing. `expires_at` is None when it never does.

    `origin` is empty for what an operator has allowed; otherwise it names the feed or the setting that has.
    """

    indicator: Indicator
    reason: str
    added_at: int
    expires_at: int | None
    origin: str = ""

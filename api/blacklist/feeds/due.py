"""When a feed is to be imported next: at its own interval, a little earlier or later, and less often while it fails."""

from __future__ import annotations

import hashlib

from blacklist.feeds.catalogue import Feed
from blacklist.store.interface import FeedState

DEFAULT_INTERVAL = 3600
"""Seconds, for a feed without an interval where the importer has none either."""

FIRST_RETRY = 300
LAST_RETRY = 3600
"""Seconds after the first failure, doubled with each further one, up to the last or the feed's interval."""

_JITTER = 0.1  # of the time


def due_at(feed: Feed, state: FeedState | None, every: int) -> int:
    """The Unix second from which the feed is due: 0 when it was never imported.

    `every` is how often a feed without an interval of its own is imported, in seconds. The jitter depends on the feed
    and its last import alone, so that asking twice gives one answer.
    """
    if state is None:
        return 0
    interval = feed.interval or every
    seconds = interval
    if (failures := state.last.failures) > 0:
        seconds = min(min(interval, FIRST_RETRY) << min(failures - 1, 16), max(interval, LAST_RETRY))
    digest = hashlib.sha256(f"{feed.name} {state.last.at}".encode()).digest()
    shift = int.from_bytes(digest[:4], "big") / (1 << 32) * 2 - 1
    return state.last.at + round(seconds * (1 + _JITTER * shift))

"""For how long operators' changes have waited for a snapshot: until one has them, they are in no list."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from blacklist.core.overlay import Change


class Unpublished:
    """Told of the changes in the overlay each time they are read, in order of their generations."""

    def __init__(self) -> None:
        self._noticed: deque[tuple[int, float]] = deque()

    def notice(self, changes: Sequence[Change], now: float) -> None:
        """These are in no snapshot that serves here; `now`, in Unix seconds, is when that is known of the new ones."""
        newest = changes[-1].generation if changes else 0
        last = self._noticed[-1][0] if self._noticed else 0
        if newest < last:  # a snapshot has all of them, or the store was replaced
            self._noticed.clear()
        if newest and newest != last:
            self._noticed.append((newest, now))

    def seconds(self, published: int, now: float) -> float:
        """For how long this process has known the oldest change beyond that generation of a snapshot; 0 for none."""
        while self._noticed and self._noticed[0][0] <= published:
            self._noticed.popleft()
        return max(0.0, now - self._noticed[0][1]) if self._noticed else 0.0

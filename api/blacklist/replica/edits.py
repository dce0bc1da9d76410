"""Following what operators change: read whenever any process has written, applied by one assignment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import time

from blacklist.core.overlay import Change
from blacklist.errors import StoreError
from blacklist.replica.lag import Lag
from blacklist.replica.looking import Reader, Watch, refuse_emptied
from blacklist.store.interface import Store

_RETRY = 1.0  # seconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EditsFollower:
    """How changes are followed."""

    open_store: Callable[[], Store]
    reader: Reader
    watch: Watch
    lag: Lag

    async def run(self, *, since: Callable[[], int], apply: Callable[[Sequence[Change]], None]) -> None:
        """Runs until cancelled. While the store is away the last changes known stay applied.

        `since` is the generation of the snapshot in use, asked for each time: the cursor is the server's.
        """
        store: Store | None = None
        seen: tuple[int, int] | None = None
        known: list[Change] = []
        while True:
            least = 0.0
            try:
                if store is None:
                    store, seen = await self.reader.read(self.open_store), None
                now = (await self.reader.look(store.version), since())
                refuse_emptied(now[0], known=now[1] > 0)
                if now != seen:
                    known = await self.reader.read(partial(_later, store, [] if seen is None else known, now[1]))
                    apply(known)
                    seen = now
                self.lag.level("changes")
            except StoreError as error:
                if self.lag.behind("changes", time()):
                    _log.warning("edits: %s", error)
                if store is not None:
                    store.close()
                store, least = None, _RETRY
            await self.watch.pause(least)


def _later(store: Store, known: list[Change], since: int) -> list[Change]:
    """All changes after a generation. Those that are known are not read again, unless the store has lost them."""
    after = known[-1].generation if known else since
    if after > since and store.counter() < after:
        known, after = [], since
    later = [change for change in known if change.generation > since]
    return [*later, *store.changes(max(after, since))]

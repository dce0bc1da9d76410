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
from blacklist.replica.looking import Reader, Watch
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
        while True:
            least = 0.0
            try:
                if store is None:
                    store, seen = await self.reader.read(self.open_store), None
                now = (await self.reader.look(store.version), since())
                if now != seen:
                    apply(await self.reader.read(partial(store.changes, now[1])))
                    seen = now
                self.lag.level("changes")
            except StoreError as error:
                _log.warning("edits: %s", error)
                self.lag.behind("changes", time())
                if store is not None:
                    store.close()
                store, least = None, _RETRY
            await self.watch.pause(least)

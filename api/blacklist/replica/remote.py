"""Following the snapshots of a shared store: each new one is fetched into the folder that is followed already."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, time
from typing import Any

from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.replica.lag import Lag
from blacklist.replica.looking import Reader, Watch
from blacklist.replica.share import RefusedSnapshotError, fetch, newest_generation
from blacklist.store.sharing import Snapshots

EVERY = 2.0  # seconds between looks, should news be missed
_RETRY = 1.0
_AGAIN = 60.0  # seconds until what was refused is fetched again
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SnapshotsFollower:
    """How the store's snapshots are followed, and into which folder."""

    open_snapshots: Callable[[], Snapshots[Any]]
    folder: Path
    reader: Reader
    watch: Watch
    lag: Lag

    async def run(self, *, fetched: Callable[[], None], refuse: Callable[[], None]) -> None:
        """Runs until cancelled. `fetched` is told when there is a newer file, `refuse` when what came is damaged.

        Nothing older than what the folder has is ever fetched; a store that has only such is told in the log.
        """
        source: Snapshots[Any] | None = None
        refused, until, told = 0, 0.0, 0
        while True:
            least = 0.0
            try:
                if source is None:
                    source = await self.reader.read(self.open_snapshots)
                have = newest_generation(self.folder)
                beyond = max(have, refused) if monotonic() < until else have
                there = await self.reader.read(partial(fetch, source, self.folder, beyond))
                self.lag.published = there
                if there > beyond:
                    self.lag.fetched += 1
                    fetched()
                elif 0 < there < have and told != there:
                    told = there
                    _log.error("the store's snapshot is of generation %d, before %d that serves", there, have)
                if there <= have or there > beyond:
                    self.lag.level("snapshots")
            except RefusedSnapshotError as error:
                _log.error("refused the snapshot of the store: %s", error)
                refused, until = error.generation, monotonic() + _AGAIN
                self.lag.published = refused
                self.lag.failed += 1
                self.lag.behind("snapshots", time())
                refuse()
            except (StoreError, SnapshotUnavailable) as error:
                self.lag.failed += 1
                if self.lag.behind("snapshots", time()):
                    _log.warning("snapshots: %s", error)
                if source is not None:
                    source.close()
                source, least = None, _RETRY
            await self.watch.pause(least)

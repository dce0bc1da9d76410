"""Following the snapshots of a shared store: each new one is fetched into the folder that is followed already."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, time
from typing import Any

from blacklist.core.snapshot import SnapshotError
from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.replica.lag import Lag
from blacklist.replica.looking import Reader, Watch
from blacklist.replica.share import fetch, newest_generation
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
        refused_at, told = -_AGAIN, 0
        while True:
            least = 0.0
            try:
                if source is None:
                    source = await self.reader.read(self.open_snapshots)
                have = newest_generation(self.folder)
                if monotonic() - refused_at >= _AGAIN:
                    there = await self.reader.read(partial(fetch, source, self.folder, have))
                    self.lag.published = there
                    if there > have:
                        self.lag.fetched += 1
                        fetched()
                    elif 0 < there < have and told != there:
                        told = there
                        _log.error("the store's snapshot is of generation %d, before %d that serves", there, have)
                    self.lag.level("snapshots")
            except SnapshotError as error:
                _log.error("refused the snapshot of the store: %s", error)
                refused_at = monotonic()
                self._failed()
                refuse()
            except (StoreError, SnapshotUnavailable) as error:
                _log.warning("snapshots: %s", error)
                self._failed()
                if source is not None:
                    source.close()
                source, least = None, _RETRY
            await self.watch.pause(least)

    def _failed(self) -> None:
        self.lag.failed += 1
        self.lag.behind("snapshots", time())

"""Following a folder of snapshots: each new one is verified off the event loop, then takes over by one assignment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from blacklist.core.snapshot import Snapshot, SnapshotError
from blacklist.errors import SnapshotUnavailable
from blacklist.replica.local import load, published
from blacklist.replica.looking import Watch

EVERY = 0.25  # seconds between looks
RETRY = 5.0  # seconds, while the folder can't be read
_log = logging.getLogger(__name__)


async def follow(
    folder: Path,
    *,
    serving: Path | None,
    swap: Callable[[Snapshot], None],
    refuse: Callable[[], None],
    watch: Watch | None = None,
) -> None:
    """Runs until cancelled. `serving` is the file in use, if one is; a damaged file is refused, once."""
    seen = serving.name if serving else ""
    watch = watch or Watch(EVERY)
    while True:
        try:
            newest = next(iter(published(folder)), None)
        except SnapshotUnavailable as error:
            _log.error("snapshots: %s", error)
            await asyncio.sleep(RETRY)
            continue
        if newest is not None and newest.name > seen:
            seen = newest.name
            try:
                swap(await asyncio.to_thread(load, newest))
            except SnapshotError as error:
                _log.error("refused the snapshot %s: %s", newest, error)
                refuse()
            except FileNotFoundError:
                seen = serving.name if serving else ""  # a newer one took its place meanwhile; look again
        await watch.pause()

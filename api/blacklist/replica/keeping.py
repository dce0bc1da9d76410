"""Keeping what a server knows of a shared store in its file, while it serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import time

from blacklist.core.overlay import Change
from blacklist.replica.kept import Kept, KeptError, confirm_kept, read_kept, write_kept
from blacklist.replica.keys import KnownKeys
from blacklist.replica.lag import Lag

_CONFIRMED = 30.0  # seconds
_APART = 1.0  # seconds between two writes: what changes meanwhile goes into one
_log = logging.getLogger(__name__)


class Keeper:
    """The file, and what belongs into it. `at` is when the store last agreed to what is in it; 0 before it did."""

    def __init__(self, path: Path, store: str) -> None:
        self.at = 0
        self._path, self._store = path, store
        self._keys: KnownKeys | None = None
        self._changes: Sequence[Change] = ()
        self._changed = asyncio.Event()

    def load(self) -> Kept | None:
        """What was kept, if anything was; a damaged file is told in the log."""
        try:
            kept = read_kept(self._path, self._store)
        except (OSError, KeptError) as error:
            _log.error("local copies: %s: %s", self._path, error)
            return None
        if kept is not None:
            self.at, self._keys, self._changes = kept.at, kept.keys, kept.changes
        return kept

    def keep_keys(self, keys: KnownKeys) -> None:
        """The keys have changed."""
        self._keys = keys
        self._changed.set()

    def keep_changes(self, changes: Sequence[Change]) -> None:
        """The changes have changed."""
        if list(changes) != list(self._changes):
            self._changes = changes
            self._changed.set()

    async def run(self, lag: Lag) -> None:
        """Writes the file when something changes, and its time while nothing is behind; until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CONFIRMED):
                    await self._changed.wait()
            try:
                await self._write(lag)
            except OSError as error:
                self._changed.set()
                _log.error("local copies: %s: %s; those before stay", self._path, error.strerror)
                await asyncio.sleep(_CONFIRMED)
            await asyncio.sleep(_APART)

    async def _write(self, lag: Lag) -> None:
        now = int(time())
        if self._keys is None:
            self._changed.clear()
        elif self._changed.is_set():
            self._changed.clear()
            kept = Kept(self._store, self._keys, self._changes)
            await asyncio.to_thread(write_kept, self._path, kept)
            self.at = now
        elif self.at and not lag.seconds(now):
            await asyncio.to_thread(confirm_kept, self._path)
            self.at = now

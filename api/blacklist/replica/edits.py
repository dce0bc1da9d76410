"""Following what operators change: read whenever any process has written, applied by one assignment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from blacklist.core.overlay import Change
from blacklist.errors import StoreError
from blacklist.store.interface import Store

EVERY = 0.1  # seconds between looks, of microseconds each
_RETRY = 1.0
_log = logging.getLogger(__name__)


async def follow_edits(
    open_store: Callable[[], Store],
    *,
    since: Callable[[], int],
    apply: Callable[[Sequence[Change]], None],
    every: float = EVERY,
) -> None:
    """Runs until cancelled. While the store is away the last changes known stay applied.

    `since` is the generation of the snapshot in use, asked for each time.
    """
    store: Store | None = None
    seen: tuple[int, int] | None = None
    while True:
        try:
            if store is None:
                store = await asyncio.to_thread(open_store)
            now = (await asyncio.to_thread(store.version), since())
            if now != seen:
                apply(await asyncio.to_thread(store.changes, now[1]))
                seen = now
        except StoreError as error:
            _log.warning("edits: %s", error)
            if store is not None:
                store.close()
            store, seen = None, None
            await asyncio.sleep(_RETRY)
        await asyncio.sleep(every)

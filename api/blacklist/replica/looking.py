"""Looking at a store again and again, from the event loop: when, and in which thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import SystemRandom
from typing import TypeVar

from blacklist.errors import StoreError

THREADS = 6  # what follows a shared store: snapshots, changes, keys, feeds, limits, news
_JITTER = 0.2  # of the time, so that servers that began together do not ask together
_T = TypeVar("_T")
_chance = SystemRandom()


class Watch:
    """When to look again: after a while, or as soon as there is news."""

    def __init__(self, every: float) -> None:
        """`every` is in seconds."""
        self._every = every
        self._news = asyncio.Event()

    def tell(self) -> None:
        """There is news."""
        self._news.set()

    async def pause(self, least: float = 0.0) -> None:
        """Returns when it is time, after so many seconds at least."""
        await asyncio.sleep(least)
        seconds = self._every * _chance.uniform(1 - _JITTER, 1 + _JITTER)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()


def refuse_emptied(version: int, *, known: bool) -> int:
    """The version of a part of the store. Raises StoreError when nothing was ever written to what is known here.

    A store that has lost all it had must not take keys and changes away from servers that still know them.
    """
    if version == 0 and known:
        raise StoreError("the store is empty, and was not: restore a backup of it; until then what is known here holds")
    return version


class Reader:
    """Where a store is read. A shared one may not answer: it has threads of its own, and no request waits for those.

    Nothing is read before `begin`.
    """

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self._begun = asyncio.Event()
        self._threads = ThreadPoolExecutor(THREADS, "store") if shared else None

    def begin(self) -> None:
        """From now on the store is read."""
        self._begun.set()

    async def begun(self) -> None:
        """Returns once the store may be read."""
        await self._begun.wait()

    async def look(self, work: Callable[[], _T]) -> _T:
        """What the work returns. On the embedded store it takes microseconds, and no thread."""
        if self._threads is None:
            await self._begun.wait()
            return work()
        return await self.read(work)

    async def read(self, work: Callable[[], _T]) -> _T:
        """What the work returns, done in a thread."""
        await self._begun.wait()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Takes no more work, and waits for none."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

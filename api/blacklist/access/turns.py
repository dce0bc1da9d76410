"""Taking turns: one at a time in a thread, a few wait, and the rest are told at once that it is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

WAITING = 8  # with the one whose turn it is
RESERVED = 4  # more, for those who are known: a crowd of strangers can't keep them out
_T = TypeVar("_T")


class Full(Exception):  # noqa: N818 - a state, not a fault
    """Too many wait already."""


class Turns:
    """For work that takes 7 MiB and a core: never two at once, even when nobody waits for the first any more."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "turns")
        self._waiting = 0

    async def run(self, work: Callable[[], _T], *, known: bool) -> _T:
        """What the work returns, when its turn has come. Raises Full at once when too many wait already."""
        if self._waiting >= WAITING + (RESERVED if known else 0):
            raise Full
        loop = asyncio.get_running_loop()
        self._waiting += 1
        future = self._executor.submit(work)
        future.add_done_callback(lambda done: self._tell(loop, done))
        return await asyncio.wrap_future(future)

    def _tell(self, loop: asyncio.AbstractEventLoop, _: Future[_T]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        self._waiting -= 1

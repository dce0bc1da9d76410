"""Stores that requests use one after another: connecting to a cluster for each takes longer than all it asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from blacklist.settings import Settings
from blacklist.store.interface import Keys, Store
from blacklist.store.opening import open_keys, open_store

KEPT = 4  # idle ones


class _Closing(Protocol):
    def close(self) -> None: ...


_S = TypeVar("_S", bound=_Closing)


class Pool(Generic[_S]):
    """Opens a store when none is idle. Any thread may ask, each for one of its own."""

    def __init__(self, opened: Callable[[], _S], kept: int = KEPT) -> None:
        self._open, self._kept = opened, kept
        self._idle: deque[_S] = deque()

    @contextmanager
    def lent(self) -> Iterator[_S]:
        """A store until the end of the block. One that failed there is closed, whatever failed."""
        try:
            store = self._idle.pop()
        except IndexError:
            store = self._open()
        try:
            yield store
        except BaseException:
            store.close()
            raise
        if len(self._idle) < self._kept:
            self._idle.append(store)
        else:
            store.close()


@dataclass(frozen=True, slots=True)
class Pools:
    """The stores of a server's requests. Of the embedded store none is kept: opening it costs less than a thread."""

    store: Pool[Store]
    keys: Pool[Keys]


def make_pools(settings: Settings, *, wait: float) -> Pools:
    """The pools of these settings; `wait` is how many seconds a call waits."""
    kept = KEPT if settings.shared else 0
    opening = partial(open_store, settings, wait=wait), partial(open_keys, settings, wait=wait)
    return Pools(Pool(opening[0], kept), Pool(opening[1], kept))

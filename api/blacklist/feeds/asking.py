"""Requests to the importer of a shared store: a server without an importer of its own asks, an importer listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from blacklist.errors import StoreError
from blacklist.feeds.schedule import Importer
from blacklist.store.sharing import Requests

_RETRY = 2.0  # seconds
_LISTENED = 1.0
_ATTENDED = 15.0  # seconds that an importer is believed to be there after it last said so
_log = logging.getLogger(__name__)


class AskedImporter:
    """An importer elsewhere. What is asked for is kept until the store has it."""

    def __init__(self, open_requests: Callable[[], Requests]) -> None:
        self._open = open_requests
        self._names: set[str] = set()
        self._publish = False
        self._wanted = asyncio.Event()

    def request(self, *names: str) -> None:
        """See Importing."""
        self._names |= set(names)
        self._wanted.set()

    def publish(self) -> None:
        """See Importing."""
        self._publish = True
        self._wanted.set()

    async def run(self) -> None:
        """See Importing."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            names, publish = frozenset(self._names), self._publish
            self._names, self._publish = set(), False
            try:
                await asyncio.to_thread(self._ask, names, publish)
            except StoreError as error:
                _log.warning("the importer could not be asked yet: %s", error)
                self._names |= names
                self._publish = self._publish or publish
                self._wanted.set()
                await asyncio.sleep(_RETRY)

    def _ask(self, names: frozenset[str], publish: bool) -> None:
        requests = self._open()
        try:
            if names:
                requests.ask(*names)
            if publish:
                requests.ask()
        finally:
            requests.close()


async def follow_requests(open_requests: Callable[[], Requests], importer: Importer) -> None:
    """Hands on what servers ask for, until cancelled."""
    requests: Requests | None = None
    while True:
        try:
            if requests is None:
                requests = await asyncio.to_thread(open_requests)
            await asyncio.to_thread(requests.attend, _ATTENDED)
            if (names := await asyncio.to_thread(requests.take)) is not None:
                importer.request(*names)
        except StoreError as error:
            _log.warning("requests: %s", error)
            if requests is not None:
                requests.close()
            requests = None
            await asyncio.sleep(_RETRY)
        await asyncio.sleep(_LISTENED)

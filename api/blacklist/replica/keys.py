"""Following who may ask: keys, signing keys and ended logins, read whenever any process has changed them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import time

from blacklist.errors import StoreError
from blacklist.replica.lag import Lag
from blacklist.replica.looking import Reader, Watch, refuse_emptied
from blacklist.store.accounts import SigningKey
from blacklist.store.interface import KeyRecord, Keys

_RETRY = 1.0  # seconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """What a server knows of them. `version` is the store's of which they are."""

    version: int
    records: Sequence[KeyRecord]
    signing_keys: Sequence[SigningKey]
    revoked_sessions: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeysFollower:
    """How keys are followed. `life` is for how many seconds an ended login is of interest."""

    open_keys: Callable[[], Keys]
    reader: Reader
    watch: Watch
    lag: Lag
    life: int

    async def run(self, apply: Callable[[KnownKeys], None], *, known: int = 0) -> None:
        """Runs until cancelled. While the store is away the last keys known stay in force.

        `known` is the version of those that are known already, 0 without.
        """
        store: Keys | None = None
        seen = -1
        while True:
            least = 0.0
            try:
                if store is None:
                    store, seen = await self.reader.read(self.open_keys), -1
                version = await self.reader.look(store.version)
                refuse_emptied(version, known=known > 0)
                if version != seen:
                    keys = await self.reader.look(partial(self._read, store))
                    apply(keys)
                    seen = known = keys.version
                self.lag.level("keys")
            except StoreError as error:
                if self.lag.behind("keys", time()):
                    _log.warning("keys: %s", error)
                if store is not None:
                    store.close()
                store, least = None, _RETRY
            await self.watch.pause(least)

    def _read(self, store: Keys) -> KnownKeys:
        version = store.version()  # before the rest: what changes meanwhile is read again
        since = int(time()) - self.life
        return KnownKeys(version, store.records(), store.signing_keys(), store.revoked_sessions(since))

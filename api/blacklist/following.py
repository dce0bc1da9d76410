"""The tasks that keep what a server knows fresh: each swaps a piece of its state by one assignment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter, time

from blacklist.access.keys import Keyring
from blacklist.access.shared_limits import caller_text, shared_buckets
from blacklist.access.tokens import ACCESS_LIFE, LEEWAY, Tokens
from blacklist.core.index import Index
from blacklist.core.overlay import Change, Overlay
from blacklist.core.snapshot import Snapshot
from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.replica.edits import EditsFollower
from blacklist.replica.follow import EVERY as FOLDER_EVERY
from blacklist.replica.follow import follow
from blacklist.replica.keys import KeysFollower, KnownKeys
from blacklist.replica.local import load_newest, snapshot_path
from blacklist.replica.looking import Reader, Watch, refuse_emptied
from blacklist.replica.news import follow_news
from blacklist.replica.remote import EVERY as SNAPSHOTS_EVERY
from blacklist.replica.remote import SnapshotsFollower
from blacklist.store.interface import Store
from blacklist.store.opening import (
    open_keys,
    open_lease,
    open_news,
    open_requests,
    open_snapshots,
    open_spending,
    open_store,
)
from blacklist.store.pulls import Pull
from blacklist.store.sharing import Lease, Requests, SharedSpending
from blacklist.web.state import State
from blacklist.web.verdicts import Answers

KEYS_EVERY, EDITS_EVERY = 0.1, 0.05  # seconds between looks at the embedded store, of microseconds each
SHARED_EVERY = 0.5  # the same for a shared store, should its news be missed: what is revoked ends within a second
WAIT = 1.0  # seconds
USES_EVERY = 60.0
FEEDS_EVERY = 2.0
LIMITS_EVERY = 1.0
_log = logging.getLogger(__name__)


class Following:
    """The tasks that keep a server's state fresh, and what they tell each other."""

    def __init__(self, state: State) -> None:
        self._state = state
        settings = state.settings
        self._reader = Reader(shared=settings.shared)
        self._edits = Watch(SHARED_EVERY if settings.shared else EDITS_EVERY)
        self._keys = Watch(SHARED_EVERY if settings.shared else KEYS_EVERY)
        self._snapshots, self._folder = Watch(SNAPSHOTS_EVERY), Watch(FOLDER_EVERY)

    def begin(self, serving: Path | None) -> Iterator[Coroutine[object, object, None]]:
        """The tasks. `serving` is the snapshot in use, if one is."""
        state, settings, reader = self._state, self._state.settings, self._reader
        swap = partial(_swap, state)
        yield follow(settings.snapshots, serving=serving, swap=swap, refuse=self._refuse, watch=self._folder)
        store = partial(open_store, settings, wait=WAIT)
        yield EditsFollower(store, reader, self._edits, state.lag).run(since=self._since, apply=self._apply_changes)
        life = ACCESS_LIFE + 2 * LEEWAY
        keys = KeysFollower(partial(open_keys, settings, wait=WAIT), reader, self._keys, state.lag, life)
        yield keys.run(self._apply_keys, known=state.keys_version)
        yield _follow_feeds(state, reader)
        yield _write_uses_each_minute(state, reader)
        if settings.shared:
            snapshots = partial(open_snapshots, settings, wait=WAIT)
            remote = SnapshotsFollower(snapshots, settings.snapshots, reader, self._snapshots, state.lag)
            yield remote.run(fetched=self._folder.tell, refuse=self._refuse)
            watches = {"store": [self._edits], "keys": [self._keys], "snapshot": [self._snapshots]}
            yield follow_news(partial(open_news, settings, wait=WAIT), reader, watches)
            yield _share_limits(state, reader)
            if state.keeper is not None:
                yield state.keeper.run(state.lag)
        yield _warm_tokens(state)
        yield self._begin_reading()

    def end(self) -> None:
        """Waits for no store."""
        self._reader.close()

    async def _begin_reading(self) -> None:
        """With all it needs in its own files, a server answers first: what a shared store takes doubles the start."""
        state = self._state
        if state.settings.shared and state.keys_known and state.answers is not None:
            for _ in range(50):
                if state.metrics.requests:
                    break
                await asyncio.sleep(0.02)
        self._reader.begin()

    def _refuse(self) -> None:
        self._state.metrics.snapshots_refused += 1

    def _since(self) -> int:
        return 0 if self._state.answers is None else self._state.answers.index.snapshot.head.generation

    def _apply_changes(self, changes: Sequence[Change]) -> None:
        _apply_changes(self._state, changes)
        if self._state.keeper is not None:
            self._state.keeper.keep_changes(changes)

    def _apply_keys(self, keys: KnownKeys) -> None:
        _apply_keys(self._state, keys)
        if self._state.keeper is not None:
            self._state.keeper.keep_keys(keys)


async def first_keys(state: State) -> None:
    """Waits until keys are known, so that the first request finds its own; a second at most, for their store may be
    away, and lookups may be open to all.
    """
    for _ in range(100):
        if state.keys_known:
            return
        await asyncio.sleep(0.01)


async def first_snapshot(state: State) -> Path | None:
    """Loads the newest snapshot that is whole before the server says it is ready; None when there is none yet."""
    try:
        snapshot = await asyncio.to_thread(load_newest, state.settings.snapshots)
    except SnapshotUnavailable as reason:
        _log.warning("not ready: %s", reason)
        return None
    _swap(state, snapshot)
    return snapshot_path(state.settings.snapshots, snapshot.head.generation)


def _swap(state: State, snapshot: Snapshot) -> None:
    state.answers = _answers(snapshot, state.changes)
    _log.info("serving generation %d with %d listings", snapshot.head.generation, snapshot.meta["listings"])


def _answers(snapshot: Snapshot, changes: Sequence[Change]) -> Answers:
    later = [change for change in changes if change.generation > snapshot.head.generation]
    return Answers(Index(snapshot, Overlay(later)))


def _apply_changes(state: State, changes: Sequence[Change]) -> None:
    state.changes = changes
    state.unpublished.notice(changes, time())
    if state.answers is not None:
        state.answers = _answers(state.answers.index.snapshot, changes)


def _apply_keys(state: State, keys: KnownKeys) -> None:
    tokens = Tokens(keys.signing_keys, keys.revoked_sessions)
    state.keyring, state.tokens = Keyring(keys.records), tokens
    state.keys_known, state.keys_version = True, keys.version
    if tokens.known:
        state.tokens_known.set()


def load_kept(state: State) -> None:
    """Takes what was kept of a shared store, until that answers."""
    kept = state.keeper.load() if state.keeper is not None else None
    if kept is not None:
        for what in ("keys", "changes"):
            state.lag.behind(what, kept.at)
        _apply_changes(state, kept.changes)
        _apply_keys(state, kept.keys)


async def _write_uses_each_minute(state: State, reader: Reader) -> None:
    """Writes when keys were last used and who took which list, and reads what other servers wrote, once a minute: a
    crash loses that minute.
    """
    await reader.begun()
    await first_keys(state)
    while True:
        await write_uses(state)
        await asyncio.sleep(USES_EVERY)


async def write_uses(state: State) -> None:
    uses, state.keys_used = state.keys_used, {}
    pulls = state.pulls.take()

    def write() -> Sequence[Pull]:
        store = open_keys(state.settings, wait=WAIT)
        try:
            store.note_uses(uses)
            store.note_pulls(pulls, int(time()))
            return store.pulls()
        finally:
            store.close()

    try:
        state.pulls.know(await asyncio.to_thread(write))
    except StoreError as error:
        _log.warning("keys: %s", error)
        state.keys_used = uses | state.keys_used
        state.pulls.put_back()


async def _share_limits(state: State, reader: Reader) -> None:
    """Tells the other servers what was taken from quotas here, and hears what was there. With the store away, nothing:
    this server limits by itself.
    """
    spending: SharedSpending | None = None
    while True:
        await asyncio.sleep(LIMITS_EVERY)
        for buckets in shared_buckets(state.limits):
            told = {caller_text(caller): (caller, units) for caller, units in buckets.told().items()}
            try:
                if told and spending is None:
                    spending = await reader.read(partial(open_spending, state.settings, wait=WAIT))
                if told and spending is not None:
                    taken = {text: units for text, (_, units) in told.items()}
                    owed = await reader.read(partial(spending.spend, buckets.name, *buckets.quota, taken))
                    now = perf_counter()  # the clock of the limits
                    for text, seconds in owed.items():
                        buckets.owe(told[text][0], seconds, now)
            except StoreError:
                if spending is not None:
                    spending.close()
                spending = None


async def _warm_tokens(state: State) -> None:
    """Imports what checks tokens where there are operators, after the first answers and off the event loop."""
    await state.tokens_known.wait()
    await asyncio.sleep(1)
    await asyncio.to_thread(import_module, "jwt")


async def _follow_feeds(state: State, reader: Reader) -> None:
    """Keeps what /health and /metrics say of the feeds and of the importer. The store is read in a thread."""
    store: Store | None = None
    lease: Lease | None = None
    requests: Requests | None = None
    version = -1
    while True:
        try:
            if store is None:
                store, version = await reader.read(partial(open_store, state.settings, wait=WAIT)), -1
            if (current := await reader.look(store.version)) != version:
                refuse_emptied(current, known=state.answers is not None)
                state.feeds, version = await reader.read(store.feeds), current
            if state.settings.shared:
                if lease is None:
                    lease = await reader.read(partial(open_lease, state.settings, wait=WAIT))
                if requests is None:
                    requests = await reader.read(partial(open_requests, state.settings, wait=WAIT))
                state.importing = await reader.read(lease.holder)
                state.attended = await reader.read(requests.attended)
            state.store_error = ""
        except StoreError as error:
            if str(error) != state.store_error:
                _log.warning("store: %s", error)
            state.store_error, state.attended = str(error), None
            for opened in (store, lease, requests):
                if opened is not None:
                    opened.close()
            store = lease = requests = None
        await asyncio.sleep(FEEDS_EVERY)

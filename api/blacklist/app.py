"""Wires a serving process: what it knows, the tasks that keep that fresh, and the routes that answer from it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from importlib import import_module
from pathlib import Path
from time import time

from starlette.applications import Starlette

from blacklist.access.keys import Keyring
from blacklist.access.limits import local_limits
from blacklist.access.proxies import Proxies
from blacklist.access.tokens import ACCESS_LIFE, LEEWAY, Tokens
from blacklist.core.index import Index
from blacklist.core.overlay import Change, Overlay
from blacklist.core.snapshot import Snapshot
from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.feeds.schedule import Importer
from blacklist.lists.cache import ListCache
from blacklist.metrics import Metrics
from blacklist.replica.edits import follow_edits
from blacklist.replica.follow import follow
from blacklist.replica.local import load_newest, snapshot_path
from blacklist.settings import Settings
from blacklist.store.interface import Keys, Store
from blacklist.store.opening import open_keys, open_store
from blacklist.web.errors import HANDLERS
from blacklist.web.routes import Front, routes
from blacklist.web.state import State
from blacklist.web.verdicts import Answers

KEYS_EVERY = 0.1  # seconds: a revocation is in force within a second
KEYS_WAIT = 1.0
USES_EVERY = 60.0
FEEDS_EVERY = 2.0
_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Front:
    """The ASGI application of a server with these settings."""
    metrics = Metrics()
    importer = Importer(_environment(settings), settings.import_every, lambda end: metrics.imports.update([end]))
    lists = ListCache(settings.data / "lists", settings.data)
    state = State(
        settings,
        lists,
        importer,
        started_at=time(),
        metrics=metrics,
        proxies=Proxies(settings.trusted_proxies, settings.client_address_header),
        limits=local_limits(settings.rate_limit, settings.rate_limit_address),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        serving = await _first_snapshot(state)
        await asyncio.to_thread(state.lists.clear)
        tasks = [
            _task(_follow_snapshots(state, serving)),
            _task(_follow_edits(state)),
            _task(_follow_keys(state)),
            _task(_write_uses(state)),
            _task(_warm_tokens(state)),
            _task(_follow_feeds(state)),
            _task(importer.run()),
            _task(state.recorder.run(metrics)),
        ]
        await _first_keys(state)
        try:
            yield
        finally:
            state.draining.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _write_uses_now(state)

    application = Starlette(routes=routes(state), lifespan=lifespan, exception_handlers=dict(HANDLERS))
    application.router.redirect_slashes = False  # what is not in the table of routes is not there
    return Front(state, application)


def _environment(settings: Settings) -> dict[str, str]:
    """What a child process of this server has to know of its settings."""
    return os.environ | {
        "BLACKLIST_DATA": str(settings.data),
        "BLACKLIST_STORE": settings.store,
        "BLACKLIST_FEEDS": str(settings.feeds),
        "BLACKLIST_IMPORT_EVERY": f"{settings.import_every}s",
        "BLACKLIST_PROTECTED_NETWORKS": ",".join(map(str, settings.protected_networks)),
    }


def _task(coroutine: Coroutine[object, object, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("a background task ended: %s", error, exc_info=error)


async def _first_keys(state: State) -> None:
    """Waits until keys are known, so that the first request finds its own; a second at most, for their store may be
    away, and lookups may be open to all.
    """
    for _ in range(100):
        if state.keys_known:
            return
        await asyncio.sleep(0.01)


async def _first_snapshot(state: State) -> Path | None:
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


async def _follow_edits(state: State) -> None:
    def since() -> int:
        return 0 if state.answers is None else state.answers.index.snapshot.head.generation

    def apply(changes: Sequence[Change]) -> None:
        state.changes = changes
        if state.answers is not None:
            state.answers = _answers(state.answers.index.snapshot, changes)

    await follow_edits(lambda: open_store(state.settings), since=since, apply=apply)


async def _follow_snapshots(state: State, serving: Path | None) -> None:
    def refuse() -> None:
        state.metrics.snapshots_refused += 1

    await follow(state.settings.snapshots, serving=serving, swap=lambda new: _swap(state, new), refuse=refuse)


async def _follow_keys(state: State) -> None:
    """Reads keys and tokens whenever any process changes them. While their store is away the last known stay valid."""
    store: Keys | None = None
    while True:
        try:
            if store is None:
                store = await asyncio.to_thread(open_keys, state.settings, wait=KEYS_WAIT)
                state.keys_version = -1
            if (current := store.version()) != state.keys_version:
                since = int(time()) - ACCESS_LIFE - 2 * LEEWAY
                tokens = Tokens(store.signing_keys(), store.revoked_sessions(since))
                state.keyring, state.tokens = Keyring(store.records()), tokens
                state.keys_known, state.keys_version = True, current
                if tokens.known:
                    state.tokens_known.set()
        except StoreError as error:
            _log.warning("keys: %s", error)
            if store is not None:
                store.close()
            store = None
            await asyncio.sleep(1)
        await asyncio.sleep(KEYS_EVERY)


async def _write_uses(state: State) -> None:
    """Writes when keys were last used, once a minute: a crash loses that minute."""
    while True:
        await asyncio.sleep(USES_EVERY)
        await _write_uses_now(state)


async def _write_uses_now(state: State) -> None:
    uses, state.keys_used = state.keys_used, {}

    def write() -> None:
        store = open_keys(state.settings, wait=KEYS_WAIT)
        try:
            store.note_uses(uses)
        finally:
            store.close()

    try:
        if uses:
            await asyncio.to_thread(write)
    except StoreError as error:
        _log.warning("keys: %s", error)
        state.keys_used = uses | state.keys_used


async def _warm_tokens(state: State) -> None:
    """Imports what checks tokens where there are operators, after the first answers and off the event loop."""
    await state.tokens_known.wait()
    await asyncio.sleep(1)
    await asyncio.to_thread(import_module, "jwt")


async def _follow_feeds(state: State) -> None:
    """Keeps what /health and /metrics say of the feeds. The store is read in a thread; lookups never are."""
    store: Store | None = None
    version = -1
    while True:
        try:
            if store is None:
                store, version = await asyncio.to_thread(open_store, state.settings), -1
            if (current := store.version()) != version:
                state.feeds, version = await asyncio.to_thread(store.feeds), current
            state.store_error = ""
        except StoreError as error:
            if str(error) != state.store_error:
                _log.warning("store: %s", error)
            state.store_error = str(error)
            if store is not None:
                store.close()
            store = None
        await asyncio.sleep(FEEDS_EVERY)

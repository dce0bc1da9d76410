"""Wires a serving process: what it knows, the tasks that keep that fresh, and the routes that answer from it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from time import time

from starlette.applications import Starlette

from blacklist.access.limits import local_limits
from blacklist.access.proxies import Proxies
from blacklist.access.shared_limits import shared_limits
from blacklist.feeds.asking import AskedImporter, follow_requests
from blacklist.feeds.schedule import GAP, SHARED_GAP, Importer, Importing, child_environment
from blacklist.following import WAIT, Following, first_keys, first_snapshot, load_kept, write_uses
from blacklist.lists.cache import ListCache
from blacklist.metrics import Metrics
from blacklist.replica.keeping import Keeper
from blacklist.replica.kept import kept_path
from blacklist.settings import Settings
from blacklist.store.opening import open_requests, store_name
from blacklist.web.errors import HANDLERS
from blacklist.web.routes import Front, routes
from blacklist.web.state import State

_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Front:
    """The ASGI application of a server with these settings."""
    metrics = Metrics()
    lists = ListCache(settings.data / "lists", settings.data)
    importer = _importer(settings, metrics)
    make_limits = shared_limits if settings.shared else local_limits
    state = State(
        settings,
        lists,
        importer,
        started_at=time(),
        metrics=metrics,
        proxies=Proxies(settings.trusted_proxies, settings.client_address_header),
        limits=make_limits(settings.rate_limit, settings.rate_limit_address),
        keeper=Keeper(kept_path(settings.data), store_name(settings)) if settings.shared else None,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        load_kept(state)
        serving = await first_snapshot(state)
        await asyncio.to_thread(state.lists.clear)
        following = Following(state)
        work = [*following.begin(serving), importer.run(), state.recorder.run(metrics)]
        if isinstance(importer, Importer) and settings.shared:
            work.append(follow_requests(partial(open_requests, settings, wait=WAIT), importer))
        tasks = [_task(one) for one in work]
        await first_keys(state)
        try:
            yield
        finally:
            state.draining.set()
            following.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await write_uses(state)

    application = Starlette(routes=routes(state), lifespan=lifespan, exception_handlers=dict(HANDLERS))
    application.router.redirect_slashes = False  # what is not in the table of routes is not there
    return Front(state, application)


def _importer(settings: Settings, metrics: Metrics) -> Importing:
    """The server's own importer; on a shared store it has one only if it is told to, and asks the cluster's if not."""
    if settings.shared and not settings.import_every:
        return AskedImporter(partial(open_requests, settings, wait=WAIT))
    gap = SHARED_GAP if settings.shared else GAP
    ended = metrics.imports.update
    return Importer(child_environment(settings), settings.import_every, lambda end: ended([end]), gap)


def _task(coroutine: Coroutine[object, object, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("a background task ended: %s", error, exc_info=error)

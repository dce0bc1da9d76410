"""`blacklist import --watch`: the importer of a cluster, which stays, and imports what is due or asked for."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from contextlib import suppress

from blacklist.cli.output import say
from blacklist.errors import SettingsError
from blacklist.feeds.asking import follow_requests
from blacklist.feeds.catalogue import load_feeds
from blacklist.feeds.due import DEFAULT_INTERVAL
from blacklist.feeds.schedule import SHARED_GAP, Importer, child_environment
from blacklist.logs import log_to_stderr
from blacklist.settings import Settings
from blacklist.store.opening import open_requests


def watch(options: Namespace, settings: Settings) -> int:
    """Runs until SIGTERM or Ctrl-C. Each import is a child process: this one stays small."""
    given = ("name", "file", "feed", "due", "publish", "dry_run")
    if any(getattr(options, name) for name in given):
        raise SettingsError("--watch imports what is due, for ever: it goes with neither feeds nor other choices")
    if not settings.shared:
        raise SettingsError("--watch is for a shared store: see --store; with the embedded store the server imports")
    load_feeds(settings.feeds)  # a mistake in it is told now, and not once a minute
    log_to_stderr()
    say("blacklist: importing what is due, and what is asked for")
    with suppress(asyncio.CancelledError):
        asyncio.run(_watch(settings))
    return 0


async def _watch(settings: Settings) -> None:
    every = settings.import_every or DEFAULT_INTERVAL
    importer = Importer(child_environment(settings), every, lambda end: say(f"blacklist: import {end}"), SHARED_GAP)
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    async with asyncio.TaskGroup() as group:
        group.create_task(importer.run())
        group.create_task(follow_requests(lambda: open_requests(settings), importer))

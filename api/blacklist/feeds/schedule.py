"""The importer: a child process, run on a schedule and when somebody asks, by a server or by `import --watch`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

from blacklist.settings import Settings

TICK = 60.0  # seconds between looks at what is due: each feed has its own time, and expired listings leave the lists
GAP = 2.0  # seconds between two runs that were asked for: what is asked for meanwhile goes into one
SHARED_GAP = 15.0  # the same for all servers of a shared store: each run is a snapshot that every one of them fetches
_ENDS = {0: "ok", 3: "quarantined"}
_log = logging.getLogger(__name__)


class Importing(Protocol):
    """Whoever does the imports of a server."""

    def request(self, *names: str) -> None:
        """Asks for an import of these feeds soon."""

    def publish(self) -> None:
        """Asks for a snapshot of what the store has, soon."""

    async def run(self) -> None:
        """Runs until cancelled."""


def child_environment(settings: Settings) -> dict[str, str]:
    """What a child process has to know of the settings. Passwords stand here, and never among its arguments."""
    return os.environ | {
        "BLACKLIST_DATA": str(settings.data),
        "BLACKLIST_STORE": settings.store,
        "BLACKLIST_FEEDS": str(settings.feeds),
        "BLACKLIST_IMPORT_EVERY": f"{settings.import_every}s",
        "BLACKLIST_PROTECTED_NETWORKS": ",".join(map(str, settings.protected_networks)),
    }


class Importer:
    """Runs `blacklist import`, one run at a time. Nothing of an import happens in this process."""

    def __init__(
        self, environment: Mapping[str, str], every: int, ended: Callable[[str], None], gap: float = GAP
    ) -> None:
        """`every` is in seconds, for feeds without a time of their own; 0 means no schedule. `ended` is told how each
        run ended: ok, quarantined or failed. `gap` is how long it waits for more that is asked for.
        """
        self._gap = gap
        self._environment, self._every, self._ended = dict(environment), every, ended
        self._names: set[str] = set()
        self._wanted = asyncio.Event()

    def request(self, *names: str) -> None:
        """Asks for an import of these feeds soon."""
        self._names |= set(names)
        self._wanted.set()

    def publish(self) -> None:
        """Asks for a snapshot of what the store has, soon."""
        self._wanted.set()

    async def run(self) -> None:
        """Runs until cancelled. A schedule begins with a run at once."""
        loop = asyncio.get_running_loop()
        due = loop.time() if self._every else None
        while True:
            if due is not None and loop.time() >= due:
                due = loop.time() + min(self._every, TICK)
                await self._import("--due")
            try:
                async with asyncio.timeout_at(due):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(self._gap)
            self._wanted.clear()
            names, self._names = sorted(self._names), set()
            await self._import("--wait", *(names or ["--publish"]))

    async def _import(self, *arguments: str) -> None:
        command = (sys.executable, "-m", "blacklist", "import", *arguments)
        child = await asyncio.create_subprocess_exec(*command, env=self._environment, stdout=asyncio.subprocess.DEVNULL)
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            await child.wait()
            raise
        end = _ENDS.get(code, "failed")
        self._ended(end)
        if end == "failed":
            _log.error("the importer ended with %d; what serves, if anything does, stays", code)

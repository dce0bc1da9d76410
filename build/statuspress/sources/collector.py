"""The collection: all configured sources side by side, each with its deadline, and one for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

import httpx

from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.section import SourceSettings
from statuspress.sources.fetch import make_client
from statuspress.sources.interface import Gaps, Source, Unavailable
from statuspress.sources.registry import SOURCES
from statuspress.sources.secrecy import Sent, without_secrets


@dataclass(frozen=True, slots=True)
class Progress:
    """One source is done: how many figures and gaps it brought, after how many seconds."""

    source: str
    figures: int
    gaps: int
    seconds: float


async def collect(
    config: Config,
    now: datetime,
    report: Callable[[Progress], None],
    sources: Sequence[Source[Any]] = SOURCES,
) -> Dossier:
    """What every configured source brings home. No failure of a source ends it; what is not known is a gap."""
    configured = [source for source in sources if source.name in config.sources]
    items: dict[str, Evidence | Gap] = {}
    started = perf_counter()
    sent = Sent()
    async with make_client(sent.watch) as client:
        tasks = [asyncio.create_task(_collect(source, config, client, now)) for source in configured]
        order: dict[str, Sequence[Evidence | Gap]] = {}
        for task in asyncio.as_completed(tasks) if tasks else ():
            name, found = await task
            order[name] = found
            gaps = sum(isinstance(item, Gap) for item in found)
            report(Progress(name, len(found) - gaps, gaps, perf_counter() - started))
    for source in configured:
        items.update({item.id: item for item in order[source.name]})
    return Dossier(now, without_secrets(items, config.secrets() | sent.keys))


async def _collect(
    source: Source[Any], config: Config, client: httpx.AsyncClient, now: datetime
) -> tuple[str, Sequence[Evidence | Gap]]:
    settings = config.sources[source.name]
    seconds = min(settings.deadline, config.deadline)
    task = asyncio.create_task(_bounded(source, seconds, settings, client, now))
    await asyncio.wait({task})
    error = task.exception()
    found: Iterable[Evidence | Gap] = ()
    why = Unavailable("The source did not report it.")
    if error is None:
        found = task.result()
    elif isinstance(error, Unavailable):
        why = error
    elif isinstance(error, TimeoutError):
        why = Unavailable(f"It did not finish within {seconds:g} s.", "See whether the system is overloaded.")
    else:
        why = Unavailable(f"Its source failed unexpectedly ({type(error).__name__}).", "Report this as a fault.")
    brought = {item.id: item for item in found}
    missing = [name for name in source.ids if name not in brought]
    return source.name, [*brought.values(), *Gaps(source.name, source.ids, now).make(missing, why)]


async def _bounded(
    source: Source[Any], seconds: float, settings: SourceSettings, client: httpx.AsyncClient, now: datetime
) -> Sequence[Evidence | Gap]:
    async with asyncio.timeout(seconds):
        return await source.collect(settings, client, now)

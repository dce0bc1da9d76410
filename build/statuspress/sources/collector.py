"""The collection: all configured sources side by side, each with its deadline, and one for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

import httpx

from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.sources.fetch import make_client
from statuspress.sources.interface import Gaps, Source, Unavailable
from statuspress.sources.registry import PLANNED, SOURCES


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
    sources: Sequence[Source] = SOURCES,
) -> Dossier:
    """What every configured source brings home. No failure of a source ends it; what is not known is a gap."""
    configured = [(source, seconds) for source in sources if (seconds := source.deadline(config)) is not None]
    items: dict[str, Evidence | Gap] = {}
    started = perf_counter()
    async with make_client() as client:
        tasks = {
            asyncio.create_task(_collect(source, min(seconds, config.deadline), config, client, now)): source
            for source, seconds in configured
        }
        order: dict[str, Sequence[Evidence | Gap]] = {}
        for task in asyncio.as_completed(tasks) if tasks else ():
            name, found = await task
            order[name] = found
            gaps = sum(isinstance(item, Gap) for item in found)
            report(Progress(name, len(found) - gaps, gaps, perf_counter() - started))
    for source, _ in configured:
        items.update({item.id: item for item in order[source.name]})
    for planned in config.planned:
        items.update({gap.id: gap for gap in _not_built(planned.name, now)})
    return Dossier(now, _without_secrets(items, config))


async def _collect(
    source: Source, seconds: float, config: Config, client: httpx.AsyncClient, now: datetime
) -> tuple[str, Sequence[Evidence | Gap]]:
    task = asyncio.create_task(_bounded(source, seconds, config, client, now))
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
    source: Source, seconds: float, config: Config, client: httpx.AsyncClient, now: datetime
) -> Sequence[Evidence | Gap]:
    async with asyncio.timeout(seconds):
        return await source.collect(config, client, now)


def _not_built(name: str, now: datetime) -> Sequence[Evidence | Gap]:
    planned = PLANNED[name]
    why = Unavailable(f"No source for {planned.title} is built yet.", "Wait for a release that reads it.")
    return Gaps(name, planned.ids, now).make(list(planned.ids), why)


def _without_secrets(items: Mapping[str, Evidence | Gap], config: Config) -> Mapping[str, Evidence | Gap]:
    """A system that repeats a key in its answer does not get it published."""
    token = config.service.token if config.service else ""
    if not token:
        return items
    safe: dict[str, Evidence | Gap] = {}
    for name, item in items.items():
        if isinstance(item, Gap):
            reason = item.reason.replace(token, "…")
            safe[name] = replace(item, reason=reason, remedy=item.remedy.replace(token, "…"))
        elif token in f"{item.value}\n{item.query}\n{item.link}":
            reason = "The answer repeated the key that was sent, so it is not published."
            safe[name] = Gap(name, item.label, item.source, reason, item.collected_at, "Replace that key.")
        else:
            safe[name] = item
    return safe

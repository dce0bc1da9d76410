"""The lookup API: `/ready` and `/health`, lookups of its own (probes.py), then `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.histogram import Histogram
from statuspress.core.number import NumberError, count
from statuspress.settings.service import ServiceSettings
from statuspress.sources.exposition import Exposition, parse_exposition
from statuspress.sources.fetch import Answer, fetch
from statuspress.sources.interface import Gaps, Unavailable
from statuspress.sources.probes import PROBES, Prober

_LOOKUP = "/api/v1/lookup/{address}"
_BATCH = "/api/v1/lookup"
_DURATION = "blacklist_http_request_duration_seconds"
_REQUESTS = "blacklist_http_requests_total"

_READY = {"service.ready": "Answers lookups"}
_HEALTH = {
    "service.health": "Health as the service sees it",
    "service.version": "Version",
    "service.generation": "Generation in use",
    "service.uptime": "Uptime",
    "service.snapshot.age": "Age of the snapshot",
    "service.listings": "Listings",
    "service.feeds": "Feeds",
    "service.feeds.failing": "Feeds that fail or are quarantined",
    "service.store.up": "The store answers",
}
_METRICS = {
    "service.entries": "Indicators",
    "service.requests": "Requests answered since the start",
    "service.errors": "Requests answered with a server error since the start",
    "service.lookup.count": "Lookups answered since the start",
    "service.lookup.p50": "Lookup time inside the service, median",
    "service.lookup.p95": "Lookup time inside the service, 95th percentile",
    "service.lookup.p99": "Lookup time inside the service, 99th percentile",
    "service.batch.p95": "Batch lookup time inside the service, 95th percentile",
    "service.memory": "Resident memory",
    "service.cpu": "Processor time since the start",
}


class ServiceSource:
    """Reads one address of the lookup API. The scrape comes last, so that it counts the probes and is never without."""

    name = "service"
    ids: Mapping[str, str] = {**_READY, **_HEALTH, **_METRICS, **PROBES}

    async def collect(
        self, settings: ServiceSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """A fifth of the deadline for each step, so that a hanging one leaves the others their time."""
        reader = _Reader(settings, client, now, settings.deadline / 5)
        ready, health = await asyncio.gather(reader.ready(), reader.health())
        probes = await Prober(settings, client, now, settings.deadline / 5).run()
        return [*ready, *health, *await reader.metrics(), *probes]


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: ServiceSettings
    client: httpx.AsyncClient
    now: datetime
    timeout: float

    async def ready(self) -> list[Evidence | Gap]:
        def read(answer: Answer) -> Value:
            if answer.status == 503:
                return False
            if answer.status == 200 and answer.body.strip() == b"ready":
                return True
            raise answer.unexpected("ready or 503")

        return await self._read("/ready", _READY, lambda answer: {"service.ready": (lambda: read(answer), "", "")})

    async def health(self) -> list[Evidence | Gap]:
        return await self._read("/health", _HEALTH, _health_figures)

    async def metrics(self) -> list[Evidence | Gap]:
        return await self._read("/metrics", _METRICS, _metrics_figures)

    async def _read(
        self, path: str, ids: Mapping[str, str], figures: Callable[[Answer], Mapping[str, _Figure]]
    ) -> list[Evidence | Gap]:
        gaps = Gaps("service", ids, self.now)
        url = self.settings.url + path
        try:
            answer = await fetch(self.client, url, timeout=self.timeout, token=self.settings.token)
            found = figures(answer)
        except Unavailable as why:
            return gaps.make(list(ids), why)
        items: list[Evidence | Gap] = []
        for name, (read, unit, query) in found.items():
            try:
                value = read()
            except Unavailable as why:
                items += gaps.make([name], why)
                continue
            asked = f"GET {url}{query}"
            valid_for = self.settings.valid_for
            buckets = value if isinstance(value, Histogram) else None
            plain = value.total if isinstance(value, Histogram) else value
            items.append(
                Evidence(
                    name, ids[name], plain, unit, "service", asked, self.now, valid_for, answer.digest, url, buckets
                )
            )
        return items


# How to read it, its unit, and what is asked of the answer. A histogram is a count with its buckets.
_Figure = tuple[Callable[[], Value | Histogram], str, str]


def _health_figures(answer: Answer) -> Mapping[str, _Figure]:
    if answer.status not in {200, 503}:
        raise answer.unexpected("200 or 503")
    document = answer.json()
    if not isinstance(document, dict) or document.get("status") not in ("ok", "degraded", "unavailable"):
        raise answer.unexpected("the service's health")

    def text(path: str) -> Callable[[], Value]:
        return lambda: _text(document, path)

    def whole(path: str) -> Callable[[], Value]:
        return lambda: _whole(document, path)

    return {
        "service.health": (text("status"), "", ": .status"),
        "service.version": (text("version"), "", ": .version"),
        "service.generation": (whole("generation"), "1", ": .generation"),
        "service.uptime": (whole("uptime_seconds"), "s", ": .uptime_seconds"),
        "service.snapshot.age": (whole("snapshot.age_seconds"), "s", ": .snapshot.age_seconds"),
        "service.listings": (whole("snapshot.listings"), "{listing}", ": .snapshot.listings"),
        "service.feeds": (lambda: len(_feeds(document)), "{feed}", ": .feeds | length"),
        "service.feeds.failing": (
            lambda: sum(feed.get("state") in ("failed", "quarantined") for feed in _feeds(document)),
            "{feed}",
            ': .feeds | map(select(.state == ("failed", "quarantined"))) | length',
        ),
        "service.store.up": (lambda: _text(document, "store.state") == "up", "", ': .store.state == "up"'),
    }


def _metrics_figures(answer: Answer) -> Mapping[str, _Figure]:
    if answer.status in {401, 403}:
        raise Unavailable(
            f"{answer.url} answered {answer.status}: the key is missing, or lacks the scope `metrics`.",
            "Give the key such a scope, or allow this network to read metrics.",
        )
    try:
        exposition = parse_exposition(answer.body)
    except ValueError:
        raise answer.unexpected("metrics") from None
    if answer.status != 200 or "blacklist_ready" not in exposition.samples:
        raise answer.unexpected("the service's metrics")

    def quantile(q: float, route: str) -> _Figure:
        query = f': histogram_quantile({q}, {_DURATION}_bucket{{route="{route}"}})'
        return (lambda: exposition.quantile(q, _DURATION, {"route": route}), "s", query)

    return {
        "service.entries": (
            lambda: exposition.total("blacklist_snapshot_entries"),
            "{indicator}",
            ": sum(blacklist_snapshot_entries)",
        ),
        "service.requests": (lambda: _requests(exposition, ""), "{request}", f": sum({_REQUESTS})"),
        "service.errors": (lambda: _requests(exposition, "5"), "{request}", f': sum({_REQUESTS}{{status=~"5.."}})'),
        "service.lookup.count": (
            lambda: exposition.histogram(_DURATION, {"route": _LOOKUP}),
            "{lookup}",
            f': {_DURATION}_count{{route="{_LOOKUP}"}}',
        ),
        "service.lookup.p50": quantile(0.5, _LOOKUP),
        "service.lookup.p95": quantile(0.95, _LOOKUP),
        "service.lookup.p99": quantile(0.99, _LOOKUP),
        "service.batch.p95": quantile(0.95, _BATCH),
        "service.memory": (
            lambda: exposition.total("process_resident_memory_bytes"),
            "By",
            ": process_resident_memory_bytes",
        ),
        "service.cpu": (lambda: exposition.value("process_cpu_seconds_total"), "s", ": process_cpu_seconds_total"),
    }


def _requests(exposition: Exposition, status: str) -> int:
    if _REQUESTS not in exposition.samples:
        return 0  # a counter with labels is not exposed before it counts
    return exposition.total(_REQUESTS, lambda labels: labels.get("status", "").startswith(status))


def _at(document: Any, path: str) -> object:
    found = document
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    if found is None:
        raise Unavailable(f"/health gives no {path}.", "Import feeds, so that a snapshot is loaded.")
    return found


def _text(document: Any, path: str) -> str:
    found = _at(document, path)
    if not isinstance(found, str) or len(found) > 100:
        raise Unavailable(f"/health gives {path}, but not as a short text.")
    return found


def _whole(document: Any, path: str) -> int:
    try:
        return count(_at(document, path))
    except NumberError as error:
        raise Unavailable(f"/health gives {path}, but {error}.") from None


def _feeds(document: Any) -> list[dict[str, Any]]:
    feeds = document.get("feeds")
    if not isinstance(feeds, list) or not all(isinstance(feed, dict) for feed in feeds):
        raise Unavailable("/health gives no list of feeds.")
    return feeds

"""Prometheus, by its HTTP API: instant queries for figures of now, a range query for the period looked back on.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from string import Template
from urllib.parse import urlencode

import httpx

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.number import count, measure
from statuspress.core.percentile import HistogramError, histogram_quantile
from statuspress.settings.prometheus import QUERIES, PrometheusSettings
from statuspress.sources.fetch import Call, bearer, send
from statuspress.sources.fields import entry, objects
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import SKEW, Notes, Origin

_LOOKUP = {
    "prometheus.lookup.p50": "Lookup time by Prometheus, median",
    "prometheus.lookup.p95": "Lookup time by Prometheus, 95th percentile",
    "prometheus.lookup.p99": "Lookup time by Prometheus, 99th percentile",
}
_UP = {
    "prometheus.up": "Prometheus is scraping the service",
    "prometheus.targets": "Targets of the service in Prometheus",
}
_PERIOD = {
    "prometheus.up.share": "Scrapes of the period looked back on that worked",
    "prometheus.up.known": "Share of the period looked back on that Prometheus watched",
}
_SINGLE = {  # by the name of their query: id, label and unit
    "requests": ("prometheus.requests", "Requests answered per second", "1/s"),
    "errors": ("prometheus.errors", "Requests answered with a server error", "%"),
    "memory": ("prometheus.memory", "Resident memory of the largest replica", "By"),
    "cpu": ("prometheus.cpu", "Processors in use", "1"),
    "uptime": ("prometheus.uptime", "Time since the latest start of a replica", "s"),
    "memory_share": ("prometheus.memory.share", "Memory in use of its limit", "%"),
    "cpu_share": ("prometheus.cpu.share", "Processor time in use of its limit", "%"),
}
_STEPS = 60  # points that the period looked back on is seen by
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PART = 0.8  # of the deadline, for one query: one that hangs leaves the others their figures


class PrometheusSource:
    """Asks one Prometheus, every query for itself."""

    name = "prometheus"
    ids: Mapping[str, str] = _UP | _PERIOD | _LOOKUP | {id: label for id, label, _ in _SINGLE.values()}

    async def collect(
        self, settings: PrometheusSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """All queries side by side."""
        notes = Notes(self.name, self.ids, now, settings.valid_for)
        reader = _Reader(settings, client, notes)
        await asyncio.gather(
            reader.up(),
            reader.period(),
            reader.lookup(),
            *(reader.single(name, *rest) for name, rest in _SINGLE.items()),
        )
        return notes.items


@dataclass(frozen=True, slots=True)
class _Series:
    """One series of a result: its labels and its points, each a time in seconds and the text of a number."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, str]]

    @property
    def value(self) -> str:
        return self.points[-1][1]


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: PrometheusSettings
    client: httpx.AsyncClient
    notes: Notes

    async def up(self) -> None:
        def read(series: Sequence[_Series]) -> Mapping[str, tuple[Callable[[], Value], str]]:
            values = [count(one.value) for one in series]
            return {
                "prometheus.up": (lambda: all(value == 1 for value in values), ""),
                "prometheus.targets": (lambda: len(values), "{target}"),
            }

        await self._instant("up", _UP, read)

    async def lookup(self) -> None:
        def read(series: Sequence[_Series]) -> Mapping[str, tuple[Callable[[], Value], str]]:
            buckets = _buckets(series)
            quantiles = zip(_LOOKUP, (0.5, 0.95, 0.99), strict=True)
            return {id: (partial(_quantile, q, buckets), "s") for id, q in quantiles}

        await self._instant("lookup", _LOOKUP, read)

    async def single(self, name: str, id: str, label: str, unit: str) -> None:
        def read(series: Sequence[_Series]) -> Mapping[str, tuple[Callable[[], Value], str]]:
            if len(series) > 1:
                raise Unavailable("The query finds more than one series.", f"Sum them up in queries.{name}.")
            return {id: (lambda: _number(series[0].value), unit)}

        await self._instant(name, {id: label}, read)

    async def period(self) -> None:
        """How often scrapes worked, and over how much of the period anything is known."""
        period = int(self.settings.period[:-1]) * _UNITS[self.settings.period[-1]]
        step = max(1, period // _STEPS)
        end = int(self.notes.now.timestamp())
        query = self._query("up")
        asked = {"query": query, "start": end - period + step, "end": end, "step": step}
        try:
            series, origin = await self._ask("query_range", asked, "matrix")
            points = [(at, count(value)) for one in series for at, value in one.points]
        except Unavailable as why:
            self.notes.miss(_PERIOD, why)
            return
        except ValueError as error:
            self.notes.miss(_PERIOD, Unavailable(f"Prometheus gives {error}."))
            return
        expected = len(range(end - period + step, end + 1, step))
        seen = {at for at, _ in points}
        good = sum(value == 1 for _, value in points)
        shown = Origin(f"{query} over {self.settings.period} by {step} s: share of points", origin.digest, origin.link)
        self.notes.note("prometheus.up.share", lambda: 100 * good / len(points), "%", shown)
        self.notes.note("prometheus.up.known", lambda: min(100.0, 100 * len(seen) / expected), "%", shown)

    async def _instant(
        self,
        name: str,
        ids: Mapping[str, str],
        read: Callable[[Sequence[_Series]], Mapping[str, tuple[Callable[[], Value], str]]],
    ) -> None:
        try:
            series, origin = await self._ask("query", {"query": self._query(name)}, "vector")
            figures = read(series)
        except Unavailable as why:
            self.notes.miss(ids, why)
            return
        except ValueError as error:
            self.notes.miss(ids, Unavailable(f"Prometheus gives {error}."))
            return
        for id, (value, unit) in figures.items():
            self.notes.note(id, value, unit, origin)

    def _query(self, name: str) -> str:
        settings = self.settings
        words = {
            "service": f'job="{settings.job}"',
            "pods": f'namespace="{settings.namespace}", container="{settings.container}"',
            "window": settings.window,
        }
        return Template(settings.queries.get(name, QUERIES[name][1])).safe_substitute(words)

    async def _ask(self, path: str, asked: Mapping[str, object], kind: str) -> tuple[Sequence[_Series], Origin]:
        settings = self.settings
        url = f"{settings.url}/api/v1/{path}"
        call = Call(f"{url}?{urlencode(asked)}", authorization=bearer(settings.token))
        answer = await send(self.client, call, timeout=_PART * settings.deadline)
        answer.allowed(settings.token_env, settings.token)
        document = answer.json()
        status = entry(document, "status")
        if status == "error":
            said = str(entry(document, "error"))[:200]
            raise Unavailable(f"Prometheus refuses the query: {said}.", "Mend it in sources.prometheus.queries.")
        if answer.status != 200 or status != "success":
            raise answer.unexpected("a result")
        if warnings := entry(document, "warnings"):
            said = str(warnings[0] if isinstance(warnings, list) else warnings)[:200]
            raise Unavailable(f"Prometheus answers only in part: {said}.", "See which of its stores is away.")
        if entry(document, "isPartial") is True:
            raise Unavailable("Prometheus answers only in part.", "See which of its stores is away.")
        if (found := entry(document, "data", "resultType")) != kind:
            raise Unavailable(f"Prometheus answers with a {found} where a {kind} was asked for.", "Mend the query.")
        series = [_series(one, kind) for one in objects(document, "data", "result")]
        if not series:
            raise Unavailable(
                "Prometheus has no such series.", "See whether it scrapes what the query names, and under which labels."
            )
        self._same_time(series, kind)
        query = str(asked["query"])
        link = f"{settings.url}/graph?{urlencode({'g0.expr': query, 'g0.tab': 1})}"
        return series, Origin(query, answer.digest, link)

    def _same_time(self, series: Sequence[_Series], kind: str) -> None:
        """An instant query is answered as of the server's own clock."""
        for one in series if kind == "vector" else ():
            try:
                at = datetime.fromtimestamp(one.points[0][0], UTC)
            except (ValueError, OverflowError, OSError):
                at = datetime.min.replace(tzinfo=UTC)
            if abs(at - self.notes.now) > max(SKEW, timedelta(seconds=self.settings.deadline)):
                raise Unavailable("The clock of Prometheus is another than this machine's.", "Set the clocks of both.")


def _series(document: Mapping[str, object], kind: str) -> _Series:
    labels = document.get("metric")
    points = [document.get("value")] if kind == "vector" else document.get("values")
    found: list[tuple[float, str]] = []
    for point in points if isinstance(points, list) else ():
        match point:
            case [int() | float() as at, str() as value]:
                found.append((float(at), value))
            case _:
                raise Unavailable("Prometheus gives a point that is none.")
    if not isinstance(labels, dict) or not found:
        raise Unavailable("Prometheus gives a series without points.")
    return _Series({str(name): str(value) for name, value in labels.items()}, found)


def _number(text: str) -> float:
    if text == "NaN":
        raise Unavailable("Prometheus answers NaN: nothing to divide by.", "Send requests, or widen the window.")
    return measure(text)


def _buckets(series: Sequence[_Series]) -> list[tuple[float, float]]:
    """Increases are extrapolated bucket by bucket, so one may end up below the one before: it is raised to that."""
    found: list[tuple[float, float]] = []
    for one in series:
        try:
            bound = float(one.labels["le"])
        except (KeyError, ValueError):
            raise Unavailable(
                "The query gives a bucket without a bound.", "Keep the label `le` in queries.lookup."
            ) from None
        if math.isnan(bound):
            raise Unavailable("A bucket has the bound NaN.")
        found.append((bound, measure(one.value)))
    raised: list[tuple[float, float]] = []
    for bound, number in sorted(found):
        raised.append((bound, max(number, raised[-1][1] if raised else 0.0)))
    return raised


def _quantile(q: float, buckets: Sequence[tuple[float, float]]) -> float:
    try:
        found = histogram_quantile(q, buckets)
    except HistogramError as error:
        raise Unavailable(f"The query gives no histogram: {error}.", "Keep all buckets in queries.lookup.") from None
    if found is None:
        raise Unavailable("No lookup was answered within the window.", "Send one, or widen the window.")
    return found

"""The evidence as metrics for a Prometheus Pushgateway, so that alerts can be raised on what only a report knows.

https://github.com/prometheus/pushgateway#api
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from statuspress.core.evidence import Dossier, Evidence
from statuspress.sources.fetch import Call, make_client, send
from statuspress.sources.interface import Unavailable

_PATH = "/metrics/job/statuspress"
_TIMEOUT = 10.0  # seconds


async def push(url: str, dossier: Dossier) -> int:
    """Puts all of it in the place of what was pushed before; the number of figures. Raises Unavailable."""
    headers = {"content-type": "text/plain; version=0.0.4; charset=utf-8"}
    call = Call(url.rstrip("/") + _PATH, "PUT", headers=headers, content=exposition(dossier))
    async with make_client() as client:
        answer = await send(client, call, timeout=_TIMEOUT)
    if answer.status not in {200, 202} and answer.media_type != "text/plain":
        raise answer.unexpected("200")
    if answer.status not in {200, 202}:
        said = answer.body[:200].decode(errors="replace").strip()
        raise Unavailable(f"{call.url} answered {answer.status}: {said}.", "Check that this is a Pushgateway.")
    return sum(isinstance(item, Evidence) and not isinstance(item.value, str) for item in dossier)


def exposition(dossier: Dossier) -> bytes:
    """The metrics in Prometheus's text format. Texts have no number: only whether they are known is said of them."""
    registry = CollectorRegistry()
    registry.register(_Metrics(dossier))
    return generate_latest(registry)


class _Metrics(Collector):
    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    def collect(self) -> Iterator[Metric]:
        def gauge(name: str, help: str, *labels: str) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"statuspress_{name}", help, labels=labels)

        value = gauge("evidence_value", "A measured value; true is 1.", "id", "source", "unit")
        known = gauge("evidence_known", "Whether it was measured: 1, or 0 for a gap.", "id", "source")
        measured = gauge("evidence_measured_timestamp_seconds", "When it was measured.", "id", "source")
        until = gauge("evidence_valid_until_timestamp_seconds", "From when on it is unknown.", "id", "source")
        for item in self._dossier:
            labels = [item.id, item.source]
            known.add_metric(labels, isinstance(item, Evidence))
            if not isinstance(item, Evidence):
                continue
            measured.add_metric(labels, item.collected_at.timestamp())
            if item.valid_until is not None:
                until.add_metric(labels, item.valid_until.timestamp())
            if not isinstance(item.value, str):
                value.add_metric([*labels, item.unit], float(item.value))
        collected = gauge("collection_timestamp_seconds", "When this collection was made.")
        collected.add_metric([], self._dossier.collected_at.timestamp())
        yield from (value, known, measured, until, collected)

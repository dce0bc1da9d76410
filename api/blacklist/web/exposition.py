"""`/metrics`: the counters of the process in the Prometheus text format, made when it is scraped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from time import time

from starlette.requests import Request
from starlette.responses import Response

from blacklist import __version__
from blacklist.metrics import BUCKETS
from blacklist.web.feed_metrics import feed_families
from blacklist.web.health import unpublished_seconds
from blacklist.web.replica_metrics import replica_families
from blacklist.web.state import State


async def exposition(state: State, _request: Request) -> Response:
    """`GET /metrics`. The library is imported by the first scrape: a server's first answer does not wait for it."""
    from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Collector(state))  # type: ignore[arg-type]
    headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
    return Response(generate_latest(registry), headers=headers)


class _Collector:
    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[object]:
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            InfoMetricFamily,
        )

        state, metrics, now = self._state, self._state.metrics, time()
        requests = CounterMetricFamily(
            "blacklist_http_requests", "Requests answered.", labels=["route", "method", "status"]
        )
        for (route, method, status), count in sorted(metrics.requests.items()):
            requests.add_metric([route, method, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "blacklist_http_request_duration_seconds", "Time from the request's head to its answer.", labels=["route"]
        )
        for route, histogram in sorted(metrics.durations.items()):
            total = 0
            buckets = []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
                total += count
                buckets.append((bound, float(total)))
            durations.add_metric([route], buckets, histogram.sum)
        yield durations
        for name, help_text, label, counts in (
            ("blacklist_lookups", "Addresses looked up, alone or in batches.", "outcome", metrics.lookups),
            ("blacklist_auth_failures", "Requests refused for their key.", "reason", metrics.auth_failures),
            ("blacklist_logins", "Logins and renewals of operators.", "outcome", metrics.logins),
            ("blacklist_rate_limited", "Requests refused for a spent quota.", "quota", metrics.rate_limited),
            ("blacklist_connections_refused", "Connections closed by a limit.", "reason", metrics.connections),
            ("blacklist_imports", "Runs of the importer that this server started.", "result", metrics.imports),
        ):
            family = CounterMetricFamily(name, help_text, labels=[label])
            for value, count in sorted(counts.items()):
                family.add_metric([value], count)
            yield family
        yield CounterMetricFamily(
            "blacklist_snapshots_refused", "Snapshots not served because they were damaged.", metrics.snapshots_refused
        )
        yield CounterMetricFamily(
            "blacklist_audit_entries", "Entries that this process wrote to the audit log.", metrics.audit_entries
        )
        yield CounterMetricFamily(
            "blacklist_audit_failures", "Changes that could not be written to the audit log.", metrics.audit_failures
        )
        yield CounterMetricFamily(
            "blacklist_list_renderings", "Lists rendered, each for all who ask for it.", state.lists.renderings
        )
        yield CounterMetricFamily("blacklist_list_pulls", "Lists sent, or told to be unchanged.", state.pulls.total)
        late = sum(pull.late(now) for pull in state.pulls)
        yield GaugeMetricFamily("blacklist_list_pulls_late", "Lists that their consumer has stopped to come for.", late)
        devices = GaugeMetricFamily("blacklist_list_devices", "Devices by what their lists take.", labels=["state"])
        states = Counter({"fits": 0, "near": 0, "outgrown": 0})
        states.update(budget.state for budget in state.pulls.budgets(now))
        for name, count in states.items():
            devices.add_metric([name], count)
        yield devices
        yield GaugeMetricFamily("blacklist_store_up", "Whether the store answers.", float(not state.store_error))
        yield from replica_families(state, now)
        yield GaugeMetricFamily(
            "blacklist_unpublished_seconds",
            "For how long a change by an operator has been in lookups alone.",
            unpublished_seconds(state, now),
        )
        yield GaugeMetricFamily("blacklist_ready", "Whether lookups are answered.", float(state.answers is not None))
        yield InfoMetricFamily("blacklist_build", "The program.", {"version": __version__})
        if state.answers is not None:
            snapshot = state.answers.index.snapshot
            yield GaugeMetricFamily(
                "blacklist_snapshot_generation", "Generation of the snapshot in use.", snapshot.head.generation
            )
            yield GaugeMetricFamily(
                "blacklist_snapshot_timestamp_seconds", "When it was compiled.", snapshot.head.compiled_at
            )
            yield GaugeMetricFamily("blacklist_snapshot_listings", "Listings in it.", snapshot.meta["listings"])
            entries = GaugeMetricFamily("blacklist_snapshot_entries", "Different indicators in it.", labels=["family"])
            for version, count in snapshot.entries.items():
                entries.add_metric([str(version)], count)
            yield entries
        yield from feed_families(state.feeds)

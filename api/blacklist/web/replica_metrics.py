"""What `/metrics` tells of a server that shares its store: how far it is behind, and what it has kept."""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.web.health import generations_behind
from blacklist.web.state import State


def replica_families(state: State, now: float) -> Iterator[object]:
    """The metric families; none with the embedded store. `now` is in Unix seconds."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - see exposition

    if not state.settings.shared:
        return
    lag = state.lag
    yield GaugeMetricFamily(
        "blacklist_replica_lag_seconds", "For how long this server is behind the store.", lag.seconds(now)
    )
    yield GaugeMetricFamily(
        "blacklist_replica_generations_behind", "By how many its snapshot is older.", generations_behind(state)
    )
    yield CounterMetricFamily("blacklist_replica_fetches", "Snapshots fetched from the store.", lag.fetched)
    yield CounterMetricFamily("blacklist_replica_fetch_failures", "Fetches that came to nothing.", lag.failed)
    kept_at = state.keeper.at if state.keeper is not None else 0
    yield GaugeMetricFamily(
        "blacklist_local_copies_timestamp_seconds", "When the store last agreed to what is kept here.", kept_at
    )
    yield GaugeMetricFamily(
        "blacklist_importer_leased", "Whether an importer holds the lease.", float(state.importing is not None)
    )
    yield GaugeMetricFamily(
        "blacklist_importer_watching", "Whether an importer is there for what is asked.", float(bool(state.attended))
    )

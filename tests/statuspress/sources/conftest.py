"""A lookup service that answers as the real one does, to be spoilt path by path; and a collection from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from answering import Answering, Asked, Reply, answering, as_json
from statuspress.config import Config, ProjectSettings
from statuspress.core.evidence import Dossier
from statuspress.settings.service import ServiceSettings
from statuspress.sources.collector import collect

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
KEY = "a-key-for-tests"

METRICS = b"""\
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 4.0e+07
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.25
# TYPE blacklist_http_requests_total counter
blacklist_http_requests_total{method="GET",route="/api/v1/lookup/{address}",status="200"} 100.0
blacklist_http_requests_total{method="GET",route="/api/v1/lookup/{address}",status="503"} 3.0
# TYPE blacklist_http_request_duration_seconds histogram
blacklist_http_request_duration_seconds_bucket{le="0.0001",route="/api/v1/lookup/{address}"} 50.0
blacklist_http_request_duration_seconds_bucket{le="0.0005",route="/api/v1/lookup/{address}"} 90.0
blacklist_http_request_duration_seconds_bucket{le="0.001",route="/api/v1/lookup/{address}"} 100.0
blacklist_http_request_duration_seconds_bucket{le="+Inf",route="/api/v1/lookup/{address}"} 100.0
# TYPE blacklist_ready gauge
blacklist_ready 1.0
# TYPE blacklist_snapshot_entries gauge
blacklist_snapshot_entries{family="4"} 40.0
blacklist_snapshot_entries{family="6"} 2.0
"""

HEALTH = {
    "status": "degraded",
    "version": "1.2.3",
    "generation": 7,
    "uptime_seconds": 3600,
    "snapshot": {"as_of": "2031-03-18T14:00:00Z", "age_seconds": 120, "listings": 50},
    "store": {"kind": "sqlite", "state": "up", "error": None},
    "feeds": [{"name": "one", "state": "imported"}, {"name": "two", "state": "failed"}],
}


def _lookup(asked: Asked) -> Reply:
    if asked.key != KEY:
        return as_json({"title": "Unauthorised"}, 401, "application/problem+json")
    address = asked.path.rpartition("/")[2]
    if address == "192.0.2":
        return as_json({"title": "Not an address"}, 400, "application/problem+json")
    return as_json({"address": address, "listed": False})


def _batch(asked: Asked) -> Reply:
    return as_json({"results": [{}, {}, {}, {}]}) if asked.key == KEY else as_json({}, 401, "application/problem+json")


@pytest.fixture
def service() -> Iterator[Answering]:
    """The service, well but for one feed."""
    with answering() as server:
        server.set("/ready", Reply(b"ready\n"))
        server.set("/health", as_json(HEALTH))
        server.set("/metrics", Reply(METRICS))
        server.answers["/api/v1/lookup/"] = _lookup
        server.answers["/api/v1/lookup"] = _batch
        yield server


def make_config(url: str, *, token: str = KEY, deadline: float = 10.0, lookups: int = 8) -> Config:
    """A configuration that has the service alone."""
    service = ServiceSettings(url=url, token=token, lookups=lookups, deadline=deadline)
    return Config(
        path=Path("statuspress.toml"),
        root=Path(),
        project=ProjectSettings(
            name="blacklist", url="http://127.0.0.1:8000/", repository="https://example.org/blacklist"
        ),
        data=Path("data"),
        out=Path("_site"),
        deadline=30,
        sources={"service": service},
    )


@pytest.fixture
def configure() -> Callable[..., Config]:
    """Makes a configuration that has the service alone."""
    return make_config


@pytest.fixture
def gather() -> Callable[..., Dossier]:
    """Collects, at that time if one is given."""
    return lambda config, now=NOW: asyncio.run(collect(config, now, lambda _: None))

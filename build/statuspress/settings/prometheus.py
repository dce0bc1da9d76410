"""[sources.prometheus]: the Prometheus that scrapes the service, and what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from statuspress.settings.option import Address, Named, Secret, Text, Variable
from statuspress.settings.section import LiveSettings

_ERRORS = 'sum(rate(blacklist_http_requests_total{$service, status=~"5.."}[$window]))'
_REQUESTS = "sum(rate(blacklist_http_requests_total{$service}[$window]))"
_BUCKETS = 'blacklist_http_request_duration_seconds_bucket{$service, route="/api/v1/lookup/{address}"}'
_LIMIT = 'max by (pod, container) (kube_pod_container_resource_limits{$pods, resource="%s"})'
_MEMORY = "max by (pod, container) (container_memory_working_set_bytes{$pods})"
_CPU = "max by (pod, container) (rate(container_cpu_usage_seconds_total{$pods}[$window]))"

# By name: what it asks, and how by default. $service and $pods become label matchers, $window the window.
QUERIES: Mapping[str, tuple[str, str]] = {
    "up": ("Targets by whether their last scrape worked: 1 or 0 each.", "up{$service}"),
    "lookup": ("Lookups of the window by the bucket of their time.", f"sum by (le) (increase({_BUCKETS}[$window]))"),
    "requests": ("Requests answered per second over the window.", _REQUESTS),
    "errors": ("Percentage of these with a server error.", f"100 * ({_ERRORS} or vector(0)) / {_REQUESTS}"),
    "memory": ("Resident memory of the largest replica, in bytes.", "max(process_resident_memory_bytes{$service})"),
    "cpu": ("Processors that all replicas use.", "sum(rate(process_cpu_seconds_total{$service}[$window]))"),
    "uptime": ("Seconds since the latest start of a replica.", "time() - max(process_start_time_seconds{$service})"),
    "memory_share": ("Memory of the fullest container in percent.", f"100 * max({_MEMORY} / {_LIMIT % 'memory'})"),
    "cpu_share": ("Processor time of the busiest container in percent.", f"100 * max({_CPU} / {_LIMIT % 'cpu'})"),
}
_LABEL = r'^[^"\\\n]+$'


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusSettings(LiveSettings):
    """The Prometheus that scrapes the service."""

    url: Annotated[str, Address("Its address.")]
    token_env: Annotated[str, Variable("The variable that holds a bearer token, where one is asked for.")] = field(
        default="STATUSPRESS_PROMETHEUS_TOKEN"
    )
    token: Annotated[str, Secret("token_env")] = field(default="", repr=False)
    job: Annotated[str, Text("The job that scrapes the service.", pattern=_LABEL, example="blacklist")] = "blacklist"
    namespace: Annotated[str, Text("The namespace of its pods.", pattern=_LABEL, example="blacklist")] = "blacklist"
    container: Annotated[str, Text("The container in them.", pattern=_LABEL, example="blacklist")] = "blacklist"
    window: Annotated[str, Text("The window of rates.", pattern=r"^[1-9][0-9]*[smhd]$", example="5m")] = "5m"
    period: Annotated[str, Text("The period looked back on.", pattern=r"^[1-9][0-9]*[smhd]$", example="1h")] = "1h"
    queries: Annotated[
        Mapping[str, str],
        Named("PromQL in place of a default.", {name: help for name, (help, _) in QUERIES.items()}),
    ] = field(default_factory=dict)

"""The sources there are, and the systems that may be configured although no source reads them yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statuspress.sources.argocd import ArgocdSource
from statuspress.sources.container_registry import RegistrySource
from statuspress.sources.git import GitSource
from statuspress.sources.github import GithubSource
from statuspress.sources.interface import Source
from statuspress.sources.kubernetes import KubernetesSource
from statuspress.sources.prometheus import PrometheusSource
from statuspress.sources.reports import ReportsSource
from statuspress.sources.service import ServiceSource

SOURCES: tuple[Source[Any], ...] = (
    ServiceSource(),
    ReportsSource(),
    GitSource(),
    PrometheusSource(),
    ArgocdSource(),
    RegistrySource(),
    KubernetesSource(),
    GithubSource(),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A system that no source reads yet: its name for people, and the ids that it will answer for."""

    title: str
    ids: Mapping[str, str]


PLANNED: Mapping[str, Planned] = {
    "blackbox": Planned("the blackbox exporter", {"blackbox.up": "The service answers from outside"}),
    "manifests": Planned(
        "the rendered manifests",
        {
            "manifests.probes": "Containers with all probes",
            "manifests.limits": "Containers with requests and limits",
            "manifests.restricted": "Containers that run restricted",
            "manifests.network": "A network policy limits the pods",
        },
    ),
}

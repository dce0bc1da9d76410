"""The sources there are, and the systems that may be configured although no source reads them yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statuspress.sources.blackbox import BlackboxSource
from statuspress.sources.container_registry import RegistrySource
from statuspress.sources.git import GitSource
from statuspress.sources.interface import Source
from statuspress.sources.kubernetes import KubernetesSource
from statuspress.sources.manifests import ManifestsSource
from statuspress.sources.prometheus import PrometheusSource
from statuspress.sources.reports import ReportsSource
from statuspress.sources.service import ServiceSource

SOURCES: tuple[Source[Any], ...] = (
    ServiceSource(),
    ReportsSource(),
    GitSource(),
    PrometheusSource(),
    RegistrySource(),
    KubernetesSource(),
    BlackboxSource(),
    ManifestsSource(),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A system that no source reads yet: its name for people, and the ids that it will answer for."""

    title: str
    ids: Mapping[str, str]


PLANNED: Mapping[str, Planned] = {
    "argocd": Planned(
        "Argo CD",
        {
            "argocd.synced": "The cluster runs what the repository says",
            "argocd.healthy": "Argo CD finds the application healthy",
            "argocd.automated": "Argo CD syncs, prunes and heals by itself",
        },
    ),
    "github": Planned(
        "GitHub",
        {
            "github.protected": "The main branch is protected",
            "github.runs.passed": "Workflow runs that passed",
            "github.build.duration": "Time a build takes",
            "github.deploy.duration": "Time a deploy takes",
            "github.pages.https": "Pages answers over HTTPS alone",
            "github.pages.built": "The last Pages build succeeded",
            "github.runners.online": "Self-hosted runners online",
        },
    ),
}

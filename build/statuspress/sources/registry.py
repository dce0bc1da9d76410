"""The sources there are: one for each section that statuspress.toml may have, in the order pages show them."""

from __future__ import annotations

from typing import Any

from statuspress.sources.argocd import ArgocdSource
from statuspress.sources.blackbox import BlackboxSource
from statuspress.sources.container_registry import RegistrySource
from statuspress.sources.git import GitSource
from statuspress.sources.github import GithubSource
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
    ArgocdSource(),
    RegistrySource(),
    KubernetesSource(),
    GithubSource(),
    BlackboxSource(),
    ManifestsSource(),
)

"""The sections that [sources] may have, in the order in which sources are asked and shown."""

from __future__ import annotations

from collections.abc import Mapping

from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.blackbox import BlackboxSettings
from statuspress.settings.container_registry import RegistrySettings
from statuspress.settings.git import GitSettings
from statuspress.settings.github import GithubSettings
from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.settings.manifests import ManifestsSettings
from statuspress.settings.prometheus import PrometheusSettings
from statuspress.settings.reports import ReportsSettings
from statuspress.settings.section import SourceSettings
from statuspress.settings.service import ServiceSettings

SECTIONS: Mapping[str, type[SourceSettings]] = {
    "service": ServiceSettings,
    "reports": ReportsSettings,
    "git": GitSettings,
    "prometheus": PrometheusSettings,
    "argocd": ArgocdSettings,
    "registry": RegistrySettings,
    "kubernetes": KubernetesSettings,
    "github": GithubSettings,
    "blackbox": BlackboxSettings,
    "manifests": ManifestsSettings,
}

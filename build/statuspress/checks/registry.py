"""The ten criteria of the scorecard, in the order pages show them."""

from __future__ import annotations

from datetime import datetime

from statuspress.checks.argocd import ARGOCD
from statuspress.checks.check import Criterion
from statuspress.checks.ci_cd import CI_CD
from statuspress.checks.container_registry import CONTAINER_REGISTRY
from statuspress.checks.github_pages import GITHUB_PAGES
from statuspress.checks.kubernetes_manifests import KUBERNETES_MANIFESTS
from statuspress.checks.runners import RUNNERS
from statuspress.checks.security_scanning import SECURITY_SCANNING
from statuspress.checks.security_system import SECURITY_SYSTEM
from statuspress.checks.source_control import SOURCE_CONTROL
from statuspress.checks.testing import TESTING
from statuspress.checks.thresholds import Thresholds
from statuspress.core.evidence import Dossier
from statuspress.core.score import Scorecard, score_card, score_criterion

CRITERIA: tuple[Criterion, ...] = (
    SOURCE_CONTROL,
    CONTAINER_REGISTRY,
    SECURITY_SCANNING,
    TESTING,
    CI_CD,
    GITHUB_PAGES,
    KUBERNETES_MANIFESTS,
    ARGOCD,
    SECURITY_SYSTEM,
    RUNNERS,
)


def make_scorecard(dossier: Dossier, thresholds: Thresholds, now: datetime) -> Scorecard:
    """All criteria, each check answered at `now`."""
    return score_card(
        [
            score_criterion(
                criterion.id,
                criterion.title,
                criterion.description,
                thresholds.weights[criterion.id],
                [check.answer(dossier, thresholds.checks.get(check.id), now) for check in criterion.checks],
            )
            for criterion in CRITERIA
        ]
    )

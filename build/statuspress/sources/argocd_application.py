"""The figures of an Argo CD application, as its API describes it (v1alpha1Application).

Its encoder leaves out what is empty, false or zero: a list that is not there is an empty one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median

from statuspress.core.deployment import Deployment, dump_deployments
from statuspress.sources.fields import Fields
from statuspress.sources.figure import Figure
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import age

APPLICATION: Mapping[str, str] = {
    "argocd.synced": "The cluster runs what the repository says",
    "argocd.sync": "Sync state in Argo CD",
    "argocd.healthy": "Argo CD finds the application healthy",
    "argocd.health": "Health in Argo CD",
    "argocd.automated": "Argo CD syncs, prunes and heals by itself",
    "argocd.automated.sync": "Argo CD syncs by itself",
    "argocd.automated.prune": "Argo CD removes what the repository no longer has",
    "argocd.automated.heal": "Argo CD undoes changes by hand",
    "argocd.revision": "Revision that Argo CD compares with",
    "argocd.target": "Revision that Argo CD is to follow",
    "argocd.reconciled.age": "Time since Argo CD last looked",
    "argocd.deployments": "Deployments that Argo CD remembers",
    "argocd.deployments.log": "Log of the deployments that Argo CD remembers",
    "argocd.deployed.age": "Time since the last deployment",
    "argocd.deployed.revision": "Revision of the last deployment",
    "argocd.deploy.duration": "Time Argo CD takes for a deployment, median",
    "argocd.operation": "Outcome of the last operation of Argo CD",
    "argocd.operation.duration": "Time the last operation of Argo CD took",
    "argocd.conditions": "Conditions that Argo CD raises",
    "argocd.conditions.errors": "Errors among the conditions of Argo CD",
    "argocd.conditions.kinds": "Kinds of conditions that Argo CD raises",
    "argocd.resources": "Resources of the application",
    "argocd.resources.unsynced": "Resources that are not in sync",
    "argocd.resources.unhealthy": "Resources that are not healthy",
    "argocd.images": "Images of the application",
}
_AUTOMATED = "spec.syncPolicy.automated"
_SYNC = ("Synced", "OutOfSync")
_HEALTH = ("Healthy", "Progressing", "Degraded", "Suspended", "Missing")
_LONGEST = 20  # images or kinds of conditions that are named


def application_figures(application: Fields, now: datetime) -> Mapping[str, Figure]:
    """Every figure of the application, by id."""
    return {
        **_state(application, now),
        **_automation(application),
        **_deployments(application, now),
        **_parts(application),
    }


def deployments(application: Fields) -> list[Deployment]:
    """Its history, oldest first: only what succeeded stands in it. Raises Unavailable without any."""
    found = [
        Deployment(
            one.instant("deployedAt"),
            succeeded=True,
            revision=one.text("revision") if "revision" in one else "",
            started=one.maybe_instant("deployStartedAt"),
        )
        for one in application.each("status.history")
    ]
    if not found:
        raise Unavailable("Argo CD remembers no deployment of it.", "Sync the application once.")
    return sorted(found, key=lambda one: one.finished)


def _state(application: Fields, now: datetime) -> dict[str, Figure]:
    sync, health, operation = "status.sync.status", "status.health.status", "status.operationState"

    def seconds() -> float:
        took = application.instant(f"{operation}.finishedAt") - application.instant(f"{operation}.startedAt")
        if took.total_seconds() < 0:
            raise Unavailable("Argo CD gives an operation that ended before it began.", "Check the clocks.")
        return took.total_seconds()

    return {
        "argocd.synced": Figure(lambda: _one_of(application, sync, _SYNC) == "Synced", "", f'.{sync} == "Synced"'),
        "argocd.sync": Figure(lambda: application.text(sync), "", f".{sync}"),
        "argocd.healthy": Figure(
            lambda: _one_of(application, health, _HEALTH) == "Healthy", "", f'.{health} == "Healthy"'
        ),
        "argocd.health": Figure(lambda: application.text(health), "", f".{health}"),
        "argocd.revision": Figure(lambda: application.text("status.sync.revision"), "", ".status.sync.revision"),
        "argocd.target": Figure(
            lambda: application.text("spec.source.targetRevision"), "", ".spec.source.targetRevision"
        ),
        "argocd.reconciled.age": Figure(
            lambda: age(application.instant("status.reconciledAt"), now, "The time of its last look"),
            "s",
            "now - .status.reconciledAt",
        ),
        "argocd.operation": Figure(lambda: application.text(f"{operation}.phase"), "", f".{operation}.phase"),
        "argocd.operation.duration": Figure(seconds, "s", f".{operation} | .finishedAt - .startedAt"),
    }


def _automation(application: Fields) -> dict[str, Figure]:
    """Without `automated` nothing is; `enabled`, which Argo CD 3 added, switches it off without removing it."""

    def on(key: str = "") -> bool:
        if _AUTOMATED not in application:
            return False
        policy = application.inner(_AUTOMATED)
        if "enabled" in policy and not policy.truth("enabled"):
            return False
        return not key or (key in policy and policy.truth(key))

    return {
        "argocd.automated": Figure(
            lambda: on("prune") and on("selfHeal"), "", f".{_AUTOMATED} | .enabled != false and .prune and .selfHeal"
        ),
        "argocd.automated.sync": Figure(on, "", f".{_AUTOMATED} | . != null and .enabled != false"),
        "argocd.automated.prune": Figure(lambda: on("prune"), "", f".{_AUTOMATED} | .enabled != false and .prune"),
        "argocd.automated.heal": Figure(lambda: on("selfHeal"), "", f".{_AUTOMATED} | .enabled != false and .selfHeal"),
    }


def _deployments(application: Fields, now: datetime) -> dict[str, Figure]:
    def duration() -> float:
        took = [one.seconds for one in deployments(application) if one.seconds is not None and one.seconds >= 0]
        if not took:
            raise Unavailable(
                "Argo CD does not say how long any of its deployments took.", "Sync once with Argo CD 2+."
            )
        return median(took)

    def revision() -> str:
        if not (found := deployments(application)[-1].revision):
            raise Unavailable("Argo CD does not say the revision of the last deployment.")
        return found

    history = ".status.history"
    return {
        "argocd.deployments": Figure(lambda: len(deployments(application)), "{deployment}", f"{history} | length"),
        "argocd.deployments.log": Figure(
            lambda: dump_deployments(deployments(application)),
            "",
            f"{history}[] | .deployedAt, .revision, .deployStartedAt",
        ),
        "argocd.deployed.age": Figure(
            lambda: age(deployments(application)[-1].finished, now, "The time of the last deployment"),
            "s",
            f"now - {history}[-1].deployedAt",
        ),
        "argocd.deployed.revision": Figure(revision, "", f"{history}[-1].revision"),
        "argocd.deploy.duration": Figure(duration, "s", f"{history} | map(.deployedAt - .deployStartedAt) | median"),
    }


def _parts(application: Fields) -> dict[str, Figure]:
    conditions, resources = "status.conditions", "status.resources"

    def raised() -> list[str]:
        application.instant("status.reconciledAt")  # before Argo CD has looked, no condition proves nothing
        return [one.text("type") for one in application.each(conditions)]

    def bad(path: str, good: str) -> int:
        """A resource without a state (a ConfigMap has no health) is not a bad one."""
        found = list(application.each(resources))
        if not found:
            raise Unavailable("Argo CD lists no resource of it.", "See whether the application has been synced.")
        return sum(path in one and one.text(path) != good for one in found)

    return {
        "argocd.conditions": Figure(lambda: len(raised()), "{condition}", f".{conditions} | length"),
        "argocd.conditions.errors": Figure(
            lambda: sum(kind.endswith("Error") for kind in raised()),
            "{error}",
            f'.{conditions} | map(select(.type | endswith("Error"))) | length',
        ),
        "argocd.conditions.kinds": Figure(lambda: _named(raised()), "", f".{conditions}[].type"),
        "argocd.resources": Figure(
            lambda: len(list(application.each(resources))), "{resource}", f".{resources} | length"
        ),
        "argocd.resources.unsynced": Figure(
            lambda: bad("status", "Synced"), "{resource}", f'.{resources} | map(select(.status != "Synced")) | length'
        ),
        "argocd.resources.unhealthy": Figure(
            lambda: bad("health.status", "Healthy"),
            "{resource}",
            f'.{resources} | map(select(.health.status and .health.status != "Healthy")) | length',
        ),
        "argocd.images": Figure(
            lambda: _named(application.texts("status.summary.images")), "", ".status.summary.images"
        ),
    }


def _one_of(application: Fields, path: str, known: tuple[str, ...]) -> str:
    found = application.text(path)
    if found not in known:
        raise Unavailable(f"Argo CD itself does not know: {path} is {found}.", "See the application's conditions.")
    return found


def _named(texts: Iterable[str]) -> str:
    """The different ones, in order; "none" when there are none."""
    names = sorted(set(texts))
    more = f" and {len(names) - _LONGEST} more" if len(names) > _LONGEST else ""
    return ", ".join(names[:_LONGEST]) + more or "none"

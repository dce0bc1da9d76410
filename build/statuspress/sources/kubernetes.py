"""Kubernetes, by its API: the deployment, its pods and what they use, the volumes and the warnings of the namespace.

https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.core.quantity import quantity
from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.sources.fetch import Answer, Call, bearer, make_client, send
from statuspress.sources.fields import entry, objects
from statuspress.sources.interface import Unavailable
from statuspress.sources.kubernetes_access import Access, find_access
from statuspress.sources.kubernetes_figures import (
    DEPLOYMENT,
    PODS,
    USAGE,
    Figures,
    Object,
    deployment_figures,
    pod_figures,
    recent_warnings,
    selector,
    usage_figures,
)
from statuspress.sources.notes import Notes, Origin

_VOLUMES = {
    "kubernetes.volumes": "Volume claims of the namespace",
    "kubernetes.volumes.bound": "Volume claims that are bound",
    "kubernetes.volumes.capacity": "Capacity of the volumes",
}
_EVENTS = {"kubernetes.warnings": "Warnings of the namespace in the last hour"}
_PAGES = 50  # of a list, 500 items each
_PART = 0.4  # of the deadline for each step: the deployment, then all that follows from it


class KubernetesSource:
    """Reads one namespace; each kind of object for itself."""

    name = "kubernetes"
    ids: Mapping[str, str] = {**DEPLOYMENT, **PODS, **USAGE, **_VOLUMES, **_EVENTS}

    async def collect(
        self, settings: KubernetesSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """The deployment, whose selector finds the pods; then all else side by side."""
        access = await asyncio.to_thread(find_access, settings)
        notes = Notes(self.name, self.ids, now, settings.valid_for)
        if access.verify is None:
            await _Reader(settings, client, notes, access).all()
            return notes.items
        watch = next(iter(client.event_hooks["request"]), None)
        async with make_client(watch, access.verify) as own:
            await _Reader(settings, own, notes, access).all()
        return notes.items


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: KubernetesSettings
    client: httpx.AsyncClient
    notes: Notes
    access: Access

    async def all(self) -> None:
        await asyncio.gather(self._workload(), self._volumes(), self._events())

    async def _workload(self) -> None:
        settings = self.settings
        path = f"/apis/apps/v1/namespaces/{settings.namespace}/deployments/{settings.deployment}"
        try:
            answer = await self._get(path)
            deployment = answer.json()
            if entry(deployment, "kind") != "Deployment":
                raise answer.unexpected("a deployment")
            chosen = urlencode({"labelSelector": selector(deployment)})
        except Unavailable as why:
            self.notes.miss([*DEPLOYMENT, *PODS, *USAGE], why)
            return
        self._note(deployment_figures(deployment), Origin(f"GET {path}", answer.digest))
        pods_path = f"/api/v1/namespaces/{settings.namespace}/pods?{chosen}"
        usage_path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{settings.namespace}/pods?{chosen}"
        pods, usage = await asyncio.gather(self._list(pods_path), self._list(usage_path))
        if isinstance(pods, Unavailable):
            self.notes.miss([*PODS, *USAGE], pods)
            return
        living = [pod for pod in pods[0] if entry(pod, "status", "phase") not in ("Succeeded", "Failed")]
        self._note(pod_figures(living, self.notes.now), pods[1])
        if isinstance(usage, Unavailable):
            self.notes.miss(USAGE, usage)
        else:
            self._note(usage_figures(usage[0], living, self.notes.now), usage[1])

    async def _volumes(self) -> None:
        found = await self._list(f"/api/v1/namespaces/{self.settings.namespace}/persistentvolumeclaims")
        if isinstance(found, Unavailable):
            self.notes.miss(_VOLUMES, found)
            return
        claims, origin = found
        bound = [claim for claim in claims if entry(claim, "status", "phase") == "Bound"]
        figures: Figures = {
            "kubernetes.volumes": (lambda: len(claims), "{volume}"),
            "kubernetes.volumes.bound": (lambda: len(bound), "{volume}"),
            "kubernetes.volumes.capacity": (
                lambda: int(sum(quantity(entry(claim, "status", "capacity", "storage")) for claim in bound)),
                "By",
            ),
        }
        self._note(figures, origin)

    async def _events(self) -> None:
        warnings = urlencode({"fieldSelector": "type=Warning"})
        found = await self._list(f"/api/v1/namespaces/{self.settings.namespace}/events?{warnings}")
        if isinstance(found, Unavailable):
            self.notes.miss(_EVENTS, found)
            return
        events, origin = found
        self._note({"kubernetes.warnings": (lambda: recent_warnings(events, self.notes.now), "{warning}")}, origin)

    async def _list(self, path: str) -> tuple[list[Object], Origin] | Unavailable:
        """All items of a list, page by page, or why there are none. Events and metrics have pages too."""
        items: list[Object] = []
        more = ""
        joint = "&" if "?" in path else "?"
        try:
            for _ in range(_PAGES):
                answer = await self._get(f"{path}{joint}limit=500{more}")
                document = answer.json()
                if not str(entry(document, "kind")).endswith("List"):
                    raise answer.unexpected("a list")
                items += objects(document, "items")
                following = entry(document, "metadata", "continue")
                if not isinstance(following, str) or not following:
                    return items, Origin(f"GET {path}", answer.digest)
                more = f"&{urlencode({'continue': following})}"
        except Unavailable as why:
            return why
        return Unavailable(f"Kubernetes lists more than {_PAGES} pages of {path.partition('?')[0]}.")

    async def _get(self, path: str) -> Answer:
        plain = path.partition("?")[0]
        call = Call(self.access.url + path, authorization=bearer(self.access.token))
        answer = await send(self.client, call, timeout=_PART * self.settings.deadline)
        if answer.status in {401, 403}:
            reason = f"Kubernetes answered {answer.status}: it does not let this account read {plain}."
            raise Unavailable(reason, "Bind the account to a role that may `get` and `list` it.")
        if answer.status == 404 and "metrics.k8s.io" in path:
            raise Unavailable("Kubernetes has no metrics of pods.", "Install the metrics server.")
        if answer.status == 404 and answer.media_type == "application/json":
            raise Unavailable(
                f"Kubernetes knows no {path.partition('?')[0]}.", "Mend its name in [sources.kubernetes]."
            )
        if answer.status != 200:
            raise answer.unexpected("an object")
        return answer

    def _note(self, figures: Figures, origin: Origin) -> None:
        for id, (read, unit) in figures.items():
            self.notes.note(id, read, unit, origin)

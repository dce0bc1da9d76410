"""What Kubernetes' objects say of a service: figures from its deployment, its pods, their metrics and the events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from statuspress.core.evidence import Value
from statuspress.core.number import count
from statuspress.core.quantity import quantity
from statuspress.sources.fields import entry, instant, objects, text
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import SKEW, age

Object = Mapping[str, object]
Figures = Mapping[str, tuple[Callable[[], Value], str]]  # by id: how to read it, and its unit

DEPLOYMENT = {
    "kubernetes.ready": "Pods that are ready",
    "kubernetes.wanted": "Pods that are asked for",
    "kubernetes.available": "As many pods are ready as are asked for",
    "kubernetes.rolled_out": "The last rollout is complete",
    "kubernetes.image": "Image that is deployed",
}
PODS = {
    "kubernetes.pods": "Pods of the service",
    "kubernetes.restarts": "Restarts of the containers of these pods",
    "kubernetes.out_of_memory": "Containers whose last end was for want of memory",
    "kubernetes.uptime": "Time since the latest start of a pod",
    "kubernetes.memory.request": "Memory that the pods request",
    "kubernetes.memory.limit": "Memory that the pods are limited to",
    "kubernetes.cpu.request": "Processors that the pods request",
    "kubernetes.cpu.limit": "Processors that the pods are limited to",
}
USAGE = {
    "kubernetes.memory": "Memory that the pods use",
    "kubernetes.cpu": "Processors that the pods use",
    "kubernetes.memory.share": "Memory in use of its limit, of the fullest pod",
    "kubernetes.cpu.share": "Processor time in use of its limit, of the busiest pod",
}
_HOUR = timedelta(hours=1)
_NO_POD = ("The service has no pod.", "See why the deployment starts none.")


def deployment_figures(deployment: object) -> Figures:
    def status(name: str) -> int:
        return count(entry(deployment, "status", name) or 0)  # Go leaves a zero out

    def wanted() -> int:
        found = entry(deployment, "spec", "replicas")
        return 1 if found is None else count(found)

    def rolled_out() -> bool:
        seen = status("observedGeneration") >= count(entry(deployment, "metadata", "generation") or 0)
        return seen and status("updatedReplicas") == wanted() == status("replicas") == status("availableReplicas")

    def image() -> str:
        containers = objects(deployment, "spec", "template", "spec", "containers")
        return text(containers[0] if containers else None, "image")

    return {
        "kubernetes.ready": (lambda: status("readyReplicas"), "{pod}"),
        "kubernetes.wanted": (wanted, "{pod}"),
        "kubernetes.available": (lambda: status("readyReplicas") >= wanted() > 0, ""),
        "kubernetes.rolled_out": (rolled_out, ""),
        "kubernetes.image": (image, ""),
    }


def pod_figures(pods: Sequence[Object], now: datetime) -> Figures:
    statuses = [status for pod in pods for status in objects(pod, "status", "containerStatuses")]

    def ended_for_memory() -> int:
        ends = [entry(status, state, "terminated", "reason") for status in statuses for state in ("state", "lastState")]
        return ends.count("OOMKilled")

    def uptime() -> float:
        if not pods:
            raise Unavailable(*_NO_POD)
        return min(
            age(instant(entry(pod, "status", "startTime"), "A pod's start"), now, "A pod's start") for pod in pods
        )

    return {
        "kubernetes.pods": (lambda: len(pods), "{pod}"),
        "kubernetes.restarts": (lambda: sum(count(s.get("restartCount")) for s in statuses), "{restart}"),
        "kubernetes.out_of_memory": (ended_for_memory, "{container}"),
        "kubernetes.uptime": (uptime, "s"),
        "kubernetes.memory.request": (lambda: int(_sum(pods, "requests", "memory")), "By"),
        "kubernetes.memory.limit": (lambda: int(_sum(pods, "limits", "memory")), "By"),
        "kubernetes.cpu.request": (lambda: _sum(pods, "requests", "cpu"), "1"),
        "kubernetes.cpu.limit": (lambda: _sum(pods, "limits", "cpu"), "1"),
    }


def usage_figures(metrics: Sequence[Object], pods: Sequence[Object], now: datetime) -> Figures:
    def used(resource: str) -> dict[str, float]:
        if not metrics:
            raise Unavailable("Kubernetes has no metrics of these pods yet.", "Wait a minute.")
        for one in metrics:
            if age(instant(entry(one, "timestamp"), "A measurement"), now, "A measurement") > SKEW.total_seconds():
                raise Unavailable("Kubernetes' metrics of these pods are old.", "See why the metrics server stopped.")
        return {
            text(one, "metadata", "name"): sum(
                quantity(entry(part, "usage", resource)) for part in objects(one, "containers")
            )
            for one in metrics
        }

    def share(resource: str) -> float:
        usage = used(resource)
        shares = [
            100 * usage[name] / limit
            for pod in pods
            if (name := text(pod, "metadata", "name")) in usage and (limit := _sum([pod], "limits", resource))
        ]
        if not shares:
            raise Unavailable("No pod that is measured has a limit.", "Set limits.")
        return max(shares)

    return {
        "kubernetes.memory": (lambda: int(sum(used("memory").values())), "By"),
        "kubernetes.cpu": (lambda: sum(used("cpu").values()), "1"),
        "kubernetes.memory.share": (lambda: share("memory"), "%"),
        "kubernetes.cpu.share": (lambda: share("cpu"), "%"),
    }


def _used(metrics: Object, resource: str) -> float:
    return sum(quantity(entry(container, "usage", resource)) for container in objects(metrics, "containers"))


def _sum(pods: Sequence[Object], kind: str, resource: str) -> float:
    """What all containers set. Raises Unavailable when one sets none: the pod is then without that bound."""
    if not pods:
        raise Unavailable(*_NO_POD)
    total = 0.0
    for pod in pods:
        for container in objects(pod, "spec", "containers"):
            found = entry(container, "resources", kind, resource)
            if found is None:
                raise Unavailable(f"A container of the service sets no {kind} of {resource}.", f"Set {kind}.")
            total += quantity(found)
    return total


def recent_warnings(events: Sequence[Object], now: datetime) -> int:
    total = 0
    for event in events:
        at = event.get("lastTimestamp") or event.get("eventTime") or entry(event, "metadata", "creationTimestamp")
        name = "An event's time"
        if age(instant(at, name), now, name) <= _HOUR.total_seconds():
            total += count(entry(event, "count") or 1)
    return total


def selector(deployment: object) -> str:
    labels = entry(deployment, "spec", "selector", "matchLabels")
    if not isinstance(labels, dict) or not labels:
        raise Unavailable("The deployment selects its pods by no label.")
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))

"""The policy that rendered manifests are held against, as shares and truths about all that they start.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from statuspress.sources.fields import entry, objects
from statuspress.sources.interface import Unavailable

Manifest = Mapping[str, object]

_LASTING = {"Deployment", "StatefulSet", "DaemonSet"}
_STARTING = _LASTING | {"ReplicaSet", "Job", "CronJob", "Pod"}
_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
}


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that starts pods: its kind, namespace, the labels its pods get, and their specification."""

    kind: str
    name: str
    namespace: str
    labels: Mapping[str, object]
    replicas: int
    pod: Manifest

    @property
    def containers(self) -> list[Manifest]:
        """Those that run as long as the pod."""
        return list(objects(self.pod, "containers"))

    @property
    def all_containers(self) -> list[Manifest]:
        """The same, after those that prepare it."""
        return [*objects(self.pod, "initContainers"), *self.containers]


def workloads(manifests: Sequence[Manifest]) -> list[Workload]:
    """Whatever starts pods. A number of replicas that a HorizontalPodAutoscaler keeps is its least one."""
    scaled = {
        (_word(one, "spec", "scaleTargetRef", "kind"), _word(one, "spec", "scaleTargetRef", "name")): entry(
            one, "spec", "minReplicas"
        )
        for one in manifests
        if one.get("kind") == "HorizontalPodAutoscaler"
    }
    return [_workload(one, scaled) for one in manifests if one.get("kind") in _STARTING]


def probes(found: Sequence[Workload]) -> float:
    """The percentage of lasting containers with all three probes."""
    asked = ("startupProbe", "readinessProbe", "livenessProbe")
    lasting = [container for one in found if one.kind in _LASTING for container in one.containers]
    return _share(lasting, [all(entry(container, name) for name in asked) for container in lasting])


def limits(found: Sequence[Workload]) -> float:
    """The percentage of containers that both request memory and are limited in it."""
    every = [container for one in found for container in one.all_containers]
    set_ = [all(entry(one, "resources", kind, "memory") for kind in ("requests", "limits")) for one in every]
    return _share(every, set_)


def restricted(found: Sequence[Workload]) -> float:
    """The percentage of containers within the Pod Security Standard `restricted`."""
    every = [(one.pod, container) for one in found for container in one.all_containers]
    return _share(every, [_pod_restricted(pod) and _container_restricted(pod, container) for pod, container in every])


def pinned(found: Sequence[Workload]) -> float:
    """The percentage of containers whose image is named by its digest."""
    every = [container for one in found for container in one.all_containers]
    return _share(every, [_PINNED.fullmatch(_word(one, "image")) is not None for one in every])


def without_token(manifests: Sequence[Manifest], found: Sequence[Workload]) -> bool:
    """Whether no pod gets its account's token: by its own word, or else its account's."""
    accounts = {
        (_word(one, "metadata", "namespace"), _word(one, "metadata", "name")): one.get("automountServiceAccountToken")
        for one in manifests
        if one.get("kind") == "ServiceAccount"
    }

    def mounts(one: Workload) -> bool:
        own = one.pod.get("automountServiceAccountToken")
        account = accounts.get((one.namespace, _word(one.pod, "serviceAccountName") or "default"))
        return own is not False and not (own is None and account is False)

    return not any(mounts(one) for one in _some(found))


def within_network(manifests: Sequence[Manifest], found: Sequence[Workload]) -> bool:
    """Whether a NetworkPolicy selects the pods of every workload."""
    policies = [one for one in manifests if one.get("kind") == "NetworkPolicy"]
    return all(any(_selects(policy, "podSelector", one) for policy in policies) for one in _some(found))


def within_budget(manifests: Sequence[Manifest], found: Sequence[Workload]) -> bool:
    """Whether a PodDisruptionBudget selects the pods of every Deployment and StatefulSet of more than one."""
    several = [one for one in found if one.kind in {"Deployment", "StatefulSet"} and one.replicas > 1]
    if not several:
        raise Unavailable("No workload has more than one replica, which a budget could keep.", "Run more than one.")
    budgets = [one for one in manifests if one.get("kind") == "PodDisruptionBudget"]
    return all(any(_selects(budget, "selector", one) for budget in budgets) for one in several)


def _workload(manifest: Manifest, scaled: Mapping[tuple[str, str], object]) -> Workload:
    kind, name = _word(manifest, "kind"), _word(manifest, "metadata", "name")
    path: tuple[str, ...] = ("spec", "template")
    if kind == "CronJob":
        path = ("spec", "jobTemplate", "spec", "template")
    template = manifest if kind == "Pod" else entry(manifest, *path)
    pod, labels = entry(template, "spec"), entry(template, "metadata", "labels")
    if not isinstance(pod, dict) or not objects(pod, "containers"):
        raise Unavailable(f"{kind} {name[:60] or 'without a name'} has no containers.", "Render the chart again.")
    replicas = scaled.get((kind, name)) or entry(manifest, "spec", "replicas")
    number = replicas if isinstance(replicas, int) else 1
    namespace = _word(manifest, "metadata", "namespace")
    return Workload(kind, name, namespace, labels if isinstance(labels, dict) else {}, number, pod)


def _pod_restricted(pod: Manifest) -> bool:
    shared = any(pod.get(name) is True for name in ("hostNetwork", "hostPID", "hostIPC"))
    kinds = {kind for volume in objects(pod, "volumes") for kind in volume if kind != "name"}
    sysctls = {_word(one, "name") for one in objects(pod, "securityContext", "sysctls")}
    return not shared and kinds <= _VOLUMES and sysctls <= _SYSCTLS


def _container_restricted(pod: Manifest, container: Manifest) -> bool:
    def setting(*path: str) -> object:
        own = entry(container, "securityContext", *path)
        return entry(pod, "securityContext", *path) if own is None else own

    own = entry(container, "securityContext")
    dropped = entry(own, "capabilities", "drop")
    added = entry(own, "capabilities", "add") or []
    return (
        setting("runAsNonRoot") is True
        and setting("runAsUser") != 0
        and setting("seccompProfile", "type") in ("RuntimeDefault", "Localhost")
        and setting("windowsOptions", "hostProcess") is not True
        and entry(own, "allowPrivilegeEscalation") is False
        and entry(own, "privileged") is not True
        and entry(own, "procMount") in (None, "Default")
        and isinstance(dropped, list)
        and "ALL" in dropped
        and isinstance(added, list)
        and all(one == "NET_BIND_SERVICE" for one in added)
        and not any(entry(port, "hostPort") for port in objects(container, "ports"))
    )


def _selects(manifest: Manifest, name: str, workload: Workload) -> bool:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements"""
    selector = entry(manifest, "spec", name)
    if not isinstance(selector, dict) or _word(manifest, "metadata", "namespace") != workload.namespace:
        return False
    equal = entry(selector, "matchLabels") or {}
    if not isinstance(equal, dict) or any(workload.labels.get(key) != value for key, value in equal.items()):
        return False
    return all(_meets(one, workload.labels) for one in objects(selector, "matchExpressions"))


def _meets(expression: Manifest, labels: Mapping[str, object]) -> bool:
    key, values = expression.get("key"), expression.get("values") or []
    given = labels.get(key) if isinstance(key, str) else None
    match expression.get("operator"):
        case "In":
            return isinstance(values, list) and given in values
        case "NotIn":
            return isinstance(values, list) and given not in values
        case "Exists":
            return given is not None
        case "DoesNotExist":
            return given is None
    return False


def _word(document: object, *path: str) -> str:
    """The text at that path; empty for whatever is none, which may be anything."""
    found = entry(document, *path)
    return found if isinstance(found, str) else ""


def _some(found: Sequence[Workload]) -> Iterator[Workload]:
    if not found:
        raise Unavailable("The manifests start no pod.", "Render the whole chart.")
    yield from found


def _share(every: Sequence[object], good: Sequence[bool]) -> float:
    if not every:
        raise Unavailable("The manifests start no such container.", "Render the whole chart.")
    return 100 * sum(good) / len(every)

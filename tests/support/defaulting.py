"""What the API server would keep of a manifest, and how that differs from the manifest itself.

The defaults are those of the kinds in the chart, from the reference of the Kubernetes API. Lists are either merged by a
key or replaced whole ("atomic"): a default inside the second kind is a difference for whoever compares lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

Json = Any

_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_POD = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
    "securityContext": {},
}
_CONTAINER = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
}
_KINDS: dict[str, dict[str, Json]] = {
    "Deployment": {
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate"},
    },
    "StatefulSet": {
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "podManagementPolicy": "OrderedReady",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    },
    "Service": {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "SingleStack",
    },
    "CronJob": {
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    },
    "PersistentVolumeClaim": {"volumeMode": "Filesystem"},
    "HorizontalPodAutoscaler": {"minReplicas": 1},
}
KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "imagePullSecrets": ("name",),
}
"""Lists that are merged, and by what. `ports` is one in containers and Services, and atomic in NetworkPolicies."""

_QUANTITIES = re.compile(r"(^|\.)(cpu|memory|storage|sizeLimit|averageValue)$")
_UNITS = [("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)]


def as_kept(manifest: Json) -> Json:
    """The manifest with the defaults of the API server, its quantities as the server writes them, and no nulls."""
    kept = _normal(deepcopy(manifest), "")
    spec = kept.get("spec", {})
    _default(spec, _KINDS.get(kept["kind"], {}))
    match kept["kind"]:
        case "Deployment" | "StatefulSet":
            _pod(spec["template"]["spec"])
        case "CronJob":
            _pod(spec["jobTemplate"]["spec"]["template"]["spec"])
        case "Pod":
            _pod(spec)
        case "Service":
            for port in spec["ports"]:
                _default(port, {"protocol": "TCP", "targetPort": port["port"]})
        case "NetworkPolicy":
            for rule in (*spec.get("ingress", []), *spec.get("egress", [])):
                for port in rule.get("ports", []):
                    _default(port, {"protocol": "TCP"})
    for claim in spec.get("volumeClaimTemplates", []):
        _default(claim, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}})
        _default(claim["spec"], _KINDS["PersistentVolumeClaim"])
    return kept


def differences(manifest: Json) -> list[str]:
    """Each place at which the kept manifest is another, or that says something twice; none is what there should be."""
    return [*_compare(manifest, as_kept(manifest), ""), *_duplicates(manifest, "")]


def _pod(spec: Json) -> None:
    _default(spec, _POD)
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    for container in (*spec.get("initContainers", []), *spec["containers"]):
        _default(container, _CONTAINER)
        for port in container.get("ports", []):
            _default(port, {"protocol": "TCP"})
        for probe in (container.get(f"{name}Probe") for name in ("startup", "liveness", "readiness")):
            if probe is not None:
                _default(probe, _PROBE)
                _default(probe.get("httpGet"), {"scheme": "HTTP"})
    for volume in spec.get("volumes", []):
        _default(volume.get("configMap"), {"defaultMode": 0o644})
        _default(volume.get("secret"), {"defaultMode": 0o644})


def _default(place: Json, defaults: dict[str, Json]) -> None:
    for key, value in defaults.items() if place is not None else ():
        place.setdefault(key, deepcopy(value))


def _normal(value: Json, path: str) -> Json:
    if isinstance(value, dict):
        return {key: _normal(one, f"{path}.{key}") for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_normal(one, path) for one in value]
    return quantity(value) if _QUANTITIES.search(path) else value


def quantity(text: Json) -> str:
    """A quantity as the API server writes it: 1000m is 1, 1024Mi is 1Gi, 0.5 is 500m."""
    text = str(text)
    for unit, size in _UNITS:
        if text.endswith(unit):
            count = int(Decimal(text.removesuffix(unit)) * size)
            return next(f"{count // size}{unit}" for unit, size in [*_UNITS, ("", 1)] if count % size == 0)
    milli = Decimal(text.removesuffix("m")) * (1 if text.endswith("m") else 1000)
    return f"{milli / 1000:f}" if milli % 1000 == 0 else f"{milli.normalize():f}m"


def _compare(said: Json, kept: Json, path: str) -> Iterator[str]:
    """Where `kept` is not at least what is said; in an atomic list, where it is more."""
    if isinstance(said, dict) and isinstance(kept, dict):
        for key, value in said.items():
            if key not in kept:
                yield f"{path}.{key}: {value!r} is dropped"
            else:
                yield from _compare(value, kept[key], f"{path}.{key}")
    elif isinstance(said, list) and _key(path, said):
        for one, other in zip(said, kept, strict=True):
            yield from _compare(one, other, f"{path}[]")
    elif said != kept:
        yield f"{path}: {said!r} is kept as {kept!r}"


def _duplicates(said: Json, path: str) -> Iterator[str]:
    if isinstance(said, dict):
        for key, value in said.items():
            if value is None or (value in ({}, []) and not key.endswith("Selector")):
                yield f"{path}.{key}: says nothing"
            yield from _duplicates(value, f"{path}.{key}")
    elif isinstance(said, list):
        if key := _key(path, said):
            seen = [tuple(one.get(part) for part in key) for one in said]
            yield from (f"{path}: {one} is there twice" for one in {one for one in seen if seen.count(one) > 1})
        for one in said:
            yield from _duplicates(one, f"{path}[]")


def _key(path: str, items: list[Json]) -> tuple[str, ...]:
    """What the items of a list are known by; nothing for an atomic list."""
    name = path.rpartition(".")[2]
    if name == "ports" and items and isinstance(items[0], dict):
        return next((key for key in (("containerPort", "protocol"), ("port", "protocol")) if _has(items, key)), ())
    return KEYS.get(name, ())


def _has(items: list[Json], key: tuple[str, ...]) -> bool:
    return all(key[0] in one and "name" in one for one in items)

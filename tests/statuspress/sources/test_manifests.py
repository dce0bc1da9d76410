"""The manifests source: a rendered chart that keeps to policy, and one change to it for every rule that is broken."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.manifests import ManifestsSettings
from statuspress.sources.manifests import ManifestsSource

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
WRITTEN = NOW - timedelta(hours=3)
PROBE = {"httpGet": {"path": "/ready", "port": 2541}}
CONTAINER: dict[str, Any] = {
    "name": "api",
    "image": f"registry.example.org/owner/blacklist@sha256:{'0a' * 32}",
    "ports": [{"containerPort": 2541}],
    "startupProbe": PROBE,
    "readinessProbe": PROBE,
    "livenessProbe": PROBE,
    "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "96Mi"}},
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "blacklist", "namespace": "blacklist"},
    "spec": {
        "replicas": 2,
        "template": {
            "metadata": {"labels": {"app": "blacklist", "part": "api"}},
            "spec": {
                "automountServiceAccountToken": False,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
                "containers": [CONTAINER],
            },
        },
    },
}
BUDGET: dict[str, Any] = {
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "blacklist", "namespace": "blacklist"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "blacklist"}}},
}
NETWORK: dict[str, Any] = {
    "kind": "NetworkPolicy",
    "metadata": {"name": "blacklist", "namespace": "blacklist"},
    "spec": {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["blacklist"]}]}},
}
CHART = [DEPLOYMENT, BUDGET, NETWORK]
WELL: dict[str, Any] = {
    "objects": 3,
    "workloads": 1,
    "probes": 100,
    "limits": 100,
    "restricted": 100,
    "pinned": 100,
    "network": True,
    "budget": True,
    "unmounted": True,
}

Ask = Callable[..., Dossier]


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path) -> Ask:
    """Reads a folder with those files, or with one that holds those objects."""

    def run(*objects: dict[str, Any], at: datetime = WRITTEN, **files: bytes) -> Dossier:
        folder = tmp_path / "manifests"
        folder.mkdir(exist_ok=True)
        if objects:
            files["chart_yaml"] = yaml.safe_dump_all(deepcopy(list(objects))).encode()
        for name, body in files.items():
            path = folder / name.replace("_", ".")
            path.write_bytes(body)
            os.utime(path, (at.timestamp(), at.timestamp()))
        config = replace(configure("http://127.0.0.1:9"), sources={"manifests": ManifestsSettings(folder=folder)})
        return gather(config, NOW)

    return run


def values(dossier: Dossier) -> dict[str, Any]:
    return {item.id.removeprefix("manifests."): item.value for item in dossier if isinstance(item, Evidence)}


def reasons(dossier: Dossier) -> set[str]:
    return {item.reason for item in dossier if isinstance(item, Gap)}


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which that path (dots, numbers for places) holds that value, or nothing for None."""
    copy = deepcopy(document)
    *way, last = path.split(".")
    place: Any = copy
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return copy


def test_a_chart_that_keeps_to_policy_has_full_marks(ask: Ask) -> None:
    dossier = ask(*CHART)
    assert reasons(dossier) == set()
    assert values(dossier) == WELL
    assert {f"manifests.{id}" for id in WELL} == set(ManifestsSource.ids)
    item = dossier.items["manifests.probes"]
    assert isinstance(item, Evidence)
    assert (item.collected_at, item.valid_for) == (WRITTEN, None)


POD = "spec.template.spec"
FIRST = f"{POD}.containers.0"


@pytest.mark.parametrize(
    ("path", "value", "figure", "expected"),
    [
        (f"{FIRST}.startupProbe", None, "probes", 0),
        (f"{FIRST}.readinessProbe", None, "probes", 0),
        (f"{FIRST}.livenessProbe", None, "probes", 0),
        (f"{FIRST}.resources.limits", {"cpu": "1"}, "limits", 0),
        (f"{FIRST}.resources", None, "limits", 0),
        (f"{POD}.initContainers", [{"name": "a", "image": "a"}], "limits", 50),
        (f"{POD}.initContainers", [{"name": "a", "image": "a"}], "restricted", 50),
        (f"{POD}.initContainers", [{"name": "a", "image": "a"}], "pinned", 50),
        (f"{POD}.initContainers", [{"name": "a", "image": "a"}], "probes", 100),
        (f"{POD}.hostNetwork", True, "restricted", 0),
        (f"{POD}.volumes", [{"name": "a", "hostPath": {"path": "/"}}], "restricted", 0),
        (f"{POD}.securityContext.sysctls", [{"name": "kernel.msgmax", "value": "1"}], "restricted", 0),
        (f"{POD}.securityContext.sysctls", [{"name": "net.ipv4.tcp_syncookies", "value": "1"}], "restricted", 100),
        (f"{POD}.securityContext.runAsNonRoot", None, "restricted", 0),
        (f"{POD}.securityContext.runAsUser", 0, "restricted", 0),
        (f"{POD}.securityContext.seccompProfile.type", "Unconfined", "restricted", 0),
        (f"{POD}.securityContext.seccompProfile.type", ["a"], "restricted", 0),
        (f"{FIRST}.securityContext.runAsNonRoot", False, "restricted", 0),
        (f"{FIRST}.securityContext.allowPrivilegeEscalation", None, "restricted", 0),
        (f"{FIRST}.securityContext.privileged", True, "restricted", 0),
        (f"{FIRST}.securityContext.procMount", "Unmasked", "restricted", 0),
        (f"{FIRST}.securityContext.capabilities.drop", ["NET_RAW"], "restricted", 0),
        (f"{FIRST}.securityContext.capabilities.add", ["NET_BIND_SERVICE"], "restricted", 100),
        (f"{FIRST}.securityContext.capabilities.add", ["SYS_ADMIN"], "restricted", 0),
        (f"{FIRST}.ports", [{"containerPort": 2541, "hostPort": 80}], "restricted", 0),
        (f"{FIRST}.image", "registry.example.org/owner/blacklist:1.0", "pinned", 0),
        (f"{FIRST}.image", None, "pinned", 0),
        (f"{POD}.automountServiceAccountToken", None, "unmounted", False),
        (f"{POD}.automountServiceAccountToken", True, "unmounted", False),
        ("spec.template.metadata.labels", {"app": "other"}, "network", False),
        ("spec.template.metadata.labels", {"app": "other"}, "budget", False),
        ("metadata.namespace", "elsewhere", "network", False),
        ("metadata.namespace", "elsewhere", "budget", False),
    ],
)
def test_one_broken_rule_shows_in_its_own_figure(
    ask: Ask, path: str, value: object, figure: str, expected: object
) -> None:
    found = values(ask(changed(DEPLOYMENT, path, value), BUDGET, NETWORK))
    assert found[figure] == expected


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {"app": "blacklist", "part": "api"}}, True),
        ({"matchLabels": {"app": "blacklist", "part": "importer"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["other"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["blacklist"]}]}, False),
        ({"matchExpressions": [{"key": "part", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "part", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Guess"}]}, False),
        ("everything", False),
    ],
)
def test_a_policy_counts_for_the_pods_it_selects(ask: Ask, selector: object, selected: bool) -> None:
    assert values(ask(DEPLOYMENT, BUDGET, changed(NETWORK, "spec.podSelector", selector)))["network"] is selected


def test_an_account_that_gives_no_token_is_enough_unless_the_pod_asks_for_one(ask: Ask) -> None:
    account: dict[str, Any] = {"kind": "ServiceAccount", "metadata": {"name": "api", "namespace": "blacklist"}}
    account["automountServiceAccountToken"] = False
    silent = changed(DEPLOYMENT, f"{POD}.serviceAccountName", "api")
    del silent["spec"]["template"]["spec"]["automountServiceAccountToken"]
    asking = deepcopy(silent)
    asking["spec"]["template"]["spec"]["automountServiceAccountToken"] = True
    assert values(ask(silent, account))["unmounted"] is True
    assert values(ask(asking, account))["unmounted"] is False


def test_a_single_replica_needs_no_budget_and_a_scaled_one_does(ask: Ask) -> None:
    single = changed(DEPLOYMENT, "spec.replicas", 1)
    assert reasons(ask(single, NETWORK)) == {"No workload has more than one replica, which a budget could keep."}
    target = {"kind": "Deployment", "name": "blacklist"}
    scaler = {"kind": "HorizontalPodAutoscaler", "spec": {"scaleTargetRef": target, "minReplicas": 2}}
    assert values(ask(single, NETWORK, scaler))["budget"] is False


def test_jobs_and_pods_are_held_to_the_rules_but_for_probes(ask: Ask) -> None:
    template = deepcopy(DEPLOYMENT["spec"]["template"])
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        del template["spec"]["containers"][0][name]
    named = {"metadata": {"name": "a", "namespace": "blacklist"}}
    cron = {"kind": "CronJob", **named, "spec": {"jobTemplate": {"spec": {"template": template}}}}
    pod = {"kind": "Pod", "metadata": template["metadata"] | named["metadata"], "spec": template["spec"]}
    listed = {"kind": "List", "items": [DEPLOYMENT, cron, pod]}
    assert values(ask(listed, BUDGET, NETWORK)) == WELL | {"objects": 5, "workloads": 3}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"image: {{ .Values.image }}", "a.yaml is not YAML in line 1."),
        (b"a: 1\n  b: 2", "a.yaml is not YAML in line 2."),
        (b"a: !!python/object/apply:os.getcwd []", "a.yaml is not YAML in line 1."),
        (b"\xff\xfe\x00", "a.yaml is not YAML."),
        (b"at: 2031-13-45", "a.yaml is not YAML."),
        (b"[" * 100_000, "a.yaml is not YAML in line 1."),
        (b"<!doctype html><title>Sign in</title>", "a.yaml holds something that is no Kubernetes object."),
        (b"- 1", "a.yaml holds something that is no Kubernetes object."),
        (b"# nothing\n---\n", "There is no object in manifests."),
        (b"kind: Deployment", "Deployment without a name has no containers."),
        (b"kind: Deployment\nspec: {template: {spec: {containers: [5]}}}", "The answer gives no list of containers."),
        (b"a: " + b"x" * (9 << 20), "The files of manifests are larger than 8 MiB together."),
    ],
)
def test_a_file_that_is_no_manifest_is_a_gap_that_names_it(ask: Ask, body: bytes, reason: str) -> None:
    dossier = ask(a_yaml=body)
    assert values(dossier) == {}
    assert reasons(dossier) == {reason}


def test_values_of_any_kind_in_any_place_break_nothing(ask: Ask) -> None:
    odd: list[object] = [5, "a", [], {}, [[]], [{"a": []}], True, 1.5]
    paths = [
        "metadata.name",
        "metadata.namespace",
        "spec.replicas",
        "spec.template.metadata.labels",
        f"{POD}.volumes",
        f"{POD}.securityContext",
        f"{POD}.securityContext.sysctls",
        f"{POD}.serviceAccountName",
        f"{FIRST}.image",
        f"{FIRST}.ports",
        f"{FIRST}.resources",
        f"{FIRST}.securityContext.capabilities",
        f"{FIRST}.securityContext.capabilities.add",
        f"{FIRST}.securityContext.procMount",
    ]
    for path in paths:
        every = [changed(DEPLOYMENT, path, value) for value in odd]
        assert not any("unexpectedly" in reason for reason in reasons(ask(*every, BUDGET, NETWORK))), path


def test_a_bomb_of_aliases_is_read_as_what_it_is(ask: Ask) -> None:
    lines = ["kind: Deployment", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "\n".join([*lines, "metadata: {name: *a11}", "spec: {template: {spec: {containers: [{image: *a11}]}}}"])
    assert values(ask(a_yaml=bomb.encode()))["pinned"] == 0


def test_a_folder_that_is_not_there_or_written_in_the_future_is_a_gap(
    ask: Ask, configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path
) -> None:
    settings = ManifestsSettings(folder=tmp_path / "none")
    dossier = gather(replace(configure("http://127.0.0.1:9"), sources={"manifests": settings}))
    assert reasons(dossier) == {"There is no YAML file in none/."}
    ahead = ask(*CHART, at=NOW + timedelta(hours=1))
    assert reasons(ahead) == {"The files of manifests were written in the future."}


def test_one_file_is_read_alone(
    configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path
) -> None:
    (tmp_path / "chart.yaml").write_text(yaml.safe_dump_all(deepcopy(CHART)))
    settings = ManifestsSettings(folder=tmp_path / "chart.yaml")
    dossier = gather(replace(configure("http://127.0.0.1:9"), sources={"manifests": settings}))
    assert values(dossier) == WELL

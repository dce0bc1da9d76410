"""What every pod, image, network path and disk of the chart keeps to, whatever the values."""

from __future__ import annotations

import re
from typing import Any

import pytest

from charting import CASES, DEPLOY, containers, find, manifests_of, pods
from statuspress.sources import policy

OURS = [case for case in CASES if case.startswith(("staging", "production"))]


@pytest.mark.parametrize("case", CASES)
def test_every_pod_keeps_to_the_restricted_standard(case: str) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""
    for name, pod in pods(manifests_of(case)):
        spec, security = pod["spec"], pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] >= 999, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        kinds = {kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"}
        assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}, name
        for container in containers(pod):
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, name
            assert own["capabilities"] == {"drop": ["ALL"]}, name
            assert own["readOnlyRootFilesystem"] is True, name
            assert not {"privileged", "runAsUser", "procMount", "seccompProfile"} & own.keys(), name
            assert not any("hostPort" in port for port in container.get("ports", [])), name


@pytest.mark.parametrize("case", CASES)
def test_no_pod_has_a_token_of_the_cluster(case: str) -> None:
    objects = manifests_of(case)
    assert find(objects, "ServiceAccount", "blacklist")["automountServiceAccountToken"] is False
    for name, pod in pods(objects):
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["serviceAccountName"] == "blacklist", name
    assert not {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Secret"} & {one["kind"] for one in objects}


@pytest.mark.parametrize("case", CASES)
def test_every_container_says_what_it_asks_for_and_the_most_it_gets(case: str) -> None:
    for name, pod in pods(manifests_of(case)):
        for container in containers(pod):
            resources = container["resources"]
            assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}, name
        for volume in pod["spec"].get("volumes", []):
            assert "emptyDir" not in volume or set(volume["emptyDir"]) == {"sizeLimit"}, "bounded, and on the disk"


@pytest.mark.parametrize("case", CASES)
def test_the_documented_budget_is_96_mebibytes_and_150_millicores_a_server(case: str) -> None:
    (server,) = containers(find(manifests_of(case), "Deployment", "blacklist")["spec"]["template"])
    assert server["resources"] == {
        "requests": {"cpu": "50m", "memory": "32Mi"},
        "limits": {"cpu": "150m", "memory": "96Mi"},
    }


@pytest.mark.parametrize("case", CASES)
def test_whatever_stays_is_probed(case: str) -> None:
    for name, pod in pods(manifests_of(case)):
        for container in containers(pod):
            probed = {"startupProbe", "readinessProbe", "livenessProbe"} & container.keys()
            assert len(probed) == (0 if pod["spec"].get("restartPolicy") == "Never" else 3), name
    (server,) = containers(find(manifests_of(case), "Deployment", "blacklist")["spec"]["template"])
    paths = {name: server[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/ready"}


@pytest.mark.parametrize("case", OURS)
def test_images_of_an_environment_are_named_by_their_digests(case: str) -> None:
    for name, pod in pods(manifests_of(case)):
        for container in containers(pod):
            assert re.search(r"@sha256:[0-9a-f]{64}$", container["image"]), name


def test_an_image_that_a_deploy_has_pinned_is_pinned_well() -> None:
    for path in DEPLOY.glob("environments/*/image.yaml"):
        assert re.fullmatch(r"image:\n  digest: sha256:[0-9a-f]{64}\n", path.read_text()), path


@pytest.mark.parametrize("case", CASES)
def test_no_value_of_a_secret_is_in_a_manifest(case: str) -> None:
    for name, pod in pods(manifests_of(case)):
        for container in containers(pod):
            for variable in container.get("env", []):
                if re.search("PASSWORD|TOKEN|SECRET|AUTH|STORE", variable["name"]):
                    told = variable.get("value", "")
                    assert "secretKeyRef" in variable.get("valueFrom", {}) or "$(REDIS_PASSWORD)" in told, name


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a pod with these labels is selected."""
    assert set(selector) <= {"matchLabels"}
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def allowed(objects: list[Any], direction: str, pod: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rules for a pod in one direction; None when no policy closes that direction."""
    policies = [one["spec"] for one in objects if one["kind"] == "NetworkPolicy"]
    mine = [one for one in policies if selects(one["podSelector"], pod["metadata"]["labels"])]
    if not any(direction in one["policyTypes"] for one in mine):
        return None
    return [rule for one in mine for rule in one.get(direction.lower(), [])]


def may_reach(objects: list[Any], source: dict[str, Any], target: dict[str, Any], port: int) -> bool:
    """Whether one pod of the namespace may open a connection to another: both of them must allow it."""

    def open_to(rules: list[dict[str, Any]] | None, side: str, other: dict[str, Any]) -> bool:
        return rules is None or any(
            port in [one["port"] for one in rule.get("ports", [{"port": port}])]
            and any(
                selects(peer["podSelector"], other["metadata"]["labels"])
                for peer in rule.get(side, [])
                if "podSelector" in peer and "namespaceSelector" not in peer
            )
            for rule in rules
        )

    return open_to(allowed(objects, "Egress", source), "to", target) and open_to(
        allowed(objects, "Ingress", target), "from", source
    )


@pytest.mark.parametrize("case", [case for case in CASES if case != "small"])
def test_the_network_is_closed_but_for_what_is_needed(case: str) -> None:
    objects = manifests_of(case)
    made = dict(pods(objects))
    for name, pod in made.items():
        assert allowed(objects, "Ingress", pod) is not None, name
        assert allowed(objects, "Egress", pod) is not None, name
    server, stored = made["blacklist"], {name for name in made if name not in {"blacklist-redis", "blacklist-test"}}
    reach = {name for name, pod in made.items() if may_reach(objects, pod, server, 2541)}
    assert reach == {"blacklist-test"}
    if "blacklist-redis" in made:
        redis = made["blacklist-redis"]
        assert {name for name, pod in made.items() if may_reach(objects, pod, redis, 6379)} == stored
        assert [rule["ports"][0]["port"] for rule in allowed(objects, "Egress", redis) or []] == [53]
    listening = [name for name, pod in made.items() if allowed(objects, "Ingress", pod)]
    assert set(listening) <= {"blacklist", "blacklist-redis"}


def test_the_importer_alone_reaches_the_world_and_no_private_network_in_it() -> None:
    objects = manifests_of("default")
    for name, pod in pods(objects):
        blocks = [
            peer["ipBlock"]
            for rule in allowed(objects, "Egress", pod) or []
            for peer in rule.get("to", [])
            if "ipBlock" in peer
        ]
        assert bool(blocks) == (name == "blacklist-importer"), name
        for block in blocks:
            if block["cidr"] == "0.0.0.0/0":
                assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])


def test_disks_outlive_the_release() -> None:
    for one in manifests_of("everything"):
        if one["kind"] == "PersistentVolumeClaim":
            assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
            assert one["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"


def test_a_disk_that_one_node_has_is_asked_for_on_that_node_alone() -> None:
    objects = manifests_of("everything")
    users: dict[str, list[tuple[str, Any]]] = {}
    for name, pod in pods(objects):
        for volume in pod["spec"].get("volumes", []):
            if "persistentVolumeClaim" in volume:
                users.setdefault(volume["persistentVolumeClaim"]["claimName"], []).append((name, pod))
    assert {claim: sorted(name for name, _ in found) for claim, found in users.items()} == {
        "blacklist-data": ["blacklist-backup", "blacklist-importer", "blacklist-restore"],
        "blacklist-redis": ["blacklist-redis"],
        "blacklist-audit": ["blacklist-audit"],
    }
    importer = dict(pods(objects))["blacklist-importer"]["metadata"]["labels"]
    for name, pod in users["blacklist-data"]:
        if name != "blacklist-importer":
            (term,) = pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            assert term["topologyKey"] == "kubernetes.io/hostname"
            assert selects(term["labelSelector"], importer)


def test_nothing_restores_by_itself() -> None:
    assert find(manifests_of("everything"), "CronJob", "blacklist-restore")["spec"]["suspend"] is True
    assert not [one for one in manifests_of("everything") if one["kind"] == "Job"]


@pytest.mark.parametrize("case", [case for case in OURS if case != "staging"])
def test_production_is_whole_by_the_policy_that_the_site_scores(case: str) -> None:
    objects = manifests_of(case)
    found = policy.workloads(objects)
    shares = {one.__name__: one(found) for one in (policy.probes, policy.limits, policy.restricted, policy.pinned)}
    assert shares == dict.fromkeys(shares, 100.0)
    assert policy.within_network(objects, found)
    assert policy.within_budget(objects, found)
    assert policy.without_token(objects, found)

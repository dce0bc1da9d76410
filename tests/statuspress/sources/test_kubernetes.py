"""The Kubernetes source against a server that answers in the shapes of the API reference, well and badly."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from answering import Answering, Asked, Reply, answering, as_json
from certified import Authority, make_authority
from statuspress.config import Config, load_config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.sources.kubernetes import KubernetesSource

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
DEPLOYMENT_PATH = "/apis/apps/v1/namespaces/blacklist/deployments/blacklist"
PODS_PATH = "/api/v1/namespaces/blacklist/pods"
CLAIMS_PATH = "/api/v1/namespaces/blacklist/persistentvolumeclaims"
EVENTS_PATH = "/api/v1/namespaces/blacklist/events"
METRICS_PATH = "/apis/metrics.k8s.io/v1beta1/namespaces/blacklist/pods"
RESOURCES = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "96Mi"}}

DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "blacklist", "generation": 4},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "blacklist", "part": "api"}},
        "template": {"spec": {"containers": [{"name": "api", "image": "registry.example.org/blacklist@sha256:12"}]}},
    },
    "status": {
        "observedGeneration": 4,
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
    },
}


def pod(name: str, start: str, restarts: int = 0, last: str = "", phase: str = "Running") -> dict[str, Any]:
    ended = {"terminated": {"reason": last, "exitCode": 137}} if last else {}
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "api", "resources": RESOURCES}]},
        "status": {
            "phase": phase,
            "startTime": start,
            "containerStatuses": [{"name": "api", "restartCount": restarts, "lastState": ended}],
        },
    }


def usage(name: str, cpu: str, memory: str, at: str = "2031-03-18T14:01:30Z") -> dict[str, Any]:
    containers = [{"name": "api", "usage": {"cpu": cpu, "memory": memory}}]
    return {"metadata": {"name": name}, "timestamp": at, "window": "15s", "containers": containers}


def listed(kind: str, *items: dict[str, Any], more: str = "") -> dict[str, Any]:
    return {"kind": kind, "metadata": {"continue": more} if more else {}, "items": list(items) or None}


POD_LIST = listed(
    "PodList",
    pod("a", "2031-03-17T14:02:00Z", restarts=3, last="OOMKilled"),
    pod("b", "2031-03-18T13:02:00Z"),
    pod("old", "2031-03-01T00:00:00Z", restarts=9, phase="Failed"),
)
CLAIMS = listed(
    "PersistentVolumeClaimList",
    {"status": {"phase": "Bound", "capacity": {"storage": "2Gi"}}},
    {"status": {"phase": "Pending"}},
)
EVENTS = listed(
    "EventList",
    {"lastTimestamp": "2031-03-18T13:50:00Z", "count": 4},
    {"lastTimestamp": None, "eventTime": "2031-03-18T13:55:00.123456Z"},
    {"lastTimestamp": "2031-03-18T12:00:00Z", "count": 7},
)
METRICS = listed("PodMetricsList", usage("a", "250m", "72Mi"), usage("b", "12500000n", "49152Ki"))

OF_VOLUMES = {"volumes", "volumes.bound", "volumes.capacity"}
OF_USAGE = {"memory", "cpu", "memory.share", "cpu.share"}

Ask = Callable[..., Dossier]


def fill_in(server: Answering) -> None:
    server.set(DEPLOYMENT_PATH, as_json(DEPLOYMENT))
    server.set(PODS_PATH, as_json(POD_LIST))
    server.set(CLAIMS_PATH, as_json(CLAIMS))
    server.set(EVENTS_PATH, as_json(EVENTS))
    server.set(METRICS_PATH, as_json(METRICS))


@pytest.fixture
def cluster() -> Iterator[Answering]:
    """A cluster that is well but for one pod that ran out of memory."""
    with answering() as server:
        fill_in(server)
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


def kubeconfig(path: Path, server: str, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
    """Writes one, as kubectl does; its path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "one", "user": "me"}}],
        "clusters": [{"name": "one", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "me", "user": {"token": "key-of-the-account"} if user is None else user}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path) -> Ask:
    """Collects from the cluster at that address, by a kubeconfig with a token; or by the settings that are given."""

    def run(server: str = "", **options: Any) -> Dossier:
        if server:
            options["kubeconfig"] = kubeconfig(tmp_path / "config", server)
        settings = KubernetesSettings(**options)
        return gather(replace(configure("http://127.0.0.1:9"), sources={"kubernetes": settings}))

    return run


def values(dossier: Dossier) -> dict[str, Any]:
    return {item.id.removeprefix("kubernetes."): item.value for item in dossier if isinstance(item, Evidence)}


def gaps(dossier: Dossier) -> dict[str, str]:
    return {item.id.removeprefix("kubernetes."): item.reason for item in dossier if isinstance(item, Gap)}


WELL = {
    "ready": 2,
    "wanted": 2,
    "available": True,
    "rolled_out": True,
    "image": "registry.example.org/blacklist@sha256:12",
    "pods": 2,
    "restarts": 3,
    "out_of_memory": 1,
    "uptime": 3600,
    "memory.request": 128 << 20,
    "memory.limit": 192 << 20,
    "cpu.request": pytest.approx(0.1),
    "cpu.limit": 2,
    "memory": (72 + 48) << 20,
    "cpu": pytest.approx(0.2625),
    "memory.share": 75,
    "cpu.share": 25,
    "volumes": 2,
    "volumes.bound": 1,
    "volumes.capacity": 2 << 30,
    "warnings": 5,
}


def test_every_figure_is_what_the_cluster_says(cluster: Answering, ask: Ask) -> None:
    dossier = ask(cluster.url)
    assert gaps(dossier) == {}
    assert values(dossier) == WELL
    assert {f"kubernetes.{id}" for id in WELL} == set(KubernetesSource.ids)
    assert {asked.key for asked in cluster.asked} == {"key-of-the-account"}
    (of_pods,) = [asked for asked in cluster.asked if asked.path.startswith(PODS_PATH)]
    assert parse_qs(urlsplit(of_pods.path).query)["labelSelector"] == ["app=blacklist,part=api"]
    item = dossier.items["kubernetes.ready"]
    assert isinstance(item, Evidence)
    assert item.query == f"GET {DEPLOYMENT_PATH}"


def test_a_list_is_read_page_by_page(cluster: Answering, ask: Ask) -> None:
    def answer(asked: Asked) -> Reply:
        given = parse_qs(urlsplit(asked.path).query)
        place = int(given.get("continue", ["0"])[0])
        claims = listed("PersistentVolumeClaimList", CLAIMS["items"][0], more=str(place + 1) if place < 3 else "")
        return as_json(claims)

    cluster.answers[CLAIMS_PATH] = answer
    assert values(ask(cluster.url))["volumes"] == 4
    cluster.set(CLAIMS_PATH, as_json(listed("PersistentVolumeClaimList", more="again")))
    assert "more than 50 pages" in gaps(ask(cluster.url))["volumes"]


def test_a_rollout_that_stands_still_is_not_complete(cluster: Answering, ask: Ask) -> None:
    status = {"observedGeneration": 4, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2, "availableReplicas": 2}
    cluster.set(DEPLOYMENT_PATH, as_json(DEPLOYMENT | {"status": status}))
    found = values(ask(cluster.url))
    assert (found["ready"], found["available"], found["rolled_out"]) == (2, True, False)
    cluster.set(DEPLOYMENT_PATH, as_json(DEPLOYMENT | {"status": {"observedGeneration": 3}}))
    found = values(ask(cluster.url))
    assert (found["ready"], found["available"], found["rolled_out"]) == (0, False, False)


def test_a_service_without_pods_has_no_figures_of_them(cluster: Answering, ask: Ask) -> None:
    cluster.set(PODS_PATH, as_json(listed("PodList")))
    cluster.set(METRICS_PATH, as_json(listed("PodMetricsList")))
    dossier = ask(cluster.url)
    assert values(dossier)["pods"] == 0
    assert gaps(dossier)["uptime"] == gaps(dossier)["memory.limit"] == "The service has no pod."
    assert gaps(dossier)["memory"] == "Kubernetes has no metrics of these pods yet."


@pytest.mark.parametrize(
    ("path", "reply", "missing", "reason"),
    [
        (
            METRICS_PATH,
            Reply(b"404 page not found", 404),
            OF_USAGE,
            "no metrics of",
        ),
        (EVENTS_PATH, as_json({"kind": "Status"}, 403), {"warnings"}, f"does not let this account read {EVENTS_PATH}."),
        (
            CLAIMS_PATH,
            as_json({"kind": "Status"}),
            {"volumes", "volumes.bound", "volumes.capacity"},
            "instead of a list",
        ),
        (
            CLAIMS_PATH,
            as_json(listed("XList", {"status": {"phase": "Bound", "capacity": {"storage": "-1Gi"}}})),
            {"volumes.capacity"},
            "'-1Gi' is no quantity",
        ),
        (
            PODS_PATH,
            as_json(listed("PodList", pod("a", "2031-03-18T15:02:00Z"))),
            {"uptime"},
            "A pod's start lies ahead of this machine's clock.",
        ),
        (PODS_PATH, as_json(listed("PodList", pod("a", "2031-03-18T14:00:00Z", -2))), {"restarts"}, "-2 is negative"),
        (PODS_PATH, as_json(listed("PodList", pod("a", "2031-03-18T14:00:00Z", 10**300))), {"restarts"}, "too large"),
        (
            EVENTS_PATH,
            as_json(listed("EventList", {"count": 5})),
            {"warnings"},
            "time is not given as a time",
        ),
        (
            METRICS_PATH,
            as_json(listed("PodMetricsList", usage("a", "NaN", "1Mi"))),
            {"cpu", "cpu.share"},
            "'NaN' is no quantity",
        ),
        (
            METRICS_PATH,
            as_json(listed("PodMetricsList", usage("a", "1", "1Mi", "2031-03-18T13:02:00Z"))),
            OF_USAGE,
            "metrics of these pods are old",
        ),
    ],
)
def test_one_bad_answer_is_a_gap_for_its_own_figures(
    cluster: Answering, ask: Ask, path: str, reply: Reply, missing: set[str], reason: str
) -> None:
    cluster.set(path, reply)
    found = gaps(ask(cluster.url))
    assert set(found) == missing
    assert all(reason in text for text in found.values()), found


def test_a_container_without_a_limit_is_a_gap_that_says_so(cluster: Answering, ask: Ask) -> None:
    free = pod("a", "2031-03-18T14:00:00Z")
    free["spec"]["containers"][0]["resources"] = {"requests": RESOURCES["requests"]}
    cluster.set(PODS_PATH, as_json(listed("PodList", free)))
    found = gaps(ask(cluster.url))
    assert found["memory.limit"] == "A container of the service sets no limits of memory."
    assert set(found) == {"memory.limit", "cpu.limit", "memory.share", "cpu.share"}


def test_a_deployment_that_is_not_there_is_a_gap_and_the_namespace_is_read(cluster: Answering, ask: Ask) -> None:
    cluster.set(DEPLOYMENT_PATH, as_json({"kind": "Status", "reason": "NotFound"}, 404))
    dossier = ask(cluster.url)
    assert set(values(dossier)) == {"volumes", "volumes.bound", "volumes.capacity", "warnings"}
    assert gaps(dossier)["ready"] == f"Kubernetes knows no {DEPLOYMENT_PATH}."


# --- the way there


def test_from_inside_the_cluster_the_pod_s_account_is_used(authority: Authority, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("key-of-the-pod\n")
    (tmp_path / "ca.crt").write_bytes(authority.certificate.read_bytes())
    with answering(tls=authority.server()) as server:
        fill_in(server)
        port = str(urlsplit(server.url).port)
        dossier = ask(account=tmp_path, host="127.0.0.1", port=port)
        assert {asked.key for asked in server.asked} == {"key-of-the-pod"}
    assert values(dossier) == WELL


def test_a_server_that_another_authority_vouches_for_gets_no_key(
    ask: Ask, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "token").write_text("key-of-the-pod\n")
    (tmp_path / "ca.crt").write_bytes(make_authority(tmp_path / "other").certificate.read_bytes())
    with answering(tls=authority.server()) as server:
        fill_in(server)
        dossier = ask(account=tmp_path, host="127.0.0.1", port=str(urlsplit(server.url).port))
        assert server.asked == []
    assert values(dossier) == {}
    assert all(text.endswith("has no certificate that can be trusted.") for text in gaps(dossier).values())


def test_a_kubeconfig_with_a_client_certificate_is_enough(authority: Authority, ask: Ask, tmp_path: Path) -> None:
    certificate, key = authority.issue("client")
    user = {
        "client-certificate-data": b64encode(certificate.read_bytes()).decode(),
        "client-key-data": b64encode(key.read_bytes()).decode(),
    }
    (tmp_path / "ca.pem").write_bytes(authority.certificate.read_bytes())
    with answering(tls=authority.server(clients=True)) as server:
        fill_in(server)
        path = kubeconfig(tmp_path / "config", server.url, user, **{"certificate-authority": "ca.pem"})
        dossier = ask(kubeconfig=path)
        assert {asked.key for asked in server.asked} == {""}
    assert values(dossier) == WELL


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("server: https://127.0.0.1:1", "server: 5", "config gives its cluster no server."),
        ("current-context: here", "current-context: there", "config has no context that is called there."),
        ("name: one", "name: two", "config has no cluster that is called one."),
        ("token: key-of-the-account", "exec: {command: a}", "config gets its key from another program"),
        ("server:", "insecure-skip-tls-verify: true\n    server:", "leaves the server's certificate unchecked"),
        (
            "server:",
            "certificate-authority-data: '*'\n    server:",
            "data of config is not base 64.",
        ),
        ("server:", "certificate-authority-data: bm90\n    server:", "A certificate or key to Kubernetes is none"),
        ("server:", "certificate-authority: none.pem\n    server:", "none.pem cannot be read: No such file"),
        ("apiVersion:", "- [", "config is not YAML."),
        ("apiVersion: v1", "apiVersion: !!python/object/apply:os.getcwd []", "config is not YAML."),
    ],
)
def test_a_kubeconfig_that_leads_nowhere_is_a_gap_that_says_why(
    ask: Ask, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = kubeconfig(tmp_path / "config", "https://127.0.0.1:1")
    written = path.read_text()
    assert old in written
    path.write_text(written.replace(old, new, 1))
    (found,) = set(gaps(ask(kubeconfig=path)).values())
    assert reason in found
    assert "key-of-the-account" not in found


def test_outside_of_a_cluster_without_a_kubeconfig_there_is_a_remedy(ask: Ask, tmp_path: Path) -> None:
    assert set(gaps(ask()).values()) == {"This is no pod of a cluster, and no kubeconfig is configured."}
    (found,) = set(gaps(ask(host="127.0.0.1", account=tmp_path / "none")).values())
    assert found.endswith("none/token cannot be read: No such file or directory.")
    (found,) = set(gaps(ask(kubeconfig=tmp_path / "none")).values())
    assert found.endswith("none cannot be read: No such file or directory.")


def test_the_surroundings_of_a_pod_are_read_with_the_settings(tmp_path: Path) -> None:
    text = '[project]\nname = "a"\nurl = "http://127.0.0.1"\nrepository = "http://127.0.0.1"\n[sources.kubernetes]\n'
    (tmp_path / "statuspress.toml").write_text(text)
    environ = {"KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"}
    settings = load_config(tmp_path / "statuspress.toml", environ).sources["kubernetes"]
    assert isinstance(settings, KubernetesSettings)
    assert (settings.host, settings.port) == ("192.0.2.1", "443")


def test_the_key_of_a_kubeconfig_that_is_repeated_is_not_published(cluster: Answering, ask: Ask) -> None:
    cluster.answers[DEPLOYMENT_PATH] = lambda asked: as_json(
        json.loads(json.dumps(DEPLOYMENT).replace("registry.example.org", asked.key))
    )
    dossier = ask(cluster.url)
    assert "key-of-the-account" not in str(dossier)
    assert set(gaps(dossier)) == {"image"}

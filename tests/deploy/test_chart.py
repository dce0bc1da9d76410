"""The chart by real Helm: clean, the same each time, and as the golden manifests are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

from charting import CASES, CHART, ROOT, containers, find, manifests, manifests_of, notes, pods, render, values_of

GOLDEN = ROOT / "tests" / "golden" / "chart"


@pytest.mark.parametrize("case", CASES)
def test_it_is_clean_by_lint(case: str) -> None:
    found = helm_python.lint(str(CHART), values=values_of(case), namespace="blacklist")
    assert found["total_charts_linted"] == 1
    assert not found["messages"], found["messages"]


@pytest.mark.parametrize("case", CASES)
def test_it_gives_the_golden_manifests_each_time(case: str, golden: bool) -> None:
    path, rendered = GOLDEN / f"{case}.yaml", render(values_of(case))
    if golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(rendered)
    assert render(values_of(case)) == rendered
    assert golden or path.read_text() == rendered, "run `make golden` and read the diff"


def test_no_golden_manifest_is_left_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(CASES)


def test_an_update_takes_one_server_away_before_its_successor_comes() -> None:
    server = find(manifests_of("default"), "Deployment", "blacklist")["spec"]
    assert server["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    assert server["replicas"] >= 2


def test_a_scaled_deployment_names_no_number_of_servers() -> None:
    objects = manifests_of("everything")
    assert "replicas" not in find(objects, "Deployment", "blacklist")["spec"]
    assert find(objects, "HorizontalPodAutoscaler", "blacklist")["spec"]["minReplicas"] == 3


def test_port_80_of_the_service_leads_to_the_port_of_the_container() -> None:
    objects = manifests_of("production")
    service = find(objects, "Service", "blacklist")["spec"]
    container = find(objects, "Deployment", "blacklist")["spec"]["template"]["spec"]["containers"][0]
    assert service["ports"] == [
        {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http", "nodePort": 32542}
    ]
    assert container["ports"] == [{"name": "http", "containerPort": 2541, "protocol": "TCP"}]
    assert {"name": "BLACKLIST_PORT", "value": "2541"} in container["env"]


def test_every_selector_selects_exactly_the_pods_it_is_for() -> None:
    objects = manifests_of("everything")
    for kind, name in [("Service", "blacklist"), ("Service", "blacklist-redis"), ("Deployment", "blacklist-importer")]:
        selector = find(objects, kind, name)["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        made = [
            one["metadata"]["name"]
            for one in objects
            if one["kind"] in {"Deployment", "StatefulSet"}
            and selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert made == [name]


def test_an_ingress_names_the_port_of_the_service_and_its_certificate() -> None:
    ingress = find(manifests_of("everything"), "Ingress", "blacklist")["spec"]
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": "blacklist", "port": {"name": "http"}}
    assert ingress["tls"] == [{"hosts": [rule["host"]], "secretName": "blacklist-tls"}]


def test_settings_of_a_service_are_not_overwritten_by_its_own_address() -> None:
    """Kubernetes gives pods a variable BLACKLIST_PORT=tcp://… for a Service of that name, unless told not to."""
    pod = find(manifests_of("default"), "Deployment", "blacklist")["spec"]["template"]["spec"]
    assert pod["enableServiceLinks"] is False


@pytest.mark.parametrize("case", CASES)
def test_the_importer_alone_imports(case: str) -> None:
    """A server with BLACKLIST_IMPORT_EVERY would import by itself, in a pod that has no memory for it."""
    for name, pod in pods(manifests_of(case)):
        for container in containers(pod):
            told = {one["name"] for one in container.get("env", [])}
            assert ("BLACKLIST_IMPORT_EVERY" in told) == (name == "blacklist-importer")
            assert ("BLACKLIST_PORT" in told) == (name == "blacklist")


def test_new_feeds_and_a_new_configuration_of_redis_replace_pods_and_a_new_chart_does_not(tmp_path: Path) -> None:
    def templates(objects: list[Any]) -> dict[str, Any]:
        return {
            one["metadata"]["name"]: one["spec"]["template"] for one in objects if "template" in one.get("spec", {})
        }

    before = templates(manifests_of("default"))
    feeds = templates(manifests({"importer": {"feeds": "[[feed]]\n"}}))
    assert all(feeds[name] != before[name] for name in ("blacklist", "blacklist-importer"))
    assert feeds["blacklist-redis"] == before["blacklist-redis"]
    redis = templates(manifests({"redis": {"maxMemory": "40mb"}}))
    assert [name for name in before if redis[name] != before[name]] == ["blacklist-redis"]
    newer = shutil.copytree(CHART, tmp_path / "blacklist")
    meta = newer / "Chart.yaml"
    meta.write_text(meta.read_text().replace("\nversion: 0.1.0", "\nversion: 0.2.0"))
    assert templates(manifests({}, chart=newer)) == before


def test_rules_and_dashboards_are_those_in_its_files(tmp_path: Path) -> None:
    chart = shutil.copytree(CHART, tmp_path / "blacklist")
    shutil.rmtree(chart / "files" / "rules", ignore_errors=True)
    shutil.rmtree(chart / "files" / "dashboards", ignore_errors=True)
    groups = [{"name": "one", "rules": [{"record": "a:b", "expr": "sum(a)"}]}, {"name": "two", "rules": []}]
    for path, group in zip(("files/rules/a.yaml", "files/rules/b.yaml"), groups, strict=True):
        (chart / path).parent.mkdir(exist_ok=True)
        (chart / path).write_text(yaml.safe_dump({"groups": [group]}))
    (chart / "files" / "dashboards").mkdir()
    board = '{"title": "One", "legend": "{{ instance }}"}'
    (chart / "files" / "dashboards" / "one.json").write_text(board)
    objects = manifests({"monitoring": {"rules": True, "dashboards": True}}, chart=chart)
    assert find(objects, "PrometheusRule", "blacklist")["spec"]["groups"] == groups
    dashboard = find(objects, "ConfigMap", "blacklist-dashboard-one")
    assert dashboard["data"]["one.json"].strip() == board
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_two_releases_live_side_by_side() -> None:
    names = [
        {(one["kind"], one["metadata"]["name"]) for one in manifests({}, name=name)} for name in ("blacklist", "second")
    ]
    assert not names[0] & names[1]
    assert ("Deployment", "second-blacklist") in names[1]


def test_its_notes_say_what_to_do_next() -> None:
    text = notes(values_of("everything"))
    assert "https://blacklist.example.org/" in text
    assert "port 32542 of each node" in text
    assert "kubectl -n blacklist create secret generic blacklist-redis" in text
    assert "named by a tag" not in text
    assert "named by a tag" in notes({"image": {"tag": "0.1.0"}})

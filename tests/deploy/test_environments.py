"""Environments are the chart with values, and run nothing that is not pinned."""

from __future__ import annotations

import helm_python
import pytest
import yaml

from charting import CASES, DEPLOY, PINNED, containers, find, manifests, manifests_of, merge, values_of

ENVIRONMENTS = sorted(path.parent.name for path in DEPLOY.glob("environments/*/values.yaml"))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_without_a_digest_nothing_is_rendered(name: str) -> None:
    values = yaml.safe_load((DEPLOY / "environments" / name / "values.yaml").read_text())
    with pytest.raises(helm_python.HelmError, match="has none: set sha256:"):
        manifests(values)
    (server,) = containers(find(manifests(merge(values, PINNED)), "Deployment", "blacklist")["spec"]["template"])
    assert server["image"] == f"registry.jclee.me/qws941/blacklist@{PINNED['image']['digest']}"


def test_production_is_reached_at_the_port_that_firewalls_know() -> None:
    (port,) = find(manifests_of("production"), "Service", "blacklist")["spec"]["ports"]
    assert port["nodePort"] == 32542
    assert find(manifests_of("staging"), "Service", "blacklist")["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("production-")])
def test_high_availability_has_three_servers_in_three_places_and_no_redis_of_its_own(case: str) -> None:
    objects = manifests_of(case)
    server = find(objects, "Deployment", "blacklist")["spec"]
    assert server["replicas"] == 3
    assert {one["whenUnsatisfiable"] for one in server["template"]["spec"]["topologySpreadConstraints"]} == {
        "DoNotSchedule"
    }
    assert not [one for one in objects if one["kind"] == "StatefulSet"]
    (store,) = (one for one in server["template"]["spec"]["containers"][0]["env"] if one["name"] == "BLACKLIST_STORE")
    assert store["valueFrom"] == {"secretKeyRef": {"name": "blacklist-store", "key": "url"}}
    assert values_of(case)["service"]["nodePort"] == 32542, "the rest is production's"


def test_the_memory_that_the_documents_name_is_what_the_limits_add_up_to() -> None:
    def limits(case: str) -> int:
        total = 0
        for one in manifests_of(case):
            if one["kind"] in {"Deployment", "StatefulSet"}:
                (container,) = one["spec"]["template"]["spec"]["containers"]
                total += one["spec"]["replicas"] * int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
        return total

    text = (DEPLOY / "availability" / "README.md").read_text()
    assert f" + 256 + 64 = {limits('production')} Mi" in text
    assert text.count(f" 96 + 256 = {limits('production-zones')} Mi") == 2
    assert limits("production-zones") == limits("production-managed")

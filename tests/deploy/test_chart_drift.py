"""Nothing in the chart makes a cluster differ from Git for ever: the causes are named in deploy/argocd/README.md."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from charting import CASES, CHART, manifests_of
from defaulting import as_kept, differences, quantity


@pytest.mark.parametrize("case", CASES)
def test_the_api_server_keeps_every_manifest_as_it_is(case: str) -> None:
    found = {f"{one['kind']}/{one['metadata']['name']}": differences(one) for one in manifests_of(case)}
    assert not {name: places for name, places in found.items() if places}


@pytest.mark.parametrize("case", CASES)
def test_what_the_cluster_writes_is_in_no_manifest(case: str) -> None:
    for one in manifests_of(case):
        assert set(one) <= {"apiVersion", "kind", "metadata", "spec", "data", "automountServiceAccountToken"} | {
            "imagePullSecrets"
        }
        assert set(one["metadata"]) <= {"name", "labels", "annotations"}
        texts = (one["metadata"].get("labels", {}), one["metadata"].get("annotations", {}))
        assert all(isinstance(value, str) for values in texts for value in values.values())
        assert "volumeClaimTemplates" not in one.get("spec", {})


@pytest.mark.parametrize("case", CASES)
def test_no_object_is_there_twice(case: str) -> None:
    names = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in manifests_of(case)]
    assert len(names) == len(set(names))


def test_no_template_asks_the_cluster_the_clock_or_chance() -> None:
    called = re.compile(
        r"\b(lookup|now|date|rand\w+|uuidv4|genCA|genSelfSigned\w*|genSigned\w*|htpasswd|derivePassword)\b"
    )
    for path in (CHART / "templates").rglob("*.*"):
        code = "".join(re.findall(r"\{\{(?!-? ?/\*).*?\}\}", path.read_text(), re.DOTALL))
        assert not called.search(code), path
        assert ".Capabilities" not in code, path


POD = {"containers": [{"name": "one", "image": "one:1"}]}


@pytest.mark.parametrize(
    ("manifest", "place"),
    [
        ({"kind": "Deployment", "spec": {"replicas": None, "template": {"spec": POD}}}, ".spec.replicas"),
        (
            {
                "kind": "Pod",
                "spec": {
                    "containers": [{"name": "one", "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}}]
                },
            },
            ".spec.containers[].resources.limits.cpu",
        ),
        (
            {"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": "A"}, {"name": "A"}]}]}},
            ".spec.containers[].env",
        ),
        ({"kind": "Pod", "spec": POD | {"tolerations": []}}, ".spec.tolerations"),
        ({"kind": "NetworkPolicy", "spec": {"egress": [{"ports": [{"port": 53}]}]}}, ".spec.egress"),
        (
            {
                "kind": "StatefulSet",
                "spec": {"template": {"spec": POD}, "volumeClaimTemplates": [{"metadata": {"name": "a"}, "spec": {}}]},
            },
            ".spec.volumeClaimTemplates",
        ),
    ],
)
def test_each_cause_of_a_difference_is_found(manifest: dict[str, Any], place: str) -> None:
    assert any(found.startswith(place) for found in differences(manifest)), differences(manifest)


def test_defaults_outside_of_such_lists_are_no_difference() -> None:
    text = "{kind: Service, spec: {ports: [{name: http, port: 80, protocol: TCP}]}}"
    manifest = yaml.safe_load(text)
    assert as_kept(manifest)["spec"]["sessionAffinity"] == "None"
    assert not differences(manifest)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), ("2", "2"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi")],
)
def test_quantities_are_written_as_the_api_server_does(written: str, kept: str) -> None:
    assert quantity(written) == kept

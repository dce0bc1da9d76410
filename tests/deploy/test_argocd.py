"""What Argo CD is given: valid, consistent with the chart and the environments, and without a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import helm_python
import pytest
import yaml

from charting import CASES, CHART, DEPLOY, ROOT, manifests_of
from custom import mistakes

FOLDER = DEPLOY / "argocd"
PROJECT, APPLICATIONS, NOTIFICATIONS = (
    yaml.safe_load((FOLDER / f"{name}.yaml").read_text()) for name in ("project", "applications", "notifications")
)


def filled(value: Any, element: dict[str, str]) -> Any:
    """A template of the ApplicationSet with the fields of one element."""
    if isinstance(value, dict):
        return {key: filled(one, element) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, element) for one in value]
    return re.sub(r"\{\{\.(\w+)\}\}", lambda found: element[found[1]], value) if isinstance(value, str) else value


def applications() -> dict[str, Any]:
    """The applications that the ApplicationSet makes, by their names."""
    spec = APPLICATIONS["spec"]
    (generator,) = spec["generators"]
    made = [filled(spec["template"], element) for element in generator["list"]["elements"]]
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    return {one["metadata"]["name"]: head | one for one in made}


def test_the_objects_are_as_their_kinds_say() -> None:
    assert not mistakes(PROJECT)
    assert not mistakes(APPLICATIONS)
    for one in applications().values():
        assert not mistakes(one)
    broken = yaml.safe_load(yaml.safe_dump(PROJECT))
    broken["spec"]["syncWindows"][0]["kind"] = "refuse"
    broken["spec"]["rules"] = []
    assert len(mistakes(broken)) == 2


def test_everything_is_applied_by_one_command() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    assert set(listed) == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


def test_there_is_an_application_for_each_environment() -> None:
    made = applications()
    assert set(made) == {"blacklist", "blacklist-staging"}
    used: set[Path] = set()
    for one in made.values():
        source = one["spec"]["source"]
        assert (ROOT / source["path"]).resolve() == CHART
        values, image = [(CHART / path).resolve() for path in source["helm"]["valueFiles"]]
        assert values.is_file(), "what people write is there"
        assert image == values.with_name("image.yaml")
        assert source["helm"]["ignoreMissingValueFiles"] is True
        used.add(values.parent)
    assert used == {path.parent for path in DEPLOY.glob("environments/*/values.yaml")}


def test_the_site_reads_the_application_that_there_is() -> None:
    text = (DEPLOY / "environments" / "production" / "statuspress.toml").read_text()
    named = re.search(r'^application = "(.+)"$', text, re.MULTILINE)
    assert named is not None
    assert applications()[named[1]]["spec"]["destination"]["namespace"] == "blacklist"
    assert "http://blacklist.blacklist.svc:80" in text


def test_the_project_allows_what_the_applications_need_and_no_more() -> None:
    spec = PROJECT["spec"]
    destinations = [(one["server"], one["namespace"]) for one in spec["destinations"]]
    made = applications().values()
    assert sorted(destinations) == sorted(
        (one["spec"]["destination"]["server"], one["spec"]["destination"]["namespace"]) for one in made
    )
    assert {one["spec"]["source"]["repoURL"] for one in made} == set(spec["sourceRepos"])
    assert {one["spec"]["project"] for one in made} == {PROJECT["metadata"]["name"]}
    allowed = {(one["group"], one["kind"]) for one in spec["namespaceResourceWhitelist"]}
    rendered = {
        (one["apiVersion"].rpartition("/")[0], one["kind"])
        for case in CASES
        for one in manifests_of(case)
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    }
    assert allowed == rendered | {("monitoring.coreos.com", "PrometheusRule")}
    assert spec["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]


def test_each_role_may_do_what_its_name_says() -> None:
    may = {}
    for role in PROJECT["spec"]["roles"]:
        rules = [policy.split(", ") for policy in role["policies"]]
        assert all(rule[1] == f"proj:blacklist:{role['name']}" and rule[5] == "allow" for rule in rules)
        may[role["name"]] = {(rule[2], rule[3]) for rule in rules}
    assert may["viewer"] == {("applications", "get")}
    assert ("applications", "delete") not in may["operator"] | may["pipeline"]
    assert may["operator"] - may["pipeline"] == {("applications", "action/*")}
    assert "jwtTokens" not in yaml.safe_dump(PROJECT)


def test_syncing_is_automatic_and_decided_by_the_api_server() -> None:
    for one in applications().values():
        policy = one["spec"]["syncPolicy"]
        assert policy["automated"] == {"prune": True, "selfHeal": True}
        assert {"ServerSideApply=true", "CreateNamespace=true"} <= set(policy["syncOptions"])
        assert "ServerSideDiff=true" in one["metadata"]["annotations"]["argocd.argoproj.io/compare-options"]
        assert policy["managedNamespaceMetadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        assert "ignoreDifferences" not in one["spec"], "a cause is removed, not hidden"


def test_production_alone_has_windows_and_they_leave_the_hand_free() -> None:
    for window in PROJECT["spec"]["syncWindows"]:
        assert window["applications"] == ["blacklist"]
        assert window["kind"] == "deny"
        assert window["manualSync"] is True
        assert ZoneInfo(window["timeZone"]).key == window["timeZone"]
    backup = yaml.safe_load((CHART / "values.yaml").read_text())["backup"]["schedule"].split()
    start, length = PROJECT["spec"]["syncWindows"][1]["schedule"].split(), PROJECT["spec"]["syncWindows"][1]["duration"]
    begins, lasts = int(start[1]) * 60 + int(start[0]), int(length.removesuffix("m"))
    assert begins <= int(backup[1]) * 60 + int(backup[0]) <= begins + lasts


def test_every_subscription_has_a_trigger_and_every_trigger_a_template_and_a_service() -> None:
    data = NOTIFICATIONS["data"]
    for name, text in data.items():
        assert yaml.safe_load(text), name
    subscribed = {
        tuple(name.removeprefix("notifications.argoproj.io/subscribe.").split("."))
        for name in APPLICATIONS["spec"]["template"]["metadata"]["annotations"]
        if name.startswith("notifications.argoproj.io/")
    }
    assert {trigger for trigger, _ in subscribed} == {
        name.removeprefix("trigger.") for name in data if name.startswith("trigger.")
    }
    assert {service for _, service in subscribed} == {
        name.split(".")[-1] for name in data if name.startswith("service.")
    }
    sent = {
        template
        for name, text in data.items()
        if name.startswith("trigger.")
        for condition in yaml.safe_load(text)
        for template in condition["send"]
    }
    assert sent == {name.removeprefix("template.") for name in data if name.startswith("template.")}
    for trigger, service in subscribed:
        if service != "slack":
            for condition in yaml.safe_load(data[f"trigger.{trigger}"]):
                assert all(service in yaml.safe_load(data[f"template.{name}"])["webhook"] for name in condition["send"])


@pytest.mark.parametrize("name", [name for name in NOTIFICATIONS["data"] if name.startswith("template.")])
def test_a_message_says_which_application_and_a_webhook_gets_json(name: str, tmp_path: Path) -> None:
    """Helm's templates are the same language with the same functions as those of notifications."""
    text = yaml.safe_load(NOTIFICATIONS["data"][name])
    hook = text.get("webhook", {}).get("blacklist-webhook", {"body": "{}"})
    said = {
        "app": {
            "metadata": {"name": "blacklist"},
            "status": {
                "health": {"status": "Degraded"},
                "summary": {"images": ["registry.example/blacklist@sha256:ab"]},
                "operationState": {"message": 'a "quoted"\nmessage', "syncResult": {"revision": "0123456789abcdef"}},
            },
        },
        "context": yaml.safe_load(NOTIFICATIONS["data"]["context"]),
    }
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: one\nversion: 0.1.0\n")
    for part, source in {"message": text["message"], "body": hook["body"]}.items():
        (tmp_path / "templates" / f"{part}.txt").write_text(f"{{{{- with .Values }}}}{source}{{{{ end }}}}")
    with helm_python.Chart.load(str(tmp_path)) as chart:
        rendered = chart.render(said, name="one", namespace="one")
    assert rendered["one/templates/message.txt"].startswith("blacklist ")
    body = json.loads(rendered["one/templates/body.txt"])
    assert body.get("application", "blacklist") == "blacklist"
    assert body.get("message", "") in {"", 'a "quoted"\nmessage', "Degraded"}


def test_no_secret_stands_in_them() -> None:
    for path in FOLDER.glob("*.yaml"):
        for line in path.read_text().splitlines():
            named = re.match(r"\s*(token|password|url|secret)\w*: (.+)", line)
            assert named is None or named[2].startswith("$"), line

"""Every value is documented, and has a rule; a wrong one is one clear message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import helm_python
import pytest
import yaml

from blacklist.settings import SETTINGS
from charting import CHART, render

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
_TABLE = re.compile(r"<!-- values -->\n(?:\n(?:\|.*\n)+)?")
_SET_BY_THE_CHART = {f"BLACKLIST_{name}" for name in ("HOST", "PORT", "DATA", "STORE", "FEEDS", "IMPORT_EVERY")}


def rows() -> Iterator[tuple[str, Any, str]]:
    """Of each value: its path, its default, what the comment above it says (for `enabled`, that of its section)."""
    lines = (CHART / "values.yaml").read_text().splitlines()

    def comment(node: yaml.Node) -> str:
        line, found = node.start_mark.line - 1, list[str]()
        while line >= 0 and re.match(r" *# ", lines[line]):
            found.insert(0, lines[line].strip().removeprefix("# "))
            line -= 1
        return " ".join(found)

    def walk(node: yaml.Node, path: str, above: str) -> Iterator[tuple[str, Any, str]]:
        if not isinstance(node, yaml.MappingNode) or not node.value or path.endswith("resources"):
            yield path, yaml.safe_load(yaml.serialize(node)), above
            return
        for key, value in node.value:
            own = comment(key) or (above.rstrip(".") if key.value == "enabled" else "")
            yield from walk(value, f"{path}.{key.value}".lstrip("."), own)

    root = yaml.compose((CHART / "values.yaml").read_text())
    assert root is not None
    yield from walk(root, "", "")


def shown(value: Any) -> str:
    """A default in a cell: of resources the numbers alone."""
    if isinstance(value, dict) and "requests" in value:
        return "; ".join(f"{side} {one['cpu']}, {one['memory']}" for side, one in value.items())
    return "none" if value in ("", None) else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def with_current_table(readme: str) -> str:
    cells = "".join(f"| `{path}` | {shown(value)} | {text} |\n" for path, value, text in rows())
    table = f"<!-- values -->\n\n| value | default | what it is |\n|---|---|---|\n{cells}"
    return _TABLE.sub(lambda _: table, readme)


def test_its_readme_has_every_value(golden: bool) -> None:
    path = CHART / "README.md"
    current = with_current_table(path.read_text())
    if golden:
        path.write_text(current)
    assert golden or path.read_text() == current, "run `make golden` and read the diff"


def test_every_value_says_what_it_is() -> None:
    assert not [path for path, _, text in rows() if not text]


def test_every_value_has_a_rule_and_no_rule_is_for_nothing() -> None:
    def ruled(schema: dict[str, Any], path: str) -> Iterator[str]:
        schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        own = {} if path.endswith(("resources", "settings")) else schema.get("properties", {})
        assert not schema.get("properties") or schema["additionalProperties"] is False, path
        if not own:
            yield path
        for key, value in own.items():
            yield from ruled(value, f"{path}.{key}".lstrip("."))

    assert {path for path in ruled(SCHEMA, "") if path != "global"} == {path for path, _, _ in rows()}


def test_the_settings_it_takes_are_those_of_the_service() -> None:
    taken = SCHEMA["properties"]["server"]["properties"]["settings"]["properties"]
    assert set(taken) == {one.variable for one in SETTINGS} - _SET_BY_THE_CHART


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sever": {"replicas": 3}}, "additional properties 'sever' not allowed"),
        ({"server": {"replicas": 1}}, "at '/server/replicas': minimum: got 1, want 2"),
        ({"server": {"replicas": "2"}}, "at '/server/replicas': got string, want integer"),
        (
            {"server": {"settings": {"BLACKLIST_RATE": "1"}}},
            "at '/server/settings': additional properties 'BLACKLIST_RATE'",
        ),
        (
            {"server": {"settings": {"BLACKLIST_PORT": "80"}}},
            "at '/server/settings': additional properties 'BLACKLIST_PORT'",
        ),
        (
            {"server": {"settings": {"BLACKLIST_DRAIN": 5}}},
            "at '/server/settings/BLACKLIST_DRAIN': got number, want string",
        ),
        ({"server": {"resources": {"limits": {"cpu": "1000m"}}}}, "at '/server/resources/limits/cpu': '1000m'"),
        (
            {"server": {"resources": {"limits": {"cpu": 1}}}},
            "at '/server/resources/limits/cpu': got number, want string",
        ),
        ({"server": {"resources": {"limits": {"memory": "96MB"}}}}, "at '/server/resources/limits/memory': '96MB'"),
        ({"importer": {"every": "0"}}, "at '/importer/every': '0'"),
        ({"image": {"digest": "sha256:abc"}}, "at '/image/digest': 'sha256:abc' does not match pattern '^(sha256:"),
        ({"image": {"repository": "Registry/X"}}, "at '/image/repository': 'Registry/X'"),
        ({"redis": {"mode": "cluster"}}, "at '/redis/mode': value must be one of 'included', 'external'"),
        ({"redis": {"secretName": ""}}, "at '/redis/secretName': ''"),
        ({"redis": {"password": "x"}}, "at '/redis': additional properties 'password' not allowed"),
        ({"service": {"type": "NodePort", "nodePort": 80}}, "at '/service/nodePort': minimum: got 80, want 30,000"),
        ({"service": {"type": "LoadBalancer"}}, "at '/service/type': value must be one of 'ClusterIP', 'NodePort'"),
        ({"ingress": {"host": "https://a.example"}}, "at '/ingress/host': 'https://a.example'"),
        ({"backup": {"schedule": "@daily"}}, "at '/backup/schedule': '@daily'"),
        ({"restore": {"file": "../keys"}}, "at '/restore/file': '../keys'"),
        ({"networkPolicy": {"clients": ["10.0.0.0/8"]}}, "at '/networkPolicy/clients/0': got string, want object"),
        ({"spread": {"zones": "Always"}}, "at '/spread/zones': value must be one of"),
        # What the schema can't say.
        (
            {"image": {"requireDigest": True}},
            "image.digest: this environment runs an image by its digest, and has none",
        ),
        (
            {"image": {"requireDigest": True, "digest": "sha256:" + "0" * 64}, "redis": {"image": {"digest": ""}}},
            "redis.image.digest: this environment runs images by their digests",
        ),
        (
            {"autoscaling": {"enabled": True, "minReplicas": 5}},
            "autoscaling.maxReplicas: 4 is less than autoscaling.minReplicas, 5",
        ),
        (
            {"service": {"nodePort": 32542}},
            "service.nodePort: 32542 goes with service.type=NodePort, and it is ClusterIP",
        ),
        ({"ingress": {"enabled": True}}, "ingress.host: an Ingress needs a host name"),
        ({"persistence": {"enabled": False}}, "backup.enabled: backups need a disk"),
        ({"redis": {"mode": "external"}}, "networkPolicy.redis: nothing would reach the external Redis"),
        ({"monitoring": {"serviceMonitor": True}}, "monitoring.keySecretName: /metrics needs a key"),
        (
            {"redis": {"resources": {"limits": {"memory": "1024Mi"}}}},
            "redis.resources.limits.memory: 1024Mi is kept by the API server as 1Gi",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(values: dict[str, Any], message: str) -> None:
    with pytest.raises(helm_python.HelmError) as refused:
        render(values)
    assert message in str(refused.value)

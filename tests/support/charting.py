"""The chart as Helm renders it, with the values files that there are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "chart" / "blacklist"
PINNED = {"image": {"digest": "sha256:" + "ab" * 32}}
"""What the pipeline writes into an environment's image.yaml."""

Values = dict[str, Any]
Manifest = dict[str, Any]

CASES: dict[str, tuple[Path, ...]] = {
    **{path.name.removesuffix("-values.yaml"): (path,) for path in sorted(CHART.glob("ci/*-values.yaml"))},
    **{name: (DEPLOY / "environments" / name / "values.yaml",) for name in ("staging", "production")},
    **{
        f"production-{path.stem}": (DEPLOY / "environments" / "production" / "values.yaml", path)
        for path in sorted(DEPLOY.glob("availability/*.yaml"))
    },
}
"""Every values file, alone or as it is given, by a name."""


def values_of(case: str) -> Values:
    """The values of a case, with the digest that a deploy would have brought."""
    merged: Values = {}
    for path in CASES[case]:
        merged = merge(merged, yaml.safe_load(path.read_text()) or {})
    return merged if CASES[case][0].parent == CHART / "ci" else merge(merged, PINNED)


def merge(below: Values, above: Values) -> Values:
    """As Helm lays one values file over another: objects are merged, all else is replaced."""
    both = {key: merge(below[key], above[key]) for key in below.keys() & above.keys() if isinstance(above[key], dict)}
    return {**below, **above, **both}


def render(values: Values, *, name: str = "blacklist", namespace: str = "blacklist", chart: Path = CHART) -> str:
    """All manifests in one text, by their templates. Raises helm_python.HelmError for values that can't be."""
    with helm_python.Chart.load(str(chart)) as loaded:
        rendered = loaded.render(values, name=name, namespace=namespace)
    texts = ((path.partition("/")[2], text.strip()) for path, text in sorted(rendered.items()))
    return "".join(f"# {path}\n{text}\n---\n" for path, text in texts if text and not path.endswith("NOTES.txt"))


def notes(values: Values) -> str:
    """What is printed after an installation."""
    with helm_python.Chart.load(str(CHART)) as loaded:
        return str(loaded.render(values, name="blacklist", namespace="blacklist")["blacklist/templates/NOTES.txt"])


def manifests(values: Values, **where: Any) -> list[Manifest]:
    """The objects that values give."""
    return [one for one in yaml.load_all(render(values, **where), yaml.CSafeLoader) if one]


@cache
def manifests_of(case: str) -> list[Manifest]:
    """The objects of a case, made once: they are to be read, not changed."""
    return manifests(values_of(case))


def find(objects: list[Manifest], kind: str, name: str) -> Manifest:
    """The one object of that kind and name."""
    (found,) = (one for one in objects if one["kind"] == kind and one["metadata"]["name"] == name)
    return found


def pods(objects: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Every pod that the objects make: the name of who makes it, and the pod's labels (`metadata`) and `spec`."""
    for one in objects:
        spec = one.get("spec", {})
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one
        elif one["kind"] == "CronJob":
            yield one["metadata"]["name"], spec["jobTemplate"]["spec"]["template"]
        elif "template" in spec:
            yield one["metadata"]["name"], spec["template"]


def containers(pod: Manifest) -> list[Manifest]:
    """Those of a pod, its initial ones included."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def included_redis(objects: list[Manifest], folder: Path) -> tuple[list[str], int]:
    """The command of the included Redis and its configuration, with a folder and a port of this machine; the port."""
    (container,) = containers(find(objects, "StatefulSet", "blacklist-redis")["spec"]["template"])
    text, port = str(find(objects, "ConfigMap", "blacklist-redis")["data"]["redis.conf"]), free_port()
    assert text.count("dir /data\n") == text.count("bind * -::*\n") == 1
    text = text.replace("dir /data\n", f"dir {folder}\n").replace("bind * -::*\n", f"bind 127.0.0.1\nport {port}\n")
    (folder / "redis.conf").write_text(text)
    return [part.replace("/etc/redis/redis.conf", str(folder / "redis.conf")) for part in container["command"]], port

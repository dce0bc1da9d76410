"""The rendered chart, as a folder of YAML files or one of them, against policy (policy.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import httpx
import yaml

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.settings.manifests import ManifestsSettings
from statuspress.sources import policy
from statuspress.sources.fields import objects
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import SKEW, Notes, Origin

_LARGEST = 8 << 20  # bytes of all files together: a chart of thousands of objects
_RENDER = "Render the chart into it: helm template deploy/chart/blacklist --output-dir reports/manifests."


class ManifestsSource:
    """Reads files alone. They are a record of what was rendered, so the figures never go stale."""

    name = "manifests"
    ids: Mapping[str, str] = {
        "manifests.objects": "Objects of the chart",
        "manifests.workloads": "Workloads of the chart",
        "manifests.probes": "Containers with all probes",
        "manifests.limits": "Containers with requests and limits",
        "manifests.restricted": "Containers that run restricted",
        "manifests.pinned": "Containers whose image is named by digest",
        "manifests.network": "A network policy limits the pods",
        "manifests.budget": "A disruption budget keeps replicas running",
        "manifests.unmounted": "No pod gets a token to the cluster",
    }

    async def collect(
        self,
        settings: ManifestsSettings,
        client: httpx.AsyncClient,  # noqa: ARG002 - the interface's
        now: datetime,
    ) -> Sequence[Evidence | Gap]:
        """All figures of one reading."""
        manifests, digest, written = await asyncio.to_thread(_read, settings.folder)
        if written - now > SKEW:
            raise Unavailable(f"The files of {settings.folder.name} were written in the future.", "Set the clock.")
        found = policy.workloads(manifests)
        notes = Notes(self.name, self.ids, min(written, now), None)
        figures: Mapping[str, tuple[Callable[[], Value], str]] = {
            "objects": (lambda: len(manifests), "{object}"),
            "workloads": (lambda: len(found), "{workload}"),
            "probes": (lambda: policy.probes(found), "%"),
            "limits": (lambda: policy.limits(found), "%"),
            "restricted": (lambda: policy.restricted(found), "%"),
            "pinned": (lambda: policy.pinned(found), "%"),
            "network": (lambda: policy.within_network(manifests, found), ""),
            "budget": (lambda: policy.within_budget(manifests, found), ""),
            "unmounted": (lambda: policy.without_token(manifests, found), ""),
        }
        for name, (read, unit) in figures.items():
            notes.note(f"manifests.{name}", read, unit, Origin(f"{settings.folder.name}: {name}", digest))
        return notes.items


def _read(folder: Path) -> tuple[list[policy.Manifest], str, datetime]:
    """All objects of all files, the digest of the files, and when the last was written. Raises Unavailable."""
    try:
        paths = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*.y*ml") if path.is_file())
        if not paths:
            raise Unavailable(f"There is no YAML file in {folder.name}/.", _RENDER)
        if sum(path.stat().st_size for path in paths) > _LARGEST:
            raise Unavailable(f"The files of {folder.name} are larger than {_LARGEST >> 20} MiB together.", _RENDER)
        raw = [(path, path.read_bytes()) for path in paths]
        written = max(path.stat().st_mtime for path in paths)
    except OSError as error:
        raise Unavailable(f"{folder.name} cannot be read: {error.strerror}.", _RENDER) from None
    digest = sha256()
    found: list[policy.Manifest] = []
    for path, body in raw:
        digest.update(sha256(body).digest())
        found += _objects(path.name, body)
    if not found:
        raise Unavailable(f"There is no object in {folder.name}.", _RENDER)
    return found, digest.hexdigest(), datetime.fromtimestamp(written, UTC)


def _objects(name: str, body: bytes) -> list[policy.Manifest]:
    try:
        documents = list(yaml.load_all(body, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Unavailable(f"{name} is not YAML{line}.", _RENDER) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unavailable(f"{name} is not YAML.", _RENDER) from None
    found: list[policy.Manifest] = []
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            raise Unavailable(f"{name} holds something that is no Kubernetes object.", _RENDER)
        found += objects(document, "items") if document["kind"] == "List" else [document]
    return found

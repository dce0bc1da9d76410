"""The software bill of materials in CycloneDX's JSON: `sbom.json` or `sbom.cdx.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from statuspress.core.evidence import Value
from statuspress.sources.report import Reading, ReportError, ReportKind, fact, instant

_DEEPEST = 50  # components within components


def read_cyclonedx(raw: bytes) -> Reading:
    """How many components there are, and what they leave out that a person would look for."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise ReportError("It is not JSON.") from None
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise ReportError("It is not a CycloneDX document.")
    components = list(_components(document.get("components"), 0))
    if not components:
        raise ReportError("It names no component.")
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    unlicensed = sum(not component.get("licenses") for component in components)
    unidentified = sum(not component.get("purl") for component in components)
    figures: dict[str, tuple[Value, str]] = {
        "sbom.components": (len(components), "{component}"),
        "sbom.unlicensed": (unlicensed, "{component}"),
        "sbom.unidentified": (unidentified, "{component}"),
    }
    missing: dict[str, str] = {}
    for name, text in {"sbom.version": fact(document.get("specVersion")), "sbom.tool": _tool(metadata)}.items():
        if text:
            figures[name] = (text, "")
        else:
            missing[name] = "it was left out."
    return Reading(figures, instant(metadata.get("timestamp")), missing)


def _components(found: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found) or depth > _DEEPEST:
        raise ReportError("Its components are not a list of components.")
    for component in found:
        yield component
        yield from _components(component.get("components"), depth + 1)


def _tool(metadata: Mapping[str, Any]) -> str | None:
    """The first tool, with its version: since 1.5 tools are components, before they were a list of their own."""
    tools = metadata.get("tools")
    named: Any = tools.get("components") if isinstance(tools, dict) else tools
    if not isinstance(named, Sequence) or not named or not isinstance(named[0], dict):
        return None
    return " ".join(part for part in (fact(named[0].get("name")), fact(named[0].get("version"))) if part) or None


CYCLONEDX = ReportKind(
    "`cyclonedx-py environment --output-file reports/sbom.json`",
    {"sbom.json": read_cyclonedx, "sbom.cdx.json": read_cyclonedx},
    {
        "sbom.components": "Components in the bill of materials",
        "sbom.unlicensed": "Components without a licence in the bill of materials",
        "sbom.unidentified": "Components without a package URL in the bill of materials",
        "sbom.version": "Version of CycloneDX",
        "sbom.tool": "Tool that wrote the bill of materials",
    },
)

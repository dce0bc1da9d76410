"""The bill of materials: how many components, and what they leave out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from statuspress.sources.cyclonedx import CYCLONEDX, read_cyclonedx
from statuspress.sources.report import ReportError

ONE = {"type": "library", "name": "one", "purl": "pkg:pypi/one@1", "licenses": [{"license": {"id": "MIT"}}]}
TWO = {"type": "library", "name": "two", "licenses": [], "components": [ONE, {"name": "three"}]}


def bom(**changed: Any) -> bytes:
    """A bill of three components, one of them within another."""
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "timestamp": "2031-03-17T10:00:00+00:00",
            "tools": {"components": [{"name": "cyclonedx-py", "version": "7.5.0"}]},
        },
        "components": [ONE, TWO],
    }
    return json.dumps(document | changed).encode()


def test_components_within_components_are_counted() -> None:
    reading = read_cyclonedx(bom())
    assert {name: value for name, (value, _) in reading.figures.items()} == {
        "sbom.components": 4,
        "sbom.unlicensed": 2,
        "sbom.unidentified": 2,
        "sbom.version": "1.6",
        "sbom.tool": "cyclonedx-py 7.5.0",
    }
    assert set(reading.figures) == set(CYCLONEDX.ids)
    assert reading.at == datetime(2031, 3, 17, 10, tzinfo=UTC)


def test_the_older_list_of_tools_is_read() -> None:
    metadata = {"tools": [{"vendor": "aquasecurity", "name": "trivy", "version": "0.70.0"}]}
    assert read_cyclonedx(bom(metadata=metadata)).figures["sbom.tool"] == ("trivy 0.70.0", "")


@pytest.mark.parametrize("metadata", [None, [], {}, {"tools": []}, {"tools": {"components": 1}}, {"tools": [7]}])
def test_a_tool_that_was_left_out_is_missing_and_the_rest_is_read(metadata: Any) -> None:
    reading = read_cyclonedx(bom(metadata=metadata))
    assert reading.missing == {"sbom.tool": "it was left out."}
    assert reading.at is None


def nested(depth: int) -> dict[str, Any]:
    component: dict[str, Any] = {"name": "x"}
    for _ in range(depth):
        component = {"name": "x", "components": [component]}
    return component


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"<bom/>", "not JSON"),
        (b"[]", "not a CycloneDX document"),
        (b'{"spdxVersion": "SPDX-2.3"}', "not a CycloneDX document"),
        (bom(components=[]), "names no component"),
        (bom(components="all"), "not a list of components"),
        (bom(components=[1]), "not a list of components"),
        (bom(components=[nested(60)]), "not a list of components"),
    ],
)
def test_a_broken_bill_is_refused_with_its_reason(raw: bytes, said: str) -> None:
    with pytest.raises(ReportError, match=said):
        read_cyclonedx(raw)

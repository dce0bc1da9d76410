"""Every manifest is what Kubernetes says it must be, in the oldest and the newest version that is in use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from charting import CASES, manifests, manifests_of
from custom import KINDS, mistakes

kubernetes_validate: Any = import_module("kubernetes_validate")  # it comes without types
VERSIONS = ("1.31", "1.34", "1.37")


@pytest.fixture(autouse=True, scope="module")
def schemas_read_once() -> Iterator[None]:
    """The library reads two megabytes for each object: forty times the work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kubernetes_validate.utils, "schema_contents", cache(kubernetes_validate.utils.schema_contents))
        yield


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", CASES)
def test_every_object_is_valid_and_has_no_unknown_field(case: str, version: str) -> None:
    for one in manifests_of(case):
        if one["kind"] in KINDS:
            assert not mistakes(one)
        else:
            assert kubernetes_validate.validate(one, version, strict=True) == version


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unknown_field_is_found(version: str) -> None:
    broken = next(one for one in manifests({}) if one["kind"] == "Deployment")
    broken["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(broken, version, strict=True)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"spec": {"selector": {"matchLabels": {}}, "endpoints": [{"prot": "http"}]}}, "prot"),
        ({"spec": {"selector": {"matchLabels": {}}}}, "endpoints"),
        ({"metadata": {"name": "Wrong_Name"}}, "Wrong_Name"),
    ],
)
def test_so_is_one_of_a_custom_object(change: dict[str, Any], place: str) -> None:
    monitor = next(one for one in manifests_of("everything") if one["kind"] == "ServiceMonitor")
    assert not mistakes(monitor)
    assert any(place in found for found in mistakes(monitor | change))

"""Numbers that are no measurements, in every place of an answer where a number stands."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import argocd_answers
import github_answers
from answering import Reply, answering
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.github import GithubSettings
from statuspress.settings.section import SourceSettings

NUMBERS = ("-5", "1e999", "9" * 400, "1e300", "0.5", '"7"', "true", "[]")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["argocd", "github"])
def test_a_number_that_is_no_measurement_never_becomes_a_figure(
    configure: Callable[..., Config], gather: Callable[[Config], Dossier], tmp_path: Path, name: str, number: str
) -> None:
    """Every number of every answer is replaced at once."""
    documents = {
        f"/repos/{github_answers.NAME}{path}": document for path, document in github_answers.documents().items()
    }
    documents[f"/api/v1/applications/{argocd_answers.NAME}"] = argocd_answers.application()
    with answering() as server:
        for path, document in documents.items():
            server.set(path, Reply(_numbers(document, number).encode(), 200, "application/json"))
        sections: dict[str, SourceSettings] = {
            "argocd": ArgocdSettings(url=server.url),
            "github": GithubSettings(repository=github_answers.NAME, url=server.url, cache=tmp_path / "github.json"),
        }
        dossier = gather(replace(configure(server.url), sources={name: sections[name]}))
    figures = [item.value for item in dossier if isinstance(item, Evidence)]
    numbers = [value for value in figures if isinstance(value, int | float) and not isinstance(value, bool)]
    assert figures
    assert all(math.isfinite(value) and 0 <= value < 2**53 for value in numbers)
    assert not [item for item in dossier if isinstance(item, Gap) and "unexpectedly" in item.reason]


def _numbers(document: object, number: str) -> str:
    """The JSON of a document with every number in it replaced."""
    if isinstance(document, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_numbers(value, number)}" for key, value in document.items()) + "}"
    if isinstance(document, list):
        return "[" + ",".join(_numbers(item, number) for item in document) + "]"
    return number if isinstance(document, int | float) and not isinstance(document, bool) else json.dumps(document)

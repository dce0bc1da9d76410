"""Holds the answers that the tests are given against the published contracts of Argo CD and GitHub, and back.

1. Every answer of tests/support conforms, and has no field that the contract does not know.
2. Every field that GitHub's source keeps is one that the contract knows.
3. The sources read the contract's own recorded examples without a fault.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

import argocd_answers
import github_answers
from answering import answering, as_json
from statuspress.config import CollectSettings, Config, ProjectSettings
from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.github import GithubSettings
from statuspress.sources import github_resources as resources
from statuspress.sources.collector import collect
from statuspress.sources.github_api import Resource

ARGOCD, GITHUB = "argocd-swagger.json", "github-rest-openapi-trimmed.json"
REPOSITORY = "/repos/{owner}/{repo}"
PULLS = {"type": "array", "items": {"$ref": "#/components/schemas/pull-request-simple"}}
# The answers' paths below the repository, and the contract's.
PATHS = {
    "": "",
    "/branches/main": "/branches/{branch}",
    "/branches/main/protection": "/branches/{branch}/protection",
    "/actions/runs": "/actions/runs",
    "/actions/runs/1/jobs": "/actions/runs/{run_id}/jobs",
    "/releases": "/releases",
    "/pages": "/pages",
    "/actions/runners": "/actions/runners",
}


def main(folder: Path) -> int:
    """Prints what does not conform; 1 when anything does not."""
    if not (folder / ARGOCD).is_file() or not (folder / GITHUB).is_file():
        print(f"check-real: there are no contracts in {folder}: nothing was checked (this check is optional)")
        return 0
    argocd = Contract(json.loads((folder / ARGOCD).read_bytes()), "definitions")
    github = Contract(json.loads((folder / GITHUB).read_bytes()), "components")
    problems = [*_argocd(argocd), *_github(github), *_kept(github), *asyncio.run(_examples(github))]
    for problem in problems:
        print(f"  wrong: {problem}")
    print(f"contracts: {len(PATHS) + 2} answers and all kept fields compared: {len(problems)} differences")
    return 1 if problems else 0


@dataclass(frozen=True, slots=True)
class Contract:
    """A published contract; `shared` is the key under which its schemas lie, which others refer to."""

    document: Mapping[str, Any]
    shared: str

    def differences(self, schema: Any, answer: Any, name: str) -> Iterator[str]:
        """Where the answer is not as the schema says."""
        validator = Draft7Validator({**strict(schema), self.shared: strict(self.document[self.shared])})
        for error in validator.iter_errors(answer):
            yield f"{name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def answer(self, path: str) -> Any:
        """The schema of what is answered to a GET with 200."""
        return self.document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    def example(self, path: str) -> Any:
        """The recorded example of that answer."""
        content = self.document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        example = next(iter(content["examples"].values()))
        return self.resolved(example)["value"]

    def resolved(self, node: Any) -> Any:
        """The node, or what it refers to."""
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def strict(schema: Any) -> Any:
    """The schema with OpenAPI's `nullable` in the words of JSON Schema, and no properties but those it names."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and not {"allOf", "anyOf", "oneOf"} & made.keys():
        made.setdefault("additionalProperties", False)
    if made.pop("nullable", False) is True:
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _argocd(contract: Contract) -> Iterator[str]:
    application = {"$ref": "#/definitions/v1alpha1Application"}
    yield from contract.differences(application, argocd_answers.application(), "the application")
    error = {"$ref": "#/definitions/runtimeError"}
    yield from contract.differences(error, argocd_answers.error(16, "no session information"), "an error")


def _github(contract: Contract) -> Iterator[str]:
    answers = github_answers.documents()
    for path, published in PATHS.items():
        yield from contract.differences(contract.answer(REPOSITORY + published), answers[path], path or "/")
    yield from contract.differences(PULLS, answers["/pulls"], "/pulls")
    error = {"$ref": "#/components/schemas/basic-error"}
    yield from contract.differences(error, github_answers.error("Not Found"), "an error")


def _kept(contract: Contract) -> Iterator[str]:
    """What the source keeps of an answer must be in the contract: a name with a slip would be a gap for ever."""
    kept: list[tuple[Resource, Any]] = [
        (resources.REPOSITORY, contract.answer(REPOSITORY)),
        (resources.branch("main"), contract.answer(f"{REPOSITORY}/branches/{{branch}}")),
        (resources.protection("main"), contract.answer(f"{REPOSITORY}/branches/{{branch}}/protection")),
        (resources.runs("main", "2031-01-01"), contract.answer(f"{REPOSITORY}/actions/runs")),
        (resources.jobs(1), contract.answer(f"{REPOSITORY}/actions/runs/{{run_id}}/jobs")),
        (resources.RELEASES, contract.answer(f"{REPOSITORY}/releases")),
        (resources.PAGES, contract.answer(f"{REPOSITORY}/pages")),
        (resources.RUNNERS, contract.answer(f"{REPOSITORY}/actions/runners")),
        (resources.PULLS, PULLS),
    ]
    for resource, schema in kept:
        yield from _unknown(contract, resource.shape, schema, resource.title)


def _unknown(contract: Contract, shape: Mapping[str, Any], schema: Any, name: str) -> Iterator[str]:
    schema = contract.resolved(schema)
    while schema.get("type") == "array":
        schema = contract.resolved(schema["items"])
    for key, inner in shape.items():
        if key not in schema["properties"]:
            yield f"{name}: the contract knows no {key}"
        elif inner is not None:
            yield from _unknown(contract, inner, schema["properties"][key], f"{name}: {key}")


async def _examples(contract: Contract) -> list[str]:
    """Reads the examples that GitHub published: a gap is no fault, but the reasons are to be seen."""
    with answering() as server, tempfile.TemporaryDirectory() as folder:
        examples = {path: contract.example(REPOSITORY + published) for path, published in PATHS.items()}
        examples[""]["default_branch"] = "main"
        examples["/actions/runs"]["workflow_runs"][0] |= {"status": "completed", "conclusion": "success"}
        run = examples["/actions/runs"]["workflow_runs"][0]
        github_answers.install(server, examples | {f"/actions/runs/{run['id']}/jobs": examples["/actions/runs/1/jobs"]})
        server.set(f"/api/v1/applications/{argocd_answers.NAME}", as_json(argocd_answers.application()))
        sections = {
            "argocd": ArgocdSettings(url=server.url),
            "github": GithubSettings(
                repository=github_answers.NAME,
                url=server.url,
                pages=f"{server.url}/site",
                workflow=run["path"].rpartition("/")[2].partition("@")[0],
                cache=Path(folder) / "github.json",
            ),
        }
        project = ProjectSettings(name="blacklist", url="http://127.0.0.1/", repository="http://127.0.0.1/")
        config = Config(Path(), Path(), project, CollectSettings().data, CollectSettings().out, 30, sections)
        dossier = await collect(config, datetime.now(UTC), lambda _: None)
    gaps = [item for item in dossier if isinstance(item, Gap)]
    figures = sum(isinstance(item, Evidence) for item in dossier)
    print(f"contracts: of GitHub's recorded examples and an application {figures} figures, {len(gaps)} gaps:")
    for gap in gaps:
        print(f"  {gap.id}: {gap.reason}")
    return [f"{gap.id}: {gap.reason}" for gap in gaps if "unexpectedly" in gap.reason]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

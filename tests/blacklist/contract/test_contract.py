"""The contract and the program say the same: routes, problems, schemas, examples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

import blacklist
from blacklist.web.contract.document import described, served
from blacklist.web.contract.problems import PROBLEMS
from promised import contract, hold, known_routes
from running import Service, make_key, serving

WEB = Path(blacklist.__file__).parent / "web"
TABLES = "api/blacklist/web/contract/, in the file of its group"


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in contract()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_is_described_and_everything_described_exists() -> None:
    program, tables = set(served(known_routes())), set(described())
    missing = [f"{method} {route}" for method, route in sorted(program - tables)]
    gone = [f"{method} {route}" for method, route in sorted(tables - program)]
    assert not missing, f"add an Operation for {', '.join(missing)} to {TABLES}"
    assert not gone, f"{', '.join(gone)} is described, but no route is there: remove it from {TABLES}"
    assert len(list(operations())) == len(program)


def raised() -> Iterator[tuple[str, int, str]]:
    """Where each problem of the program is made, with its status and the end of its type."""
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                status, slug = node.args[:2]
                if isinstance(status, ast.Constant) and isinstance(slug, ast.Constant):
                    yield f"{path.name}:{node.lineno}", int(str(status.value)), str(slug.value)


def test_every_problem_of_the_program_is_described_with_its_status() -> None:
    made = list(raised())
    assert len(made) > 20
    for place, status, slug in made:
        assert slug in PROBLEMS, f"{place}: add {slug!r} to PROBLEMS in api/blacklist/web/contract/problems.py"
        assert PROBLEMS[slug].status == status, f"{place}: {slug} is described with {PROBLEMS[slug].status}"


def test_every_problem_described_is_made_somewhere() -> None:
    made = {slug for _, _, slug in raised()}
    elsewhere = {"not-found", "method-not-allowed", "unknown-list", "unknown-format"}  # names made by the program
    assert set(PROBLEMS) == made | elsewhere


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    whole = contract()
    for node in nodes(whole):
        if "$ref" in node:
            assert node["$ref"].removeprefix("#/components/schemas/") in whole["components"]["schemas"]
        if "schema" in node:
            Draft202012Validator.check_schema(node["schema"])
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_examples_are_what_their_schemas_say() -> None:
    seen = 0
    for node in nodes(contract()):
        if "schema" in node and "example" in node:
            seen += 1
            whole = {**node["schema"], "components": contract()["components"]}
            Draft202012Validator(whole).validate(node["example"])
    assert seen > 15


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from nodes(one)
    elif isinstance(value, list):
        for one in value:
            yield from nodes(one)


def test_a_list_in_yaml_is_what_the_contract_says_once_it_is_read(client: httpx.Client) -> None:
    list_of = contract()["paths"]["/api/v1/lists/{list}.{format}"]["get"]["responses"]["200"]["content"]
    schema = list_of["application/yaml"]["schema"]
    Draft202012Validator(schema).validate(yaml.safe_load(client.get("/api/v1/lists/all.cilium").text))


def test_names_are_unique_and_every_parameter_of_a_path_is_described() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)
    for name, operation in operations():
        described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert {f"{{{one}}}" for one in described} == {part for part in split(name) if part.startswith("{")}, name


def split(path: str) -> list[str]:
    return path.replace(".", "/").split("/")


def test_scopes_are_those_of_the_routes() -> None:
    by_name = dict(operations())
    assert by_name["GET /health"]["security"] == []
    assert by_name["GET /docs"]["security"] == [{"bearer": []}, {"header": []}, {"basic": []}]
    assert by_name["POST /api/v1/listings"]["security"][0] == {"bearer": ["listings:write"]}


def test_the_server_hands_it_out_to_any_key_and_not_twice(service: Service) -> None:
    with service.client(make_key(service.data, "lists")) as client:
        answer = wait_for(client, "/openapi.json")
        assert answer.json() == contract()
        again = client.get("/openapi.json", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def wait_for(client: httpx.Client, path: str) -> httpx.Response:
    while (answer := client.get(path)).status_code == 401:  # a fresh key is known within a second
        pass
    return answer


def test_the_page_shows_every_operation_without_a_script_or_a_style_in_it(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    shown = set()
    for name, operation in operations():
        if "/authz" not in name:
            assert f'id="{operation["operationId"]}"' in page.text
        assert operation["summary"] in page.text
        shown.add((name.partition(" ")[2], operation["summary"]))
    assert page.text.count('class="call"') == len(shown)  # what is the same by any method is there once
    assert page.text.count("<b>any method</b>") == 2
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "http://" not in page.text.replace('lang="en"', "")
    for asset in ("pages.css", "icon.svg"):
        assert client.get(f"/static/{asset}").status_code == 200


@pytest.mark.parametrize("name", ["pages", "..%2froutes.py", "dashboard.html", "%00", "static.py"])
def test_no_other_file_is_handed_out(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:blacklist:problem:not-found")


HEADLESS = [
    "/api/v1/lookup/192.0.2.1",
    "/api/v1/lists/all.txt",
    "/api/v1/feeds/one",
    "/docs",
    "/openapi.json",
    "/health",
]


@pytest.mark.parametrize("path", HEADLESS)
def test_head_answers_as_get_does_without_a_body(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_an_answer_that_the_contract_does_not_know_is_noticed(client: httpx.Client) -> None:
    good = client.get("/api/v1/lookup/192.0.2.1")
    wrong = [
        httpx.Response(418, request=good.request),
        httpx.Response(200, request=good.request, headers={"cache-control": "no-store"}, text="listed"),
        httpx.Response(200, request=good.request, headers={"cache-control": "no-store"}, json={"listed": True}),
        httpx.Response(200, request=good.request, headers=good.headers, json={**good.json(), "more": 1}),
    ]
    hold(good)
    for answer in wrong:
        with pytest.raises(AssertionError, match=r"contract|without"):
            hold(answer)


def test_before_the_first_import_answers_are_as_promised(tmp_path: Path) -> None:
    with serving(tmp_path) as empty, empty.client() as client:
        for name, operation in operations():
            method, path = name.split()
            if method == "GET" and "{" not in path and operation["operationId"] != "getEvents":
                client.get(path)  # the client holds each answer against the contract

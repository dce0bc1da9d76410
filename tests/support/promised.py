"""Answers held against the contract: every client of a test's server does it."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from starlette.routing import Match, Route

from blacklist.settings import read_settings
from blacklist.web.contract.document import described, document
from blacklist.web.routes import routes
from blacklist.web.state import State

_REMEDY = "describe it in api/blacklist/web/contract/"


@cache
def known_routes() -> tuple[Route, ...]:
    """The routes of a server."""
    state = State(read_settings({}), lists=None, importer=None, started_at=0)  # type: ignore[arg-type]
    return tuple(routes(state))


@cache
def contract() -> dict[str, Any]:
    """The contract of a server."""
    return document(known_routes())


def hold(response: httpx.Response) -> None:
    """Fails when the contract does not know this answer: its status, its media type, its headers, its JSON."""
    request = response.request
    if not response.headers.get("content-type", "").startswith("text/event-stream"):  # which has no end
        response.read()
    method = "GET" if request.method == "HEAD" else request.method
    scope = {"type": "http", "path": request.url.path, "method": method}
    route = next((one for one in known_routes() if one.matches(scope)[0] is Match.FULL), None)
    place = f"{request.method} {request.url.path} answered {response.status_code}"
    assert response.status_code != 500, f"{place}: {response.text}"
    if route is None:
        assert response.status_code in {404, 405}, f"{place}: no route is there"
        _valid({"$ref": "#/components/schemas/Problem"}, response.json(), place)
        return
    operation = described().get((method, route.path.replace(":path}", "}")))
    if operation is None and route.methods is None:
        return  # a method that OpenAPI has no word for
    assert operation is not None, f"{method} {route.path} is not in the contract: {_REMEDY}"
    answers = contract()["paths"][operation.path or operation.route][method.lower()]["responses"]
    answer = answers.get(str(response.status_code))
    assert answer is not None, f"{place}: the contract has {', '.join(answers)} there; {_REMEDY}: {response.text[:300]}"
    media_type = _plain(response.headers.get("content-type", ""))
    if response.status_code != 304 and media_type != "application/problem+json":
        for name, header in answer.get("headers", {}).items():
            assert name in response.headers, f"{place} without {name}"
            _valid(header["schema"], _typed(header["schema"], response.headers[name]), f"{place}: {name}")
    if request.method == "HEAD" or response.status_code in {204, 303, 304}:
        return
    if not answer.get("content") and response.status_code == 200:
        assert response.content == b"", f"{place} with a body: {_REMEDY}"
        return
    contents = {_plain(name): one for name, one in answer.get("content", {}).items()}
    assert media_type in contents, f"{place} as {media_type!r}: the contract has {', '.join(contents)}; {_REMEDY}"
    if media_type.endswith("json") and "ndjson" not in media_type:
        _valid(contents[media_type]["schema"], response.json(), place)


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip()


def _typed(schema: dict[str, Any], text: str) -> object:
    return int(text) if schema.get("type") == "integer" and text.isdecimal() else text


def _valid(schema: dict[str, Any], value: object, place: str) -> None:
    whole = {**schema, "components": contract()["components"]}
    wrong = [f"{error.json_path}: {error.message[:300]}" for error in Draft202012Validator(whole).iter_errors(value)]
    assert not wrong, f"{place}, which is not what the contract says: {wrong[:3]}"

"""The contract as an OpenAPI 3.1 document: operations from the tables, scopes from the routes that the server has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from starlette.routing import BaseRoute, Route

from blacklist import __version__
from blacklist.access.scopes import Scope
from blacklist.web.auditing import ACTIONS
from blacklist.web.contract.access import ACCESS
from blacklist.web.contract.feeds import FEEDS
from blacklist.web.contract.listings import LISTINGS
from blacklist.web.contract.lists import LISTS
from blacklist.web.contract.lookups import LOOKUPS
from blacklist.web.contract.operation import Answer, Content, Group, Operation, Parameter, Schema, ref
from blacklist.web.contract.operations import MONITORING, OPERATIONS
from blacklist.web.contract.problems import (
    ANYWHERE,
    PROBLEMS,
    WHEN_CHANGING,
    WHEN_WRITTEN_DOWN,
    WITH_A_KEY,
    WITH_A_SCOPE,
)
from blacklist.web.contract.schemas import SCHEMAS
from blacklist.web.credentials import ANY_KEY, Access
from blacklist.web.endpoint import Guarded
from blacklist.web.errors import TYPE

EVERY_METHOD = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
GROUPS: tuple[Group, ...] = (LOOKUPS, LISTS, LISTINGS, FEEDS, ACCESS, MONITORING, OPERATIONS)

_ABOUT = """\
Whether an IP address is listed, by which threat feeds, since when; and the lists, in the format of each firewall.

Errors are problems (RFC 9457) with a stable `type`. Times are RFC 3339 in UTC. Every GET also answers HEAD.
An operation that names a scope takes any key that has it, in one of three ways: `Authorization: Bearer`, `X-Api-Key`,
or HTTP Basic with the key's id as user and the whole key as password. Never in a URL. An operator's access token is
sent as `Authorization: Bearer` too.
"""
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, or an operator's access token."},
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key's id, and the whole key as password."},
}


def served(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], Access]:
    """Every method and path that is served, HEAD aside, with what it asks of a key."""
    found: dict[tuple[str, str], Access] = {}
    for route in routes:
        if isinstance(route, Route):
            endpoint = cast("Guarded", route.endpoint)
            for method in (route.methods or EVERY_METHOD) - {"HEAD"}:
                found[method, route.path.replace(":path}", "}")] = endpoint.scope
    return found


def described() -> dict[tuple[str, str], Operation]:
    """Every method and route that the tables describe."""
    return {(operation.method, operation.route): operation for group in GROUPS for operation in group.operations}


def document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The contract of a server with these routes. What has no description is left out: the tests don't allow it."""
    access = served(routes)
    paths: dict[str, dict[str, Any]] = {}
    for group in GROUPS:
        for operation in group.operations:
            key = operation.method, operation.route
            if key in access:
                path = paths.setdefault(operation.path or operation.route, {})
                path[operation.method.lower()] = _operation(group, operation, access[key])
    return {
        "openapi": "3.1.1",
        "info": {"title": "blacklist", "version": __version__, "description": _ABOUT},
        "tags": [{"name": group.name, "description": group.about} for group in GROUPS],
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS), "securitySchemes": _SCHEMES},
    }


def _operation(group: Group, operation: Operation, access: Access) -> dict[str, Any]:
    about = [operation.about] if operation.about else []
    if access is not None:
        about.append("Takes any valid key." if access == ANY_KEY else f"Needs a key with the scope `{access}`.")
    if operation.key_optional:
        about.append(f"`{operation.key_optional}` can open it to callers without a key.")
    built: dict[str, Any] = {
        "tags": [group.name],
        "operationId": operation.id,
        "summary": operation.summary,
        "description": " ".join(about),
        "security": _security(access),
        "parameters": [_parameter(one) for one in operation.parameters],
        "responses": _responses(operation, access),
    }
    if operation.body:
        built["requestBody"] = {"required": True, "content": _content(operation.body)}
    return {name: value for name, value in built.items() if value or name == "security"}


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access is None:
        return []
    scopes = [str(access)] if isinstance(access, Scope) else []
    return [{scheme: scopes} for scheme in _SCHEMES]


def _parameter(one: Parameter) -> dict[str, Any]:
    built: dict[str, Any] = {"name": one.name, "in": one.place, "description": one.about, "schema": one.schema}
    if one.required:
        built["required"] = True
    if one.example is not None:
        built["example"] = one.example
    return built


def _responses(operation: Operation, access: Access) -> dict[str, Any]:
    answers = {status: _answer(answer) for status, answer in operation.answers.items()}
    by_status: dict[int, list[str]] = {}
    with_key = () if access is None else WITH_A_KEY
    with_scope = WITH_A_SCOPE if isinstance(access, Scope) else ()
    changing = WHEN_CHANGING if with_scope and access is not Scope.LOOKUP and operation.method != "GET" else ()
    written = WHEN_WRITTEN_DOWN if (operation.method, operation.route) in ACTIONS else ()
    for slug in (*operation.problems, *with_key, *with_scope, *changing, *written, *ANYWHERE):
        by_status.setdefault(PROBLEMS[slug].status, []).append(slug)
    for status, slugs in by_status.items():
        answer = answers.setdefault(status, {"description": ""})
        told = "\n".join(f"`{slug}`: {PROBLEMS[slug].about}" for slug in slugs)
        answer["description"] = "\n\n".join(filter(None, [answer["description"], told]))
        answer.setdefault("content", {})["application/problem+json"] = {"schema": _problem(status, slugs)}
    return {str(status): answers[status] for status in sorted(answers)}


def _problem(status: int, slugs: list[str]) -> Schema:
    members = {"type": {"enum": [TYPE + slug for slug in slugs]}, "status": {"const": status}}
    return {"allOf": [ref("Problem"), {"properties": members}]}


def _answer(answer: Answer) -> dict[str, Any]:
    built: dict[str, Any] = {"description": answer.about}
    if answer.headers:
        built["headers"] = {name: {"schema": schema} for name, schema in answer.headers.items()}
    if answer.content:
        built["content"] = _content(answer.content)
    return built


def _content(content: Mapping[str, Content]) -> dict[str, Any]:
    built = {}
    for media_type, one in content.items():
        example = {} if one.example is None else {"example": one.example}
        built[media_type.removesuffix("; charset=utf-8")] = {"schema": one.schema, **example}
    return built

"""`/docs`: the contract as a page that needs no script, made on the server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.html import Markup, joined, page_response, tag
from blacklist.web.openapi import contract
from blacklist.web.state import State
from blacklist.web.typenames import type_name

_CODE = re.compile(r"`([^`]+)`")
_PROBLEMS = re.compile(r"(`[a-z-]+`: .*\n?)+")
_WIDTH = 72


async def docs(_state: State, request: Request) -> Response:
    """`GET /docs`."""
    return page_response(await asyncio.to_thread(_rendered, request.app))


@lru_cache(1)
def _rendered(application: Starlette) -> str:
    return page(contract(application.routes))


def page(contract: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    info = contract["info"]
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{info['title']} API"),
        tag("link", rel="icon", href="/static/icon.svg"),
        tag("link", rel="stylesheet", href="/static/pages.css"),
    )
    groups = [(one, list(_operations(contract, one["name"]))) for one in contract["tags"]]
    groups = [(one, operations) for one, operations in groups if operations]
    schemas = contract["components"]["schemas"]
    body = joined(
        tag("a", "Skip to the text", class_="skip", href="#text"),
        tag(
            "header",
            tag("p", "blacklist", class_="brand"),
            tag("p", f"API {info['version']}", class_="quiet"),
            tag("nav", tag("a", "openapi.json", href="/openapi.json"), class_="nav", aria_label="Pages"),
            class_="wrap top",
        ),
        tag(
            "main",
            tag("div", tag("h1", "The lookup API"), *_paragraphs(info["description"]), class_="head"),
            _contents(groups),
            *(_group(one, operations) for one, operations in groups),
            _schemas(schemas),
            class_="wrap docs",
            id="text",
        ),
    )
    return f"<!doctype html>\n{tag('html', tag('head', head), tag('body', body), lang='en')}"


def _operations(contract: Mapping[str, Any], group: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Method, path and operation of each in a group. What is the same by any method stands there once."""
    for path, methods in contract["paths"].items():
        own = [(method.upper(), path, one) for method, one in methods.items() if group in one["tags"]]
        if len(own) > 1 and len({one["summary"] for _, _, one in own}) == 1:
            own = [("any method", path, own[0][2])]
        yield from own


def _contents(groups: Iterable[tuple[Mapping[str, str], list[tuple[str, str, Mapping[str, Any]]]]]) -> Markup:
    rows = [
        tag(
            "li",
            tag("a", group["name"], href=f"#{_slug(group['name'])}"),
            tag(
                "ul",
                *(
                    tag("li", tag("a", operation["summary"], href=f"#{operation['operationId']}"))
                    for _, _, operation in operations
                ),
            ),
        )
        for group, operations in groups
    ]
    return tag("nav", tag("ul", *rows), class_="contents", aria_label="Contents")


def _group(group: Mapping[str, str], operations: list[tuple[str, str, Mapping[str, Any]]]) -> Markup:
    head = tag("header", tag("h2", group["name"]), *_paragraphs(group["description"]))
    told = tag("div", *(_operation(*one) for one in operations), class_="told")
    return tag("section", head, told, class_="band", id=_slug(group["name"]))


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Markup:
    call = tag("p", tag("b", method), " ", *_breakable(path), class_="call")
    parts = [tag("h3", operation["summary"]), call, *_paragraphs(operation.get("description", ""))]
    if parameters := operation.get("parameters"):
        rows = (_row(_parameter_name(one), type_name(one["schema"]), one["description"]) for one in parameters)
        parts.append(_table("Parameter", "Type", rows))
    if body := operation.get("requestBody"):
        parts += [tag("h4", "Body"), *_content(body["content"])]
    answers = [_answer(status, answer) for status, answer in operation["responses"].items()]
    parts += [tag("h4", "Answers"), tag("dl", *answers, class_="answers")]
    return tag("article", *parts, id=operation["operationId"])


def _answer(status: str, answer: Mapping[str, Any]) -> Markup:
    content = {name: one for name, one in answer.get("content", {}).items() if name != "application/problem+json"}
    headers = ", ".join(f"`{name}`" for name in answer.get("headers", {}))
    told = [*_paragraphs(answer["description"]), *_content(content)]
    if headers:
        told += _paragraphs(f"Headers: {headers}.")
    return tag("div", tag("dt", status), tag("dd", *told))


def _content(content: Mapping[str, Any]) -> Iterator[Markup]:
    for media_type, one in content.items():
        schema = one["schema"]
        yield tag("p", tag("code", media_type), " ", type_name(schema), class_="quiet")
        if members := schema.get("properties"):
            yield _members(members, schema.get("required", ()))
        if "example" in one:
            yield _example(one["example"])


def _example(value: Any) -> Markup:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) > _WIDTH and not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False, indent=2)
    return tag("pre", tag("code", text.rstrip("\n")), tabindex="0")


def _schemas(schemas: Mapping[str, Any]) -> Markup:
    told = [
        tag(
            "article",
            tag("h3", name),
            *_paragraphs(schema.get("description", "")),
            _members(schema["properties"], schema.get("required", ()))
            if "properties" in schema
            else tag("p", type_name(schema)),
            id=f"schema-{name}",
        )
        for name, schema in schemas.items()
    ]
    head = tag("header", tag("h2", "Schemas"), tag("p", "What the answers are made of."))
    return tag("section", head, tag("div", *told, class_="told"), class_="band", id="schemas")


def _members(members: Mapping[str, Any], required: Iterable[str]) -> Markup:
    needed = set(required)
    rows = (
        _row(_named(name, optional=name not in needed), type_name(schema), schema.get("description", ""))
        for name, schema in members.items()
    )
    return _table("Member", "Type", rows)


def _parameter_name(one: Mapping[str, Any]) -> Markup:
    name = _named(one["name"], optional=not one.get("required"))
    return joined(name, tag("small", " ", one["in"])) if one["in"] != "query" else name


def _named(name: str, *, optional: bool) -> Markup:
    return joined(tag("code", name), tag("small", " optional")) if optional else tag("code", name)


def _row(name: Markup, kind: Markup, about: str) -> Markup:
    return tag("tr", tag("th", name, scope="row"), tag("td", kind), tag("td", *_inline(about)))


def _table(name: str, kind: str, rows: Iterable[Markup]) -> Markup:
    heads = (tag("th", title, scope="col") for title in (name, kind, "Meaning"))
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
    return tag("div", table, class_="scroll", tabindex="0", role="group", aria_label=f"{name}s")


def _paragraphs(text: str) -> Iterator[Markup]:
    for paragraph in filter(None, map(str.strip, text.split("\n\n"))):
        if _PROBLEMS.fullmatch(paragraph):  # one a line
            yield tag("ul", *(tag("li", *_inline(line)) for line in paragraph.split("\n")), class_="problems")
        else:
            yield tag("p", *_inline(paragraph))


def _inline(text: str) -> Iterator[str]:
    """Text with what stands between backticks as code."""
    for place, part in enumerate(_CODE.split(text)):
        yield tag("code", part) if place % 2 else part


def _breakable(path: str) -> Iterator[str]:
    """A path that may break after each slash."""
    for place, part in enumerate(path.split("/")):
        if place:
            yield joined("/", tag("wbr"))
        yield part


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")

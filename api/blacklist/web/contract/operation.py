"""One operation: what may be asked of a route by one method, and every answer there can be.

Who may ask is not said here: the document takes scopes from the table of routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]
"""A JSON Schema (2020-12)."""

NO_STORE: Mapping[str, Schema] = {"Cache-Control": {"type": "string", "const": "no-store"}}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the `query`, of the `path` or of a `header`. Those of a path are always required."""

    name: str
    about: str
    schema: Schema
    place: str = "query"
    required: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its schema, and one example of it, as a value for JSON and as text for all else."""

    schema: Schema
    example: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of one status: what it means, its bodies by media type, its headers."""

    about: str
    content: Mapping[str, Content] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route.

    `route` is the path of the route, without converters; `path` is how the contract shows it where that differs.
    `problems` are the types of problems that are its own: those that any route may answer are added to each. `body`
    is by media type. `key_optional` tells under which setting no key is needed.
    """

    method: str
    route: str
    id: str
    summary: str
    answers: Mapping[int, Answer]
    about: str = ""
    path: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, Content] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    key_optional: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one chapter."""

    name: str
    about: str
    operations: tuple[Operation, ...]


def json_answer(about: str, schema: Schema, example: Any = None) -> Answer:
    """An answer in JSON that nobody may keep."""
    return Answer(about, {"application/json": Content(schema, example)}, NO_STORE)


def ref(name: str) -> Schema:
    """A schema of the table in schemas.py, by name."""
    return {"$ref": f"#/components/schemas/{name}"}

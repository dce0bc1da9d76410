"""What a JSON Schema allows, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from blacklist.web.html import Markup, joined, tag

_PREFIX = "#/components/schemas/"


def type_name(schema: Mapping[str, Any]) -> Markup:
    """The type as a few words, with a link to a schema that has a name."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_PREFIX)
        return tag("a", name, href=f"#schema-{name}")
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return _between(" or ", [type_name(one) for one in schema[several]])
    if "const" in schema:
        return tag("code", _text(schema["const"]))
    if "enum" in schema:
        return _between(", ", [tag("code", _text(value)) for value in schema["enum"]])
    if schema.get("type") == "array":
        return joined("array of ", type_name(schema["items"]), _limit(schema))
    if schema.get("type") == "object":
        further = schema.get("additionalProperties")
        return joined("object of ", type_name(further), "s by name") if isinstance(further, dict) else joined("object")
    return joined(f"{schema.get('format', schema.get('type', 'bytes'))}{_range(schema)}")


def _between(glue: str, pieces: list[Markup]) -> Markup:
    return joined(*(joined(glue, piece) if place else piece for place, piece in enumerate(pieces)))


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None:
        return f" {low or 0} to {high:,}"
    if "maxLength" in schema:
        return f", at most {schema['maxLength']} characters"
    return f" from {low}" if low else ""


def _limit(schema: Mapping[str, Any]) -> str:
    return f", at most {schema['maxItems']:,}" if "maxItems" in schema else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)

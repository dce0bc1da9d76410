"""What is kept of a JSON answer: only the fields that are read, so that nothing else can be written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]  # the keys that are kept of an object, each with the shape of what is in it, or with None
_LONGEST = 1000  # characters of a text, and items of a list of texts or numbers


def project(document: Any, shape: Shape | None) -> Any:
    """The document without what the shape does not name. A list is kept item by item, a list in a list is not."""
    if isinstance(document, list):
        kept = document if shape is not None else document[:_LONGEST]
        return [None if isinstance(item, list) else project(item, shape) for item in kept]
    if shape is None:
        if isinstance(document, str):
            return document[:_LONGEST]
        return document if isinstance(document, int | float) else None
    if not isinstance(document, dict):
        return None
    return {key: project(document[key], inner) for key, inner in shape.items() if document.get(key) is not None}

"""Query parameters: the ones there are, each checked, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request

from blacklist.web.errors import Problem


def read_parameters(request: Request, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The values of the parameters that were given. Raises the Problem 400 for an unknown, repeated or wrong one."""
    values: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name not in readers:
            raise _invalid(f"There is no parameter {name!r}; there are: {', '.join(readers)}.")
        if name in values:
            raise _invalid(f"The parameter {name} was given twice.")
        try:
            values[name] = readers[name](text)
        except ValueError as error:
            raise _invalid(f"{name}={text[:100]!r}: {error}.") from None
    return values


def number(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
            raise ValueError(f"it must be a whole number from {low} to {high}")
        return int(text)

    return read


def moment(text: str) -> int:
    """A reader of RFC 3339 times; Unix seconds."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("it must be a time such as 2030-01-02T03:04:05Z")
    return int(instant.timestamp())


def _invalid(detail: str) -> Problem:
    return Problem(400, "invalid-parameter", "Invalid parameter", detail)

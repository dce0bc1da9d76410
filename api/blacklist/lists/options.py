"""Criteria as options of `blacklist export`, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from blacklist.core.selection import Criteria

PARAMETERS = tuple(entry.name for entry in fields(Criteria) if entry.name != "name")

_SHOWN = 50  # names in a message


class UnknownError(ValueError):
    """There is no such list or format. `kind` says which of them, the text names what there is."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} {name[:100]!r}; there are: {enumerated(known)}")
        self.kind = kind


class QueryError(ValueError):
    """A parameter is unknown or has no usable value. Says what it may be."""


def enumerated(names: Iterable[str]) -> str:
    """Names with commas between them; of very many the first."""
    all_names = list(names)
    more = f" and {len(all_names) - _SHOWN} more" if len(all_names) > _SHOWN else ""
    return ", ".join(all_names[:_SHOWN]) + more


def arguments_of(criteria: Criteria) -> list[str]:
    """The options of `blacklist export` for these criteria."""
    arguments = []
    for parameter in PARAMETERS:
        if value := getattr(criteria, parameter):
            option = "--" + parameter.replace("_", "-")
            arguments += [option] if value is True else [f"{option}={value}"]
    return arguments

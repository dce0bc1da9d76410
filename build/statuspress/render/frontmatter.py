"""The head of a Markdown file: TOML between two lines of `+++`, then the text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from statuspress.errors import ContentError
from statuspress.render.texts import toml_line

FENCE = "+++"
_KINDS: Mapping[str, tuple[type, str]] = {
    "title": (str, "a text in quotes"),
    "summary": (str, "a text in quotes"),
    "date": (date, "a date such as 2030-01-02"),
    "draft": (bool, "true or false"),
    "tags": (list, 'a list of texts such as ["design"]'),
    "order": (int, "a whole number"),
    "figure": (str, "the id of the evidence to show beside it"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """What the front matter says. `order` sorts case studies; `figure` is an evidence id, or empty."""

    title: str
    summary: str
    date: date | None
    draft: bool
    tags: tuple[str, ...]
    order: int
    figure: str


def split_front_matter(source: str, path: Path) -> tuple[Head, str, int]:
    """The head, the text below it, and the number of lines above that text. Raises ContentError with the line."""
    lines = source.split("\n")
    if lines[0].strip() != FENCE:
        raise ContentError(f"does not begin with a line of {FENCE}: put the front matter there", path=path, line=1)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        raise ContentError(f"the front matter has no end: close it with a line of {FENCE}", path=path, line=1)
    front = "\n".join(lines[1:end])
    try:
        table = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        line = toml_line(error, front) + 1
        raise ContentError(
            f"the front matter is not TOML: {str(error).split(' (at')[0]}", path=path, line=line
        ) from None
    return _head(table, lines[:end], path), "\n".join(lines[end + 1 :]), end + 1


def _head(table: Mapping[str, Any], lines: list[str], path: Path) -> Head:
    for key, value in table.items():
        line = next((i for i, text in enumerate(lines, 1) if text.split("=")[0].strip() == key), 1)
        if key not in _KINDS:
            known = ", ".join(_KINDS)
            raise ContentError(f"the front matter knows no {key!r}: use one of {known}", path=path, line=line)
        kind, words = _KINDS[key]
        texts = all(isinstance(item, str) for item in value) if isinstance(value, list) else True
        if type(value) is not kind or not texts:
            raise ContentError(f"{key} must be {words}", path=path, line=line)
    if not table.get("title"):
        raise ContentError("the front matter gives no title: add one", path=path, line=1)
    return Head(
        title=table["title"],
        summary=table.get("summary", ""),
        date=table.get("date"),
        draft=table.get("draft", False),
        tags=tuple(table.get("tags", ())),
        order=table.get("order", 0),
        figure=table.get("figure", ""),
    )

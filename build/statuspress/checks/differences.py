"""A difference in words: lines for a terminal, Markdown for a pull request, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from statuspress.checks.wording import say
from statuspress.core.difference import Change, Difference, Kind
from statuspress.core.evidence import Value

_PARTS = (("Scores and findings", "scores"), ("Thresholds", "thresholds"), ("Figures", "figures"))
_SPECIAL = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|~"} | {"@": "&#64;"})  # and nobody is called


def as_text(found: Difference) -> str:
    """A heading a part and a line a change."""
    lines = [f"{found.before} -> {found.after}: {_count(found)}"]
    for title, part in _parts(found):
        lines += ["", title]
        lines += [f"  {change.id}: {_sentence(change)}" for change in part]
    return "\n".join(lines) + "\n"


def as_markdown(found: Difference) -> str:
    """A comment for a pull request; what a source reported is escaped, so that it stays text."""
    lines = [f"### Evidence: {_count(found)}", "", f"From {found.before} to {found.after}."]
    for title, part in _parts(found):
        lines += ["", f"**{title}**", "", "| figure | change | before | after |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(map(_plain, _row(change)))} |" for change in part]
    return "\n".join(lines) + "\n"


def as_document(found: Difference) -> dict[str, Any]:
    """The same for programs. Version 1."""
    return {
        "version": 1,
        "before": found.before,
        "after": found.after,
        "worse": found.worse,
        "changes": [
            {
                "part": name,
                "kind": change.kind.value,
                "id": change.id,
                "label": change.label,
                "unit": change.unit,
                "before": change.before,
                "after": change.after,
                "worse": change.worse,
            }
            for _, name in _PARTS
            for change in getattr(found, name)
        ],
    }


def _parts(found: Difference) -> Iterator[tuple[str, tuple[Change, ...]]]:
    for title, name in _PARTS:
        part: tuple[Change, ...] = getattr(found, name)
        if part:
            yield title, part


def _count(found: Difference) -> str:
    count = len(found.changes)
    return "nothing changed" if not count else f"{count} change{'s' if count > 1 else ''}"


def _sentence(change: Change) -> str:
    worse = ", worse" if change.worse else ""
    return f"{change.kind.value}: {_before(change)} -> {_after(change)}{worse}"


def _row(change: Change) -> tuple[str, str, str, str]:
    kind = f"{change.kind.value}, worse" if change.worse else change.kind.value
    return change.label, kind, _before(change), _after(change)


def _before(change: Change) -> str:
    return "nothing" if change.kind is Kind.APPEARED else _said(change, change.before)


def _after(change: Change) -> str:
    return "nothing" if change.kind is Kind.VANISHED else _said(change, change.after)


def _said(change: Change, value: Value | None) -> str:
    if value is None:
        return "unknown"
    if change.unit == "{score}" and not isinstance(value, str):
        return f"{value:.4g}"
    return say(value, change.unit)


def _plain(text: str) -> str:
    return " ".join(text.translate(_SPECIAL).split())

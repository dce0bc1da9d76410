"""A figure: how one value is read from an answer. Tables of them are noted at once, each that fails as one gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from statuspress.core.evidence import Value
from statuspress.sources.notes import Notes, Origin


@dataclass(frozen=True, slots=True)
class Figure:
    """`read` raises Unavailable. `query` is what is asked of the answer, as jq would ask it."""

    read: Callable[[], Value]
    unit: str
    query: str


def note_figures(notes: Notes, figures: Mapping[str, Figure], origin: Origin) -> None:
    """Notes all of them, in their order; the origin's query is the request that they have in common."""
    for id, figure in figures.items():
        query = f"{origin.query}: {figure.query}"
        notes.note(id, figure.read, figure.unit, Origin(query, origin.digest, origin.link))

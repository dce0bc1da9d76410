"""A figure: how one value is read from an answer; and how figures become evidence, each that fails one gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.sources.interface import Gaps, Unavailable


@dataclass(frozen=True, slots=True)
class Figure:
    """`read` raises Unavailable. `query` is what is asked of the answer, as jq would ask it."""

    read: Callable[[], Value]
    unit: str
    query: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where figures come from: the request, the SHA-256 of its answer, and the page that shows the same to people."""

    source: str
    request: str
    digest: str
    link: str
    at: datetime
    valid_for: timedelta

    def evidence(self, figures: Mapping[str, Figure], labels: Mapping[str, str]) -> list[Evidence | Gap]:
        """The figures, in their order."""
        return [self._one(name, figure, labels[name]) for name, figure in figures.items()]

    def _one(self, name: str, figure: Figure, label: str) -> Evidence | Gap:
        try:
            value = figure.read()
        except Unavailable as why:
            return Gaps(self.source, {name: label}, self.at).make([name], why)[0]
        query = f"{self.request}: {figure.query}"
        return Evidence(
            name, label, value, figure.unit, self.source, query, self.at, self.valid_for, self.digest, self.link
        )

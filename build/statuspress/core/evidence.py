"""Evidence: a measured value with its origin and time; a gap: why there is none.

Freshness is decided here and nowhere else: a figure is read through `Dossier.known`, which turns whatever is
missing or older than its `valid_for` into a `Gap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from statuspress.core.histogram import Histogram

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measured value.

    `id` is dotted and stable (`api.latency.p95`). `unit` is a UCUM-like word (`s`, `By`, `%`, `1`, `{request}`) or
    empty for text. `query` is what was asked of `source`, exactly. `collected_at` is timezone-aware UTC.
    `valid_for` of None marks a record of a past event (a test run, a benchmark), which never goes stale.
    `digest` is the SHA-256, in hex, of the raw answer. `link` leads a person to the source, or is empty. A count of
    observations may bring `buckets`, its histogram since the start of the process.
    """

    id: str
    label: str
    value: Value
    unit: str
    source: str
    query: str
    collected_at: datetime
    valid_for: timedelta | None
    digest: str
    link: str = ""
    buckets: Histogram | None = None

    @property
    def valid_until(self) -> datetime | None:
        """The instant from which the value is unknown; None for a record."""
        return None if self.valid_for is None else self.collected_at + self.valid_for

    def left(self, now: datetime) -> float:
        """The share of `valid_for` that is left at `now`, from 1 (just measured) to 0 (stale)."""
        if self.valid_for is None:
            return 1.0
        if self.valid_for <= timedelta(0):
            return 0.0
        return min(1.0, max(0.0, 1 - (now - self.collected_at) / self.valid_for))


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a value is not known. `since` is when it was last known or first missed; `remedy` is what would fix it."""

    id: str
    label: str
    source: str
    reason: str
    since: datetime
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that one collection brought home, by id."""

    collected_at: datetime
    items: Mapping[str, Evidence | Gap]

    def __iter__(self) -> Iterator[Evidence | Gap]:
        return iter(self.items.values())

    def after(self, previous: Dossier) -> Dossier:
        """The same, with gaps dated by the collection before: since the value was last known, or first missed."""
        return Dossier(self.collected_at, {id: _dated(item, previous.items.get(id)) for id, item in self.items.items()})

    def known(self, id: str, now: datetime) -> Evidence | Gap:
        """The evidence of that id if it is valid at `now`; otherwise the gap that says why it is unknown."""
        item = self.items.get(id)
        if item is None:
            return Gap(id, id, "", "No source has reported it.", self.collected_at)
        if isinstance(item, Evidence) and item.valid_until is not None and now >= item.valid_until:
            return Gap(id, item.label, item.source, "The measurement is too old.", item.valid_until, "Collect again.")
        return item


def _dated(item: Evidence | Gap, before: Evidence | Gap | None) -> Evidence | Gap:
    if isinstance(item, Evidence) or before is None:
        return item
    since = before.since if isinstance(before, Gap) else before.collected_at
    return replace(item, since=min(since, item.since))

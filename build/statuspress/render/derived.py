"""A computed figure: evidence whose source is this program, with the ids it was computed from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from statuspress.core.evidence import Evidence, Gap, Value

SOURCE = "statuspress"

Window = tuple[datetime, datetime | None]  # from when, and until when it holds


@dataclass(frozen=True, slots=True)
class Derived:
    """A computed item and the ids it was computed from."""

    item: Evidence | Gap
    inputs: tuple[str, ...]


def made(id: str, label: str, value: tuple[Value, str], query: str, window: Window) -> Evidence:
    """The figure: its value and unit, the formula, and the window it is of."""
    start, end = window
    digest = sha256(json.dumps([id, *value, query], ensure_ascii=False).encode()).hexdigest()
    valid_for = None if end is None else max(timedelta(0), end - start)
    return Evidence(id, label, *value, SOURCE, query, start, valid_for, digest)

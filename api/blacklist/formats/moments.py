"""Times as lists tell them: RFC 3339 in UTC, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(seconds: int) -> str:
    """The time of these Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_iso(seconds: int) -> str | None:
    """The time, or None for 0."""
    return iso(seconds) if seconds else None

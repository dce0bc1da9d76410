"""A report: a file that a tool wrote about one run of it, and what its reader makes of the bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from statuspress.core.evidence import Value
from statuspress.core.number import NumberError, count, measure


class ReportError(ValueError):
    """The bytes are not that tool's report, or say nothing. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of one report by id, each with its unit, and when it was written, if it says so.

    `missing` gives the reason, a sentence, for ids that this report says nothing about.
    """

    figures: Mapping[str, tuple[Value, str]]
    at: datetime | None
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One tool's report: the command that writes it, the file names it goes by with their readers, and its ids."""

    writer: str
    files: Mapping[str, Callable[[bytes], Reading]]
    ids: Mapping[str, str]


def whole(values: Mapping[str, object], key: str, where: str) -> int:
    """The count under that key. Raises ReportError."""
    if key not in values:
        raise ReportError(f"{where} has no {key}.")
    try:
        return count(values[key])
    except NumberError as error:
        raise ReportError(f"{key} of {where} is wrong: {error}.") from None


def seconds(values: Mapping[str, object], key: str, where: str) -> float:
    """The duration under that key. Raises ReportError."""
    try:
        return measure(values[key])
    except KeyError:
        raise ReportError(f"{where} has no {key}.") from None
    except NumberError as error:
        raise ReportError(f"{key} of {where} is wrong: {error}.") from None


def fact(text: object, *, longest: int = 200) -> str | None:
    """A short text of one line, as data; None for anything else. What a report says is never trusted to be harmless."""
    if not isinstance(text, str):
        return None
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if 0 < len(line) <= longest else None


def instant(text: object) -> datetime | None:
    """The time of an ISO 8601 text; one without a zone is this machine's time, as tools write it; else None."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None

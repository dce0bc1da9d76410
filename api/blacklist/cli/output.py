"""What commands print: one JSON value for machines, or a table for people, on stdout; messages on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime


def print_json(value: object) -> None:
    """One JSON value."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell, numbers to the right."""
    table = [[str(cell) for cell in row] for row in rows]
    numeric = [all(row[place].isdecimal() for row in table) for place in range(len(headings))]
    widths = [max(map(len, column)) for column in zip(headings, *table, strict=True)]
    for row in [list(headings), *table]:
        cells = zip(row, widths, numeric, strict=True)
        print("  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells).rstrip())


def say(message: str) -> None:
    """One line for people."""
    print(message, file=sys.stderr, flush=True)


def moment(seconds: int | None) -> str:
    """A time in UTC for people; a dash for none."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if seconds else "-"

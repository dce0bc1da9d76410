"""Spreadsheets (`.xlsx`) of the kind that REGTECH and SECUDIUM hand out: a row that names columns, then addresses.

Columns are address, country, reason, date of registration and date of release, in any order, named in Korean or in
English, below a title or not. A release date lasts until that day ends in the feed's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from blacklist.formats.interface import About, Context, Sink
from blacklist.formats.rows import Rows, columns_of, no_column

if TYPE_CHECKING:
    from blacklist.formats.workbook import Row

_TITLES = 20  # rows above the one that names the columns


def read_spreadsheet(chunks: Iterable[bytes], context: Context, sink: Sink) -> About:
    """Reads the first sheet. See Reader."""
    # The XML parser is slow to import, and whoever writes lists has no use for it.
    from blacklist.formats.workbook import WorkbookProblem, rows  # noqa: PLC0415

    table = Rows(context, sink)
    columns: dict[str, int] = {}
    titles: list[Row] = []
    try:
        for row in rows(chunks):
            if columns:
                _take(row, columns, table)
            elif len(titles) < _TITLES:
                titles.append(row)
                columns = _columns(row, context)
            else:
                break
    except WorkbookProblem as error:
        return About(0, str(error))
    wanted = context.columns.get("indicator", "address")
    names = max((list(row.cells.values()) for row in titles), key=len, default=[])
    return About(0, "" if columns else no_column(wanted, names))


def _columns(row: Row, context: Context) -> dict[str, int]:
    """The columns that a row names; none unless one is that of addresses."""
    names = [row.cells.get(place, "") for place in range(max(row.cells) + 1)]
    try:
        found = columns_of(names, context.columns)
    except KeyError:
        return {}
    return found if "indicator" in found else {}


def _take(row: Row, columns: Mapping[str, int], table: Rows) -> None:
    values = {role: row.cells.get(place, "") for role, place in columns.items()}
    if any(values.values()):
        serials = [role for role, place in columns.items() if place in row.numbers]
        table.take(row.number, " ".join(row.cells.values()), values, serials=serials)

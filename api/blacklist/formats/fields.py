"""The fields of one line of delimited text. None spans lines: a quote that is not closed spoils one line alone."""

from __future__ import annotations

import csv


def split(line: str, delimiter: str) -> list[str] | None:
    """The fields of a line, unquoted; None when its quotes do not match."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True), [])
    except csv.Error:
        return None

"""What may be asked of a list, in a request or on the command line, checked against what there is."""

from __future__ import annotations

from collections.abc import Iterable

from blacklist.core.selection import Criteria, category_names, list_names
from blacklist.core.snapshot import Snapshot
from blacklist.formats.interface import ExportFormat
from blacklist.formats.registry import EXPORTS
from blacklist.lists.options import PARAMETERS, QueryError, UnknownError, enumerated

MOST_ENTRIES = 1 << 31


def find_format(suffix: str) -> ExportFormat:
    """The format of that name. Raises UnknownError."""
    if suffix not in EXPORTS:
        raise UnknownError("format", suffix, EXPORTS)
    return EXPORTS[suffix]


def read_query(
    snapshot: Snapshot, name: str, suffix: str, pairs: Iterable[tuple[str, str]], *, also: tuple[str, ...] = ()
) -> Criteria:
    """The criteria of a list in that format, asked for with these parameters; `also` names those of the caller.

    Raises UnknownError for a list or format that does not exist, QueryError for a parameter.
    """
    export = find_format(suffix)
    if name not in (lists := list_names(snapshot)):
        raise UnknownError("list", name, sorted(lists))
    values: dict[str, str] = {}
    for parameter, value in pairs:
        if parameter not in PARAMETERS:
            raise QueryError(f"there is no parameter {parameter[:100]!r}; there are: {', '.join((*PARAMETERS, *also))}")
        if parameter in values:
            raise QueryError(f"the parameter {parameter} is given twice")
        values[parameter] = value
    category = values.get("category", "")
    if "category" in values and category not in (known := category_names(snapshot)):
        raise QueryError(
            f"category={category[:100]!r}: there is no such category; there are: {enumerated(sorted(known))}"
        )
    criteria = Criteria(
        name,
        _number(values, "min_confidence", 0, 100),
        category,
        int(_choice(values, "family", "4", "6") or 0),
        _number(values, "max_entries", 1, MOST_ENTRIES),
        _choice(values, "aggregate", "0", "1") == "1",
    )
    if criteria.aggregate and export.facts:
        plain = ", ".join(other for other, form in EXPORTS.items() if not form.facts)
        reason = f"{suffix} tells who lists each network, which is not true of a wider one"
        raise QueryError(f"aggregate=1: {reason}; take one of: {plain}")
    return criteria


def _number(values: dict[str, str], parameter: str, lowest: int, highest: int) -> int:
    text = values.get(parameter)
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and lowest <= int(text) <= highest):
        raise QueryError(f"{parameter}={text[:100]!r}: it must be a whole number from {lowest} to {highest}")
    return int(text)


def _choice(values: dict[str, str], parameter: str, *choices: str) -> str:
    text = values.get(parameter)
    if text is not None and text not in choices:
        raise QueryError(f"{parameter}={text[:100]!r}: it must be {' or '.join(choices)}")
    return text or ""

"""How stores write down imports and edits: JSON, the same in each of them."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from blacklist.core.impact import Impact
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import Edit
from blacklist.store.interface import ImportRecord, Rejected

_FIELDS = {
    kind: tuple(field.name for field in fields(kind) if field.name != "indicator") for kind in (Allowed, Listing)
}


def dump_record(record: ImportRecord) -> str:
    """An import as JSON."""
    return json.dumps(asdict(record))


def read_record(text: str) -> ImportRecord:
    """The import of that JSON."""
    return to_record(json.loads(text))


def to_record(values: dict[str, Any]) -> ImportRecord:
    """The import of these JSON values."""
    values = dict(values)
    values["samples"] = tuple(Rejected(**sample) for sample in values["samples"])
    values["guards"] = tuple(values.get("guards", ()))
    if (change := values.get("change")) is not None:
        counts = change["added"], change["removed"]
        values["change"] = Impact(*counts, tuple(change["added_samples"]), tuple(change["removed_samples"]))
    return ImportRecord(**values)


def dump_entry(edit: Edit) -> str | None:
    """What an edit makes of its indicator, without the indicator, as JSON; None when it removes it."""
    if edit.entry is None:
        return None
    values = {name: getattr(edit.entry, name) for name in _FIELDS[type(edit.entry)]}
    return json.dumps(values, ensure_ascii=False)


def read_edit(allowlist: bool, text: str, entry: str | None) -> Edit:
    """The edit of an indicator's text and that JSON."""
    indicator = parse_one(text)
    if entry is None:
        return Edit(indicator, allowlist, None)
    values = json.loads(entry)
    return Edit(indicator, allowlist, Allowed(indicator, **values) if allowlist else Listing(indicator, **values))

"""`json` and `ndjson`: an object for each listing, so a network that several feeds list has several, together.

Source: RFC 8259. In ASCII, all other characters escaped: no text can break a line, whatever a reader takes for one.
`ndjson` has one object a line; `json` is one object with the list's name, generation and time, and `listings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record
from blacklist.formats.batches import joined, text
from blacklist.formats.interface import Tally
from blacklist.formats.moments import iso, optional_iso
from blacklist.formats.summary import Told


def write_ndjson(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """One object a line."""
    yield from joined(line + "\n" for line in _objects(selection, tally))


def write_json(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """One object, with a listing a line."""
    head = {"list": selection.criteria.name, "generation": selection.generation, "as_of": iso(selection.compiled_at)}
    yield (json.dumps(head)[:-1] + ', "listings": [').encode()
    separator = "\n"

    def pieces() -> Iterator[str]:
        nonlocal separator
        for line in _objects(selection, tally):
            yield separator + line
            separator = ",\n"

    yield from joined(pieces())
    yield b"\n]}\n"


def _objects(selection: Selection, tally: Tally) -> Iterator[str]:
    told = Told(selection, lambda records: list(map(_members, records)))
    for version in selection.families:
        for network, records in selection.entries(version):
            tally.entries += 1
            indicator = text(network)
            for members in told(records):
                yield f'{{"indicator":"{indicator}",{members}'


def _members(record: Record) -> str:
    """The members of a listing after its indicator, and the closing brace."""
    members = {
        "feed": record.feed,
        "category": record.category,
        "confidence": record.confidence,
        "reason": record.reason or None,
        "country": record.country or None,
        "first_seen": optional_iso(record.first_seen),
        "last_seen": optional_iso(record.last_seen),
        "expires_at": optional_iso(record.expires_at),
    }
    return json.dumps(members, separators=(",", ":"))[1:]

"""`csv`: a line for each listing, so a network that several feeds list has several, together.

Source: RFC 4180, with a bare newline at the end of lines. Free text is on one line and always quoted. A text that a
spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV Injection").
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record
from blacklist.formats.batches import joined, text
from blacklist.formats.free_text import one_line
from blacklist.formats.interface import Tally
from blacklist.formats.moments import optional_iso
from blacklist.formats.summary import Told

COLUMNS = ("indicator", "feed", "category", "confidence", "reason", "country", "first_seen", "last_seen", "expires_at")
_LONGEST = 1000


def write_csv(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file, with a header."""
    told = Told(selection, lambda records: list(map(_fields, records)))

    def lines() -> Iterator[str]:
        for version in selection.families:
            for network, records in selection.entries(version):
                tally.entries += 1
                indicator = text(network)
                yield "".join([f"{indicator},{fields}\n" for fields in told(records)])

    yield (",".join(COLUMNS) + "\n").encode()
    yield from joined(lines())


def _fields(record: Record) -> str:
    times = (optional_iso(moment) or "" for moment in (record.first_seen, record.last_seen, record.expires_at))
    texts = map(_quoted, (record.feed, record.category, record.reason, record.country))
    feed, category, reason, country = texts
    return ",".join((feed, category, str(record.confidence), reason, country, *times))


def _quoted(text: str) -> str:
    """Plain words as they are; all else between quotes."""
    line = one_line(text, _LONGEST)
    if line.startswith(("=", "+", "-", "@")):
        line = "'" + line
    plain = line.isascii() and line.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return line if plain or not line else '"' + line.replace('"', '""') + '"'

"""`checkpoint`: a custom intelligence feed of Check Point gateways, as CSV of seven columns.

Source: Check Point, Threat Prevention Administration Guide, "Supported Indicator Files", and sk132193: IPv4 alone;
addresses are of type `IP`, networks of type `IP Range` as `first-last`; confidence and severity are `low`, `medium`,
`high` or `critical`; each record has the same number of fields. IPv6 networks are omitted.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.indicator import WIDTH, format_address
from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record
from blacklist.formats.batches import joined, text
from blacklist.formats.free_text import ascii_line
from blacklist.formats.interface import Tally
from blacklist.formats.summary import Told, summarise

_HEADER = b"#UNIQ-NAME,VALUE,TYPE,CONFIDENCE,SEVERITY,PRODUCT,COMMENT\n"
_PRODUCT = "AB"  # Anti-Bot, the blade that Check Point's own examples name for addresses
_SPECIAL = ",\"'`#\\"


def write_checkpoint(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file."""
    tally.omitted += sum(1 for _ in selection.entries(6))
    told = Told(selection, _columns)

    def lines() -> Iterator[str]:
        for network, records in selection.entries(4):
            tally.entries += 1
            name = "blacklist-" + text(network).replace("/", "-")
            if network.length == WIDTH[4]:
                value, kind = text(network), "IP"
            else:
                value, kind = f"{format_address(4, network.start)}-{format_address(4, network.end)}", "IP Range"
            yield f"{name},{value},{kind},{told(records)}\n"

    yield _HEADER
    yield from joined(lines())


def _columns(records: list[Record]) -> str:
    summary = summarise(records)
    level = "high" if summary.confidence >= 75 else "medium" if summary.confidence >= 50 else "low"
    comment = f"{summary.category} by {' '.join(summary.feeds)}"
    if summary.reason:
        comment += f": {summary.reason}"
    return f"{level},{level},{_PRODUCT},{ascii_line(comment, 200, _SPECIAL)}"

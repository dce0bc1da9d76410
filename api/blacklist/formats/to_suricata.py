"""`suricata`: an IP reputation file, one `ip,category,score` a line for each category of a network.

Source: Suricata User Guide, "IP Reputation Format": categories are numbers of at most 60, scores are 1 to 127, a
network in several categories is listed several times, `#` begins a comment. The categories file
(`reputation-categories-file`, lines of `id,short name,description`) is in the comments at the head: take them without
their `# `. Categories are numbered in the order of their names, the well-known ones first, so that a new one changes
no other's number where it can be helped. Categories beyond the sixtieth are omitted.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record
from blacklist.formats.batches import joined, text
from blacklist.formats.free_text import ascii_line
from blacklist.formats.interface import Tally
from blacklist.formats.summary import Told

MOST = 60
_KNOWN = ("attacks", "brute-force", "hijacked", "suspicious", "malware", "scanners", "spam", "tor", "custom", "manual")


def write_suricata(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file."""
    names = [*_KNOWN, *(name for name in selection.categories if name not in _KNOWN)]
    numbers = {name: number for number, name in enumerate(names[:MOST], 1)}
    for name, number in numbers.items():
        short = ascii_line(name, 30, ",")
        yield f"# {number},{short},{short}\n".encode()
    told = Told(selection, lambda records: _scores(records, numbers))

    def lines() -> Iterator[str]:
        for version in selection.families:
            for network, records in selection.entries(version):
                if scores := told(records):
                    tally.entries += 1
                    address = text(network)
                    yield "".join([f"{address},{score}\n" for score in scores])
                else:
                    tally.omitted += 1

    yield from joined(lines())


def _scores(records: list[Record], numbers: dict[str, int]) -> list[str]:
    """`category,score` for each category that has a number, with its highest confidence from 0…100 to 1…127."""
    best: dict[int, int] = {}
    for record in records:
        if record.category in numbers:
            number = numbers[record.category]
            best[number] = max(best.get(number, 0), 1 + record.confidence * 126 // 100)
    return [f"{number},{score}" for number, score in sorted(best.items())]

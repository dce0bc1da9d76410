"""`rbldnsd`: a `combined` dataset for rbldnsd, with an `ip4trie` and an `ip6trie`: `rbldnsd ZONE:combined:all.rbldnsd`.

Source: rbldnsd(8), "combined Dataset", "ip4trie Dataset", "Resulting A values and TXT templates". Listed addresses
answer 127.0.0.2 (RFC 5782), and in TXT who lists them and why; where networks lie in others, the longest one answers.
`$` in a template is replaced by the address, `$$` is one dollar sign; `=`, `#` and `;` have meanings where a template
begins, so it always begins with a word of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.core.snapshot import Record
from blacklist.formats.batches import joined, text
from blacklist.formats.free_text import ascii_line
from blacklist.formats.interface import Tally
from blacklist.formats.summary import Told, summarise

_LONGEST = 120  # characters; rbldnsd cuts templates at 255, which doubled dollar signs must not reach


def write_rbldnsd(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file."""
    told = Told(selection, _template)

    def lines(version: int) -> Iterator[str]:
        for network, records in selection.entries(version):
            tally.entries += 1
            yield f"{text(network)} {told(records)}\n"

    for version in selection.families:
        yield f"$DATASET ip{version}trie @\n:127.0.0.2:Listed\n".encode()
        yield from joined(lines(version))


def _template(records: list[Record]) -> str:
    summary = summarise(records)
    template = f"Listed as {summary.category} by {', '.join(summary.feeds)}"
    if summary.reason:
        template += f": {summary.reason}"
    return ascii_line(template, _LONGEST, '"\\').replace("$", "$$")

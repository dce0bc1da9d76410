"""`netset`: a header of `#` comments with counts and dates, then one network a line.

As FireHOL's `.netset` files have it (FireHOL's update-ipsets): single addresses without a prefix length, sorted.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.free_text import one_line
from blacklist.formats.interface import Tally
from blacklist.formats.moments import iso


def write_netset(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file. The networks are counted first, for the header, then written."""
    counts = {version: sum(1 for _ in selection.networks(version)) for version in (4, 6)}
    total = sum(counts.values())
    yield (
        f"#\n# blacklist: {one_line(selection.criteria.name, 100)}\n#\n"
        f"# This File Date : {iso(selection.compiled_at)}\n"
        f"# Generation     : {selection.generation}\n"
        f"# Entries        : {total} networks ({counts[4]} IPv4, {counts[6]} IPv6)\n#\n"
    ).encode()
    for version in selection.families:
        for lines in batches(selection.networks(version), tally):
            yield ("\n".join(lines) + "\n").encode()

"""`nft`: one file for `nft -f`, which applies it whole or not at all.

Source: nft(8), sections "Sets" and "Add elements". The table and its sets are created where they are missing, by
declarations that change nothing where they exist. An interval set refuses overlapping elements, and `add element`
refuses an empty list.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.interface import Tally

TABLE = "inet blacklist"


def write_nft(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file: table `inet blacklist` with the sets `v4` and `v6`, emptied and filled in one step."""
    sets = "".join(
        f"\tset v{version} {{\n\t\ttype ipv{version}_addr\n\t\tflags interval\n\t}}\n" for version in selection.families
    )
    flushes = "".join(f"flush set {TABLE} v{version}\n" for version in selection.families)
    yield f"table {TABLE} {{\n{sets}}}\n{flushes}".encode()
    for version in selection.families:
        for lines in batches(selection.networks(version), tally):
            yield (f"add element {TABLE} v{version} {{\n" + ",\n".join(lines) + "\n}\n").encode()

"""`ipset`: one file for `ipset restore`.

Source: ipset(8), "hash:net" and "swap". A second set is filled, then takes the first one's place, so that there is no
moment without a list. `create -exist` fails on a set of other parameters, so `maxelem` is one that every list stays
below; it reserves no memory. (The default of 65536 fills up without a word of warning.)
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.interface import Tally

MAXELEM = 1 << 24
_LONGEST = 31  # characters of a set's name (IPSET_MAXNAMELEN - 1)
_FAMILIES = {4: "inet", 6: "inet6"}


def write_ipset(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file: a set for each family, `blacklist-all-v4` and `blacklist-all-v6` for the list `all`."""
    for version in selection.families:
        name = set_name(selection.criteria.name, f"-v{version}")
        filled = set_name(selection.criteria.name, f"-v{version}.new")
        kind = f"hash:net family {_FAMILIES[version]} maxelem {MAXELEM}"
        yield f"create {name} {kind} -exist\ncreate {filled} {kind} -exist\nflush {filled}\n".encode()
        for lines in batches(selection.networks(version), tally):
            yield "".join([f"add {filled} {line}\n" for line in lines]).encode()
        yield f"swap {filled} {name}\ndestroy {filled}\n".encode()


def set_name(name: str, suffix: str) -> str:
    """The name of a set. One that would be too long, or has other characters, ends with a checksum instead."""
    whole = f"blacklist-{name}{suffix}"
    plain = whole.isascii() and whole.replace("-", "").replace("_", "").replace(".", "").isalnum()
    if plain and len(whole) <= _LONGEST:
        return whole
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    checksum = f"{crc32(name.encode()):08x}"
    return f"blacklist-{kept[: _LONGEST - len('blacklist-') - len(checksum) - len(suffix)]}{checksum}{suffix}"

"""`mikrotik`: a script for RouterOS's `/import`.

Source: MikroTik, RouterOS documentation, "Address-lists": an entry with a timeout is kept in memory; one without is
written to the flash, which wears out. Should the router no longer fetch the list, its entries end with the timeout.
IPv4 and IPv6 lists are in different menus. Spaces in paths are read by RouterOS 6 and 7 alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.free_text import ascii_line
from blacklist.formats.interface import Tally

TIMEOUT = "7d"
_MENUS = {4: "/ip", 6: "/ipv6"}


def write_mikrotik(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The script: removes the list, then adds its entries."""
    name = "blacklist-" + ascii_line(selection.criteria.name, 63, '"\\$?;[]{}()')
    for version in selection.families:
        menu = f"{_MENUS[version]} firewall address-list"
        yield f'{menu} remove [find where list="{name}"]\n{menu}\n'.encode()
        for lines in batches(selection.networks(version), tally):
            yield "".join([f'add list="{name}" timeout={TIMEOUT} address={line}\n' for line in lines]).encode()

"""Plain lists: one address or network a line, a newline at the end of each.

- `txt`: FortiGate external threat feeds (FortiOS Administration Guide, "Threat feeds": one IP, range or subnet a line).
- `edl`: Palo Alto external dynamic lists (PAN-OS Administrator's Guide, "Formatting Guidelines for an External Dynamic
  List": one entry a line, no header line; comments may only follow an entry).
- `haproxy`: an ACL's `-f` file (HAProxy Configuration Manual, 7.1: one pattern a line).
- `squid`: an `acl NAME src "FILE"` (Squid, directive acl: one value a line); it warns of networks inside others.
"""

from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.selection import Selection
from blacklist.formats.batches import batches
from blacklist.formats.interface import Tally


def write_txt(selection: Selection, tally: Tally) -> Iterator[bytes]:
    """The file; nothing at all for no networks."""
    for version in selection.families:
        for lines in batches(selection.networks(version), tally):
            yield ("\n".join(lines) + "\n").encode()

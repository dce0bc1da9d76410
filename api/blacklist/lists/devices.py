"""How many entries a device's lists may have, as its vendor documents it.

Sources: Fortinet, FortiOS 7.4.4 New Features, "External resource entry limit enhancements" (300,000 IP addresses in
all lists together; before that 131,072 in each). Palo Alto Networks, PAN-OS Web Interface Help, "Objects > External
Dynamic Lists" (150,000 IP addresses in all lists of PA-5000 and PA-7000 Series firewalls, 50,000 of all others; what
is beyond is skipped).
"""

from __future__ import annotations

from typing import NamedTuple

NEAR = 0.9  # of a limit: from here on it is time to do something


class Limit(NamedTuple):
    """How many entries: of all the lists that the device takes together, or of each."""

    entries: int
    together: bool = True


DEVICES = {
    "fortigate": Limit(300_000),
    "fortigate-before-7.4.4": Limit(131_072, together=False),
    "pan-os": Limit(50_000),
    "pan-os-large": Limit(150_000),
}


def fits(entries: int, limit: Limit) -> str:
    """`fits`, `near` (to the limit) or `outgrown`."""
    if entries > limit.entries:
        return "outgrown"
    return "near" if entries >= NEAR * limit.entries else "fits"

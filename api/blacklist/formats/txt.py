"""The list that every firewall reads: one address or network a line, a newline at the end of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from blacklist.core.indicator import Indicator

_LINES = 4096


def write_txt(networks: Iterable[Indicator]) -> Iterator[bytes]:
    """The file in pieces of some thousand lines; nothing at all for no networks."""
    rest = iter(networks)
    while lines := [f"{network}\n" for network in islice(rest, _LINES)]:
        yield "".join(lines).encode()

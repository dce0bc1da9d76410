"""Networks as text, by some thousands: a list of a million is written without ever being held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from socket import inet_ntoa
from typing import TypeVar

from blacklist.core.indicator import Indicator
from blacklist.formats.interface import Tally

SIZE = 4096
T = TypeVar("T")


def batches(networks: Iterable[Indicator], tally: Tally) -> Iterator[list[str]]:
    """The canonical texts of networks, counted."""
    texts = map(text, networks)
    while batch := list(islice(texts, SIZE)):
        tally.entries += len(batch)
        yield batch


def text(network: Indicator) -> str:
    """The canonical text of a network. As `str` of it, in half the time for IPv4."""
    version, start, length = network
    if version == 6:
        return str(network)
    address = inet_ntoa(start.to_bytes(4, "big"))
    return address if length == 32 else f"{address}/{length}"


def joined(pieces: Iterable[str]) -> Iterator[bytes]:
    """Pieces of text as bytes, some thousands at once."""
    rest = iter(pieces)
    while batch := list(islice(rest, SIZE)):
        yield "".join(batch).encode()

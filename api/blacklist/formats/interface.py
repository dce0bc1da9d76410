"""What a reader of a feed format takes and gives, and what an export is.

A reader is pushed through a stream of bytes once. It hands each line on to a sink as it goes, so that no list of the
lines of a file ever exists, and ends by telling what the file says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import NamedTuple, Protocol

from blacklist.core.indicator import Parsed
from blacklist.core.listing import Facts
from blacklist.core.selection import Selection


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader has to know besides the bytes.

    `now` is the time, and `made_at` when the file was made, in Unix seconds (0: just now); `confidence` (0 to 100) is
    for listings whose format tells none; `timezone` is that of dates without one; `columns` names the columns of
    generic formats by what they mean.
    """

    now: int
    confidence: int = 50
    made_at: int = 0
    timezone: tzinfo = UTC
    columns: Mapping[str, str] = field(default_factory=dict)


class About(NamedTuple):
    """What a file says of itself: its own date in Unix seconds (0 when it has none), and what shows that it is not
    whole, or not a list at all ("" when nothing does)."""

    source_date: int = 0
    problem: str = ""


class Sink(Protocol):
    """Takes what a reader finds. Line numbers start at 1."""

    def fact(self, facts: Facts) -> int:
        """The number under which these facts are passed to the other methods."""

    def hosts(self, packed: bytes, facts: int | Sequence[int], lines: Sequence[int], texts: Sequence[str]) -> None:
        """Takes many IPv4 addresses at once: four bytes each, in network order, with the facts of all or of each, the
        number and the text of each line."""

    def row(self, line: int, text: str, parsed: Parsed, fact: int) -> None:
        """Takes what one line names."""

    def reject(self, line: int, text: str, reason: str) -> None:
        """Takes a line that is not what the format says. Reasons are few: they are counted."""

    def skip(self, reason: str) -> None:
        """Takes note of an entry that is in order, but no listing of an address. Reasons are few: they are counted."""


class Reader(Protocol):
    """Reads one format. Never fails: whatever the bytes, each line is either handed on or rejected."""

    def __call__(self, chunks: Iterable[bytes], context: Context, sink: Sink) -> About: ...


class TooLargeError(ValueError):
    """The list would take more than the bytes it may have."""


@dataclass(slots=True)
class Tally:
    """What an export counts as it goes: entries in the file, and entries that its format can't hold.

    `room` is how many bytes the file, or what it is made from, may have; 0 means any number.
    """

    entries: int = 0
    omitted: int = 0
    room: int = 0

    def check(self, size: int) -> None:
        """Raises TooLargeError when so many bytes are more than there is room for."""
        if 0 < self.room < size:
            raise TooLargeError(f"it would be larger than {self.room / (1 << 20):g} MiB")


class Export(Protocol):
    """Writes one format of lists: a selection becomes the file, piece by piece, counted as it goes."""

    def __call__(self, selection: Selection, tally: Tally, /) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of lists.

    `disjoint`: its consumer refuses networks inside others. `facts`: it tells who lists each network and why, which
    an aggregate can't.
    """

    write: Export
    media_type: str = "text/plain; charset=utf-8"
    disjoint: bool = False
    facts: bool = False

"""How far long work has come, on stderr: redrawn on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic

from blacklist.store.contents import Row

_REDRAW, _AGAIN = 0.1, 10.0  # seconds


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """What to tell of rows and bytes so far."""
    terminal = sys.stderr.isatty()
    drawn = monotonic()

    def draw(rows: int, size: int) -> None:
        nonlocal drawn
        if (now := monotonic()) - drawn >= (_REDRAW if terminal else _AGAIN):
            drawn = now
            start, end = ("\r\033[K", "") if terminal else ("", "\n")
            text = f"{start}blacklist: {doing}: {rows:,} rows, {size / 1e6:,.1f} MB"
            print(text, end=end, file=sys.stderr, flush=True)

    try:
        yield draw
    finally:
        if terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def watched(rows: Iterable[Row], draw: Callable[[int, int], None]) -> Iterator[Row]:
    """The rows; `draw` is told how many there were, and the bytes of the feeds in them."""
    size = 0
    for number, row in enumerate(rows, 1):
        size += len(row.data)
        draw(number, size)
        yield row

"""How a collection goes, for the person who waits: plain lines, and on a terminal one that says who is awaited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from statuspress.sources.collector import Progress

_CLEAR = "\r\x1b[K"


class ProgressLines:
    """Writes one line for each source that is done. `names` are all that will be."""

    def __init__(self, names: Sequence[str], stream: TextIO) -> None:
        self._waiting, self._stream = list(names), stream
        self._terminal = stream.isatty()
        self._width = max((len(name) for name in names), default=0)
        self._wait()

    def done(self, progress: Progress) -> None:
        """One source is done."""
        self._waiting.remove(progress.source)
        figures = f"{progress.figures} figure{'' if progress.figures == 1 else 's'}"
        gaps = f"{progress.gaps} gap{'' if progress.gaps == 1 else 's'}"
        mark = "✓" if not progress.gaps else "○"
        line = f"{mark} {progress.source:<{self._width}}  {figures:>11}, {gaps:>8}  {progress.seconds:6.2f} s"
        self._stream.write(f"{_CLEAR if self._terminal else ''}{line}\n")
        self._wait()

    def _wait(self) -> None:
        if self._terminal and self._waiting:
            self._stream.write(f"{_CLEAR}  waiting for {', '.join(self._waiting)} …")
        self._stream.flush()

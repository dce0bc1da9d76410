"""Progress: lines that stay, and on a terminal one that is wiped."""

from __future__ import annotations

from io import StringIO

from statuspress.sources.collector import Progress
from statuspress.sources.progress import ProgressLines


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(stream: StringIO) -> list[str]:
    """What a terminal shows in the end: of each line the part after the last wipe."""
    return [line.rpartition("\r\x1b[K")[2] for line in stream.getvalue().split("\n")]


def play(stream: StringIO) -> None:
    lines = ProgressLines(["service", "git"], stream)
    lines.done(Progress("git", 1, 0, 0.1))
    lines.done(Progress("service", 25, 1, 1.25))


def test_without_a_terminal_there_is_a_plain_line_for_each_source() -> None:
    stream = StringIO()
    play(stream)
    assert stream.getvalue() == (
        "✓ git         1 figure,   0 gaps    0.10 s\n○ service   25 figures,    1 gap    1.25 s\n"
    )


def test_a_terminal_shows_who_is_awaited_and_in_the_end_the_same_lines() -> None:
    plain, terminal = StringIO(), Terminal()
    play(plain)
    play(terminal)
    assert "waiting for service, git …" in terminal.getvalue()
    assert "waiting for service …" in terminal.getvalue()
    assert shown(terminal) == plain.getvalue().split("\n")

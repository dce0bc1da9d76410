"""Comments of text formats: where they begin, and what those at the head of a file tell of it."""

from __future__ import annotations

from blacklist.formats.dates import read_date

_MARKS = ("#", ";", "//")
_TRAILING = tuple(space + mark for space in " \t" for mark in _MARKS)
_DATES = ("source file date", "this file date", "last-modified", "last modified", "last update", "last updated",
          "updated", "generated", "date")  # fmt: skip
_LONGEST = 200  # characters of a comment that could tell something


def is_comment(text: str) -> bool:
    """Whether a stripped line is empty or a comment."""
    return not text or text.startswith(_MARKS)


def uncommented(text: str) -> str:
    """A line without the comment that follows white space in it, and without white space around the rest.

    A mark inside a field is no comment: `192.0.2.1;80` is not an address, and `//` is part of a URL.
    """
    for mark in _TRAILING:
        text = text.partition(mark)[0]
    return text.strip(" \t")


class Header:
    """Collects the `key: value` comments of a file."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._dates: dict[str, int] = {}
        self.declared: int | None = None
        """How many entries the file says it has."""

    def comment(self, text: str) -> None:
        """Takes one comment line, its mark included. The first one of a key counts."""
        if len(text) > _LONGEST:
            return
        key, colon, value = text.lstrip("#;/ \t").partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon or not value:
            return
        if key in _DATES and key not in self._dates and (date := read_date(value, self._now)):
            self._dates[key] = date
        elif key == "entries" and self.declared is None:
            digits = value.split(maxsplit=1)[0]
            if digits.isascii() and digits.isdecimal() and len(digits) < 12:
                self.declared = int(digits)

    @property
    def date(self) -> int:
        """The file's own date: of its source where it tells both. 0 when it tells none."""
        return next((self._dates[key] for key in _DATES if key in self._dates), 0)

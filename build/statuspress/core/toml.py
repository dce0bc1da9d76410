"""TOML whose errors name a line: tables are read key by key, and whatever nobody asked for is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]\n]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:"[^"\n]*"|'[^'\n]*'|[\w.-])+)\s*=""")
_PART = re.compile(r"""\"([^\"]*)\"|'([^']*)'|([\w-]+)""")

Path = tuple[str, ...]


class TomlError(ValueError):
    """What is wrong, without the file's name; `line` is None when it cannot be told."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


class Table:
    """One table of a document. Each reader takes its key; `finish` refuses the keys that are left."""

    def __init__(self, values: Mapping[str, Any], lines: Mapping[Path, int], path: Path = ()) -> None:
        self._values, self._lines, self._path = values, lines, path
        self._taken: set[str] = set()

    @property
    def keys(self) -> Iterable[str]:
        """The keys that the document gives."""
        return self._values.keys()

    def error(self, message: str, key: str | None = None) -> TomlError:
        """An error at that key, or at the table's own line."""
        path = self._path if key is None else (*self._path, key)
        while path and path not in self._lines:
            path = path[:-1]
        return TomlError(message, self._lines.get(path))

    def name(self, key: str) -> str:
        """The key as a person finds it: `sources.service.url`."""
        return ".".join((*self._path, key))

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.error(f"{self.name(key)} must be a text in quotes", key)
        return value

    def number(self, key: str, default: float | None = None, *, low: float = 0, high: float = 1e12) -> float:
        """A number from `low` to `high`."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{self.name(key)} must be a number", key)
        if not low <= value <= high:
            raise self.error(f"{self.name(key)} must be from {low:g} to {high:g}", key)
        return float(value)

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10**9) -> int:
        """A whole number from `low` to `high`."""
        value = self.number(key, default, low=low, high=high)
        if value != int(value):
            raise self.error(f"{self.name(key)} must be a whole number", key)
        return int(value)

    def given(self, key: str) -> bool:
        """Whether the document gives that key, which is known from now on."""
        self._taken.add(key)
        return key in self._values

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._take(key, None)
        if not isinstance(value, bool):
            raise self.error(f"{self.name(key)} must be true or false", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, None)
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.error(f"{self.name(key)} must be a list of texts in quotes", key)
        return tuple(value)

    def instant(self, key: str) -> datetime:
        """A time with its zone."""
        value = self._take(key, None)
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self.error(f"{self.name(key)} must be a time with its zone, such as 2030-01-02T03:04:05Z", key)
        return value

    def table(self, key: str) -> Table:
        """A table; an empty one when the document has none."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.error(f"{self.name(key)} must be a table: [{self.name(key)}]", key)
        return Table(value, self._lines, (*self._path, key))

    def tables(self, key: str) -> list[Table]:
        """The tables of an array: `[[key]]`."""
        values = self._take(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error(f"{self.name(key)} must be written as [[{self.name(key)}]]", key)
        return [Table(value, self._lines, (*self._path, key, str(place))) for place, value in enumerate(values)]

    def finish(self) -> None:
        """Refuses the first key that no reader took, and suggests the nearest one that exists."""
        for key in self._values:
            if key not in self._taken:
                raise self.unknown(key, self._taken)

    def unknown(self, key: str, known: Iterable[str]) -> TomlError:
        """The error for a key that means nothing here."""
        names = sorted(known)
        near = get_close_matches(key, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(names)}"
        return self.error(f"unknown key {self.name(key)}; {hint}", key)

    def _take(self, key: str, default: Any) -> Any:
        self._taken.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.error(f"{self.name(key)} is missing")
        return value


def parse_toml(text: str) -> Table:
    """The document's root table. Raises TomlError."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise TomlError(f"not TOML: {error}", int(found[1]) if found else None) from None
    return Table(values, _lines(text))


def _lines(text: str) -> dict[Path, int]:
    """Where each table and key stands. A line inside a multi-line text may be taken for a key: it then names no key."""
    lines: dict[Path, int] = {}
    prefix: Path = ()
    arrays: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            prefix = _parts(header[2])
            for length in range(1, len(prefix) + 1):
                lines.setdefault(prefix[:length], number)
            if header[1] == "[[":
                place = arrays[prefix] = arrays.get(prefix, -1) + 1
                prefix = (*prefix, str(place))
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            lines.setdefault((*prefix, *_parts(key[1])), number)
    return lines


def _parts(name: str) -> Path:
    return tuple(next(part for part in found if part) for found in _PART.findall(name) if any(found))

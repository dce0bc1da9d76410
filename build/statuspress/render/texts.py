"""The words of the interface in one language, from `site/i18n/<language>.toml`, and dates written in it."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from statuspress.errors import ContentError

_LINE = re.compile(r"\(at line (\d+)")
_STEPS = ((86_400, "day_count"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Texts:
    """Looks a text up by its dotted key and fills it in; `n` chooses between `one` and `other`."""

    language: str
    path: Path
    words: Mapping[str, Any]

    def __call__(self, key: str, /, **values: object) -> str:
        found = self._find(key)
        if isinstance(found, Mapping) and "other" in found:
            found = found["one"] if values.get("n") == 1 and "one" in found else found["other"]
        if not isinstance(found, str):
            raise ContentError(f"the text {key!r} is missing in {self.path.name}: add it")
        try:
            return found.format_map(values)
        except (KeyError, ValueError, IndexError) as error:
            raise ContentError(f"the text {key!r} in {self.path.name} asks for {error}, which is not given") from None

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return self._find(key) is not None

    def unit(self, word: str, n: float) -> str:
        """The unit as it stands behind a figure; a word without a translation stands for itself."""
        return self(f"unit.{word}", n=n) if self.has(f"unit.{word}") else word

    def date(self, day: dt.date) -> str:
        """A calendar date, written out."""
        return self("time.date", day=day.day, month=self.words["time"]["months"][day.month - 1], year=day.year)

    def day(self, day: dt.date) -> str:
        """A calendar date without its year."""
        return self("time.day", day=day.day, month=self.words["time"]["months"][day.month - 1])

    def local(self, instant: datetime) -> datetime:
        """The instant in the zone this language writes times in."""
        return instant.astimezone(timezone(timedelta(minutes=self.words["time"]["offset_minutes"])))

    def clock(self, instant: datetime) -> str:
        """The time of day with its zone."""
        return self("time.clock", time=f"{self.local(instant):%H:%M}", zone=self("time.zone"))

    def when(self, instant: datetime) -> str:
        """Date and time of day."""
        return self("time.when", date=self.date(self.local(instant).date()), clock=self.clock(instant))

    def span(self, length: timedelta) -> str:
        """A length of time in its largest whole unit, and the next one while that is small."""
        seconds = int(length.total_seconds())
        for index, (size, name) in enumerate(_STEPS):
            if seconds >= size:
                count, rest = divmod(seconds, size)
                words = self(f"time.{name}", n=count)
                if count < 3 and index + 1 < len(_STEPS) and (more := rest // _STEPS[index + 1][0]):
                    words = self("time.and", first=words, second=self(f"time.{_STEPS[index + 1][1]}", n=more))
                return words
        return self("time.moment")

    def _find(self, key: str) -> object:
        found: object = self.words
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found


def load_texts(path: Path) -> Texts:
    """The texts of a file named after its language. Raises ContentError."""
    words = read_toml(path)
    months = words.get("time", {}).get("months")
    if not isinstance(months, list) or len(months) != 12:
        raise ContentError("time.months must be the names of twelve months", path=path)
    return Texts(path.stem, path, words)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file. Raises ContentError with the line."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise ContentError("is missing: restore it", path=path) from None
    except UnicodeDecodeError:
        raise ContentError("is not UTF-8 text: save it as UTF-8", path=path) from None
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"is not TOML: {error}", path=path, line=toml_line(error, text)) from None


def toml_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line a TOML error speaks of; the last one when it speaks of the end."""
    found = _LINE.search(str(error))
    return int(found[1]) if found else text.rstrip("\n").count("\n") + 1

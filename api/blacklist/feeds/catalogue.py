"""The catalogue of feeds: feeds.toml, read into frozen values. Whatever is wrong in it has one clear error.

One table `[[feed]]` for each feed; `OPTIONS` describes its keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from blacklist.core.indicator import WIDTH
from blacklist.core.policy import FeedPolicy
from blacklist.errors import SettingsError
from blacklist.feeds.fetch import shown
from blacklist.formats.registry import READERS
from blacklist.store.interface import FeedInfo

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_NAME_RULE = "a text of at most 63 characters a-z, 0-9, '.', '_' and '-', not beginning with a mark"


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: where it is (a `url`, or a `path` of a file or folder), how it is read, what it may list."""

    name: str
    url: str = ""
    path: Path | None = None
    format: str = "plain"
    category: str = "uncategorised"
    confidence: int = 50
    licence: str = ""
    attribution: str = ""
    homepage: str = ""
    policy: FeedPolicy = field(default_factory=FeedPolicy)
    allow_private: bool = False
    allow_http: bool = False

    @property
    def info(self) -> FeedInfo:
        """What the store keeps of it. Its URL is without user, password and query, which may be secret."""
        place = shown(self.url) if self.url else str(self.path)
        return FeedInfo(self.name, self.category, place, self.licence, self.attribution)


class Option(NamedTuple):
    """A key of a feed: what it must be, in words, and how it is checked."""

    rule: str
    check: Callable[[Any], bool]


def _between(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in {int, float} and low <= value <= high


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _url(value: Any) -> bool:
    try:
        return _text(value) and urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).hostname)
    except ValueError:
        return False


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


OPTIONS: dict[str, Option] = {
    "name": Option(_NAME_RULE, _name),
    "url": Option("an https URL (http with allow_http = true)", _url),
    "path": Option("a file or folder, relative to this file", lambda value: _text(value) and bool(value)),
    "format": Option(f"one of {', '.join(READERS)}", lambda value: isinstance(value, str) and value in READERS),
    "category": Option(_NAME_RULE, _name),
    "confidence": Option("a whole number from 0 to 100", _whole(0, 100)),
    "licence": Option("a text", _text),
    "attribution": Option("a text", _text),
    "homepage": Option("a URL", _url),
    "allow_private": Option("true or false: whether the host of the url may have a private address", _switch),
    "allow_http": Option("true or false: whether http is enough", _switch),
    "allow_special": Option("true or false: whether special-purpose addresses may be listed", _switch),
    "can_be_empty": Option("true or false: whether an empty update is normal", _switch),
    "min_prefix_v4": Option("a prefix length from 1 to 32", _whole(1, WIDTH[4])),
    "min_prefix_v6": Option("a prefix length from 1 to 128", _whole(1, WIDTH[6])),
    "max_rejected": Option("a share of lines from 0 to 1", _between(0, 1)),
    "max_shrink": Option("a share of the last entries from 0 to 1", _between(0, 1)),
    "max_growth": Option("a factor of at least 1", _between(1, float("inf"))),
}
_POLICY = {entry.name for entry in fields(FeedPolicy)}
_REQUIRED = ("name", "format", "category")


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds of a feeds.toml, in its order. Raises SettingsError with file, line and remedy."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"is not valid UTF-8: {error.reason} at byte {error.start}", path=path) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise SettingsError(f"is not TOML: {error}", path=path, line=int(at[1]) if at else None) from error
    return _Reader(path, text).feeds(document)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def feeds(self, document: Mapping[str, Any]) -> tuple[Feed, ...]:
        for key in document:
            if key != "feed":
                raise self._error(_unknown(key, ["feed"]), self._find(0, key))
        tables = document.get("feed", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._error("feeds are tables: write [[feed]] above the keys of each", self._find(0, "feed"))
        found = [self._feed(place, table) for place, table in enumerate(tables, 1)]
        categories = {feed.category for feed in found}
        names: set[str] = set()
        for place, feed in enumerate(found, 1):
            if feed.name in names:
                raise self._error(
                    f"a second feed is named {feed.name!r}: give it another name", self._find(place, "name")
                )
            if feed.name in categories | {"all"}:
                what = "the list of everything" if feed.name == "all" else "a category"
                message = f"{feed.name!r} is {what}, and a feed can't be named like it: give it another name"
                raise self._error(message, self._find(place, "name"))
            names.add(feed.name)
        return tuple(found)

    def _feed(self, place: int, table: Mapping[str, Any]) -> Feed:
        for key, value in table.items():
            if key not in OPTIONS:
                raise self._error(_unknown(key, OPTIONS), self._find(place, key))
            if not OPTIONS[key].check(value):
                raise self._error(f"{key} must be {OPTIONS[key].rule}, not {_brief(value)}", self._find(place, key))
        missing = [key for key in _REQUIRED if key not in table]
        if missing:
            raise self._error(f"a feed needs a {missing[0]}: {OPTIONS[missing[0]].rule}", self._find(place, None))
        if ("url" in table) == ("path" in table):
            raise self._error(f"the feed {table['name']!r} needs a url or a path, one of them", self._find(place, None))
        values = {key: value for key, value in table.items() if key not in _POLICY}
        if "path" in values:
            values["path"] = self._path.parent / Path(values["path"]).expanduser()
        elif urlsplit(values["url"]).scheme == "http" and not values.get("allow_http"):
            message = f"the url of {table['name']!r} is not https: use https, or say allow_http = true"
            raise self._error(message, self._find(place, "url"))
        policy = FeedPolicy(**{key: value for key, value in table.items() if key in _POLICY})
        return Feed(**values, policy=policy)

    def _find(self, place: int, key: str | None) -> int | None:
        """The line of a key in the feed of that place (from 1; 0 is outside of feeds), or of the feed's table."""
        wanted = None if key is None else re.compile(rf"""\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
        at = 0
        table = None
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("[["):
                at += 1
                table = number if at == place else table
            inside = at == place or (place == 0 and text.startswith("["))
            if inside and wanted is not None and wanted.match(text):
                return number
        return table

    def _error(self, message: str, line: int | None) -> SettingsError:
        return SettingsError(message, path=self._path, line=line)


def _unknown(key: str, known: Mapping[str, Any] | list[str]) -> str:
    near = get_close_matches(key, list(known), n=1)
    remedy = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return f"there is no key {key!r}; {remedy}"


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"

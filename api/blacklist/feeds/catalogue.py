"""The catalogue of feeds: feeds.toml, read into frozen values. Whatever is wrong in it has one clear error.

One table `[[feed]]` for each feed; `options.py` describes its keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta, timezone, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from blacklist.core.overlay import MANUAL, OPERATOR
from blacklist.core.policy import FeedPolicy
from blacklist.core.selection import Criteria
from blacklist.errors import SettingsError
from blacklist.feeds.fetch import shown
from blacklist.feeds.options import ALLOWLIST, OPTIONS, PAGE, POLICY, REQUIRED, SEOUL
from blacklist.settings import parse_duration
from blacklist.store.interface import FeedInfo

_KOREAN = {"regtech", "secudium"}
_LISTS = {Criteria().name: "the list of everything", MANUAL: "the feed of listings made by hand"}


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: where it is (a `url`, or a `path` of a file or folder), how it is read, what it may list.

    `ttl` and `interval` are in seconds (0: never, and as often as the importer runs); `pages` of 0 means one file.
    """

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
    role: str = "blocklist"
    columns: Mapping[str, str] = field(default_factory=dict)
    timezone: str = ""
    ttl: int = 0
    interval: int = 0
    files: str = "all"
    pages: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def with_secrets(self, environment: Mapping[str, str]) -> Feed:
        """The feed with the value of each variable `$NAME` in its headers that there is."""
        found = {
            name: environment.get(text[1:], text) if text[0] == "$" else text for name, text in self.headers.items()
        }
        return replace(self, headers=found)

    @property
    def zone(self) -> tzinfo:
        """The time zone of dates without one. Seoul has no summer time, and is known on machines without a database."""
        name = self.timezone or (SEOUL if self.format in _KOREAN else "")
        if name == SEOUL:
            return timezone(timedelta(hours=9), "KST")
        return ZoneInfo(name) if name else UTC

    @property
    def info(self) -> FeedInfo:
        """What the store keeps of it. Its URL is without user, password and query, which may be secret."""
        place = shown(self.url) if self.url else str(self.path)
        return FeedInfo(self.name, self.category, place, self.licence, self.attribution, self.role, self.ttl)


def name_taken(name: str, categories: Collection[str]) -> str | None:
    """What a list of this name is already, so that no feed can have it; None when the name is free."""
    own = _LISTS | {OPERATOR: "the category of listings made by hand"}
    return own.get(name) or ("a category" if name in categories else None)


def category_taken(category: str, names: Collection[str] = ()) -> str | None:
    """What a list of this name is already, so that no category can have it; None when the name is free."""
    return _LISTS.get(category) or ("a feed" if category in names else None)


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
            if (what := name_taken(feed.name, categories)) is not None:
                message = f"{feed.name!r} is {what}, and a feed can't be named like it: give it another name"
                raise self._error(message, self._find(place, "name"))
            if (what := category_taken(feed.category)) is not None:
                message = f"{feed.category!r} is {what}, and a category can't be named like it: give it another name"
                raise self._error(message, self._find(place, "category"))
            names.add(feed.name)
        return tuple(found)

    def _feed(self, place: int, table: Mapping[str, Any]) -> Feed:
        for key, value in table.items():
            if key not in OPTIONS:
                raise self._error(_unknown(key, OPTIONS), self._find(place, key))
            if not OPTIONS[key].check(value):
                raise self._error(f"{key} must be {OPTIONS[key].rule}, not {_brief(value)}", self._find(place, key))
        missing = [key for key in REQUIRED if key not in table]
        if missing:
            raise self._error(f"a feed needs a {missing[0]}: {OPTIONS[missing[0]].rule}", self._find(place, None))
        if ("url" in table) == ("path" in table):
            raise self._error(f"the feed {table['name']!r} needs a url or a path, one of them", self._find(place, None))
        self._check_together(place, table)
        values = {key: value for key, value in table.items() if key not in POLICY}
        if "path" in values:
            values["path"] = self._path.parent / Path(values["path"]).expanduser()
        values |= {key: parse_duration(values[key]) for key in ("ttl", "interval") if key in values}
        values["columns"] = {role: str(name) for role, name in values.get("columns", {}).items()}
        policy = FeedPolicy(**{key: value for key, value in table.items() if key in POLICY})
        if values.get("role") == ALLOWLIST and "allow_special" not in table:
            policy = replace(policy, allow_special=True)  # to allow a private network harms nobody
        return Feed(**values, policy=policy)

    def _check_together(self, place: int, table: Mapping[str, Any]) -> None:
        """Raises SettingsError for keys that are right alone, and wrong together."""
        name, url = table["name"], table.get("url", "")
        if urlsplit(url).scheme == "http" and not table.get("allow_http"):
            message = f"the url of {name!r} is not https: use https, or say allow_http = true"
            raise self._error(message, self._find(place, "url"))
        if ("pages" in table) != (PAGE in url):
            message = f"{name!r}: pages goes with a url that has {PAGE} in it, where the number of the page is put"
            raise self._error(message, self._find(place, "pages" if "pages" in table else "url"))
        if "headers" in table and not url.startswith("https:"):
            message = f"{name!r}: headers may be secret, and go with an https url alone"
            raise self._error(message, self._find(place, "headers"))
        if "ttl" in table and parse_duration(table["ttl"]) < 2 * parse_duration(table.get("interval", "0")):
            message = f"{name!r}: the ttl must be twice the interval at least, or listings expire before they are seen"
            raise self._error(message, self._find(place, "ttl"))

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

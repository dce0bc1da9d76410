"""The keys of a feed in feeds.toml: what each must be, in words, and how it is checked."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from blacklist.core.indicator import WIDTH
from blacklist.core.policy import FeedPolicy
from blacklist.formats.registry import READERS
from blacklist.formats.rows import ROLES
from blacklist.settings import parse_duration

PAGE = "{page}"
MOST_PAGES = 1000
SEOUL = "Asia/Seoul"
ALLOWLIST = "allowlist"
_TOKEN = frozenset(string.ascii_letters + string.digits + "-_")
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent",
                "if-none-match", "if-modified-since"}  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_NAME_RULE = "a text of at most 63 characters a-z, 0-9, '.', '_' and '-', not beginning with a mark"


class Option(NamedTuple):
    """A key of a feed: what it must be, in words, and how it is checked."""

    rule: str
    check: Callable[[Any], bool]


def _between(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in {int, float} and low <= value <= high


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


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


def _duration(value: Any) -> bool:
    try:
        return isinstance(value, str) and parse_duration(value) > 0
    except ValueError:
        return False


def _zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and (value == SEOUL or bool(ZoneInfo(value)))
    except (OSError, ValueError, LookupError):
        return False


def _columns(value: Any) -> bool:
    return isinstance(value, dict) and all(
        role in ROLES and ((type(name) is int and name >= 1) or (_text(name) and name.strip()))
        for role, name in value.items()
    )


def _headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        set(name) <= _TOKEN and name.lower() not in _OWN_HEADERS and _text(text) and text.isascii() and text.strip()
        for name, text in value.items()
    )


OPTIONS: dict[str, Option] = {
    "name": Option(_NAME_RULE, _name),
    "url": Option("an https URL (http with allow_http = true)", _url),
    "path": Option("a file or folder, relative to this file", lambda value: _text(value) and bool(value)),
    "format": Option(f"one of {', '.join(READERS)}", _one_of(*READERS)),
    "category": Option(_NAME_RULE, _name),
    "confidence": Option("a whole number from 0 to 100", _whole(0, 100)),
    "licence": Option("a text", _text),
    "attribution": Option("a text", _text),
    "homepage": Option("a URL", _url),
    "role": Option("blocklist or allowlist", _one_of("blocklist", ALLOWLIST)),
    "columns": Option(f"a table of names, or numbers from 1, of columns: {', '.join(ROLES)}", _columns),
    "timezone": Option("a time zone such as Asia/Seoul", _zone),
    "ttl": Option("a time such as 12h or 30d", _duration),
    "interval": Option("a time such as 15m or 6h", _duration),
    "files": Option("all or newest: which files of a folder are read", _one_of("all", "newest")),
    "pages": Option(f"the most pages to read, from 2 to {MOST_PAGES}", _whole(2, MOST_PAGES)),
    "headers": Option("a table of header names and values; $NAME is a variable of the environment", _headers),
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
POLICY = {entry.name for entry in fields(FeedPolicy)}
REQUIRED = ("name", "format", "category")

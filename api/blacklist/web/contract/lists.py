"""Lists for firewalls. Formats, parameters and devices are those of the registries."""

from __future__ import annotations

from typing import Any

from blacklist.core.selection import Criteria
from blacklist.formats.registry import EXPORTS
from blacklist.lists.devices import DEVICES
from blacklist.lists.options import PARAMETERS
from blacklist.lists.query import MOST_ENTRIES
from blacklist.web.contract.operation import Answer, Content, Group, Operation, Parameter, Schema, json_answer
from blacklist.web.contract.schemas import COUNT, FLAG, GENERATION, TEXT, TIME, array, closed, nullable

_ABOUT: dict[str, tuple[str, Schema]] = {
    "min_confidence": ("Only listings of at least this confidence.", {"type": "integer", "minimum": 0, "maximum": 100}),
    "category": ("Only listings of this category.", TEXT),
    "family": ("Only IPv4, or only IPv6.", {"type": "string", "enum": ["4", "6"]}),
    "max_entries": (
        "Only so many, the best-ranked: by confidence, then number of feeds, then the time last seen.",
        {"type": "integer", "minimum": 1, "maximum": MOST_ENTRIES},
    ),
    "aggregate": (
        "1 asks for the fewest networks that cover the same addresses; not for formats that tell who lists each: "
        + ", ".join(name for name, form in EXPORTS.items() if form.facts)
        + ".",
        {"type": "string", "enum": ["0", "1"]},
    ),
}
_QUERY = (
    *(Parameter(name, *_ABOUT[name]) for name in PARAMETERS),
    Parameter(
        "device",
        "What takes the list: its documented limit is watched, over all lists that this consumer takes.",
        {"type": "string", "enum": list(DEVICES)},
    ),
)
_CACHING = (
    Parameter("If-None-Match", "The ETag of the list that the caller has.", TEXT, "header"),
    Parameter("If-Modified-Since", "The Last-Modified of it, where there is no ETag.", TEXT, "header"),
    Parameter("Accept-Encoding", "`gzip` for the compressed file.", TEXT, "header"),
)
_HEADERS: dict[str, Schema] = {
    "ETag": TEXT,
    "Last-Modified": TEXT,
    "Cache-Control": {"type": "string", "const": "private, max-age=60, stale-if-error=86400"},
    "X-Generation": GENERATION,
    "X-Entry-Count": {**COUNT, "description": "Entries in the file."},
    "X-Omitted-Count": {**COUNT, "description": "Entries that the format can't hold."},
}
_PROBLEMS = ("unknown-list", "unknown-format", "empty-list", "invalid-parameter", "list-too-large", "not-ready")
_WAIT = ("not-rendered", "busy")
_UNCHANGED = Answer("The caller has it already.", headers=_HEADERS)


def _files(*suffixes: str) -> Answer:
    types: dict[str, list[str]] = {}
    for suffix in suffixes:
        types.setdefault(EXPORTS[suffix].media_type, []).append(suffix)
    content: dict[str, Content] = {}
    for media_type, of in types.items():
        schema: dict[str, Any] = {} if "octet-stream" in media_type else dict(TEXT)
        if "yaml" in media_type or ("json" in media_type and "ndjson" not in media_type):
            schema = {"type": "object"}
        example = "192.0.2.0/24\n198.51.100.7\n" if "txt" in of else None
        content[media_type] = Content({**schema, "description": f"The formats {', '.join(of)}."}, example)
    return Answer("The list, never empty: sorted, each entry once, allowed addresses cut out.", content, _HEADERS)


_PULL = closed(
    {
        "consumer": {"type": "string", "description": "The id of a key, or an address where none was needed."},
        "list": TEXT,
        "query": TEXT,
        "device": nullable({"type": "string", "enum": list(DEVICES)}),
        "generation": GENERATION,
        "entries": COUNT,
        "sent": {"type": "boolean", "description": "False where the caller had it already."},
        "first_at": TIME,
        "at": TIME,
        "count": {"type": "integer", "minimum": 1},
        "usual_interval_seconds": nullable(COUNT),
        "late": FLAG,
    }
)
_BUDGET = closed(
    {
        "consumer": TEXT,
        "device": {"type": "string", "enum": list(DEVICES)},
        "entries": COUNT,
        "limit": COUNT,
        "state": {"type": "string", "enum": ["fits", "near", "outgrown"]},
    }
)


def _plain(path: str, id: str, summary: str) -> Operation:
    return Operation(
        "GET",
        path,
        id,
        summary,
        {200: _files("txt"), 304: _UNCHANGED},
        about="The list `all` as plain text, at the address that it had in the service before this one.",
        parameters=_QUERY + _CACHING,
        problems=_PROBLEMS + _WAIT,
        key_optional="BLACKLIST_LEGACY_NETWORKS",
    )


LISTS = Group(
    "Lists for firewalls",
    "Each list in the format that its consumer reads. The same state gives the same bytes. A firewall may send HTTP "
    "Basic: the key's id as user, the whole key as password.",
    (
        Operation(
            "GET",
            "/api/v1/lists/{file}",
            "getList",
            "Take a list",
            {200: _files(*EXPORTS), 304: _UNCHANGED},
            path="/api/v1/lists/{list}.{format}",
            about=f"`{'`, `'.join(entry for entry in PARAMETERS)}` choose among the entries. An empty list is a 404.",
            parameters=(
                Parameter(
                    "list",
                    f"`{Criteria().name}`, the name of a feed, or a category.",
                    {"type": "string", "pattern": r"^[^/.]+$"},
                    "path",
                    required=True,
                    example="all",
                ),
                Parameter(
                    "format",
                    "What the consumer reads.",
                    {"type": "string", "enum": list(EXPORTS)},
                    "path",
                    required=True,
                    example="txt",
                ),
                *_QUERY,
                *_CACHING,
            ),
            problems=_PROBLEMS + _WAIT,
        ),
        Operation(
            "GET",
            "/api/v1/pulls",
            "getPulls",
            "See who takes which list",
            {
                200: json_answer(
                    "The last pulls of each consumer, the latest first, and how near devices are to their limits.",
                    closed({"since": TIME, "pulls": array(_PULL), "devices": array(_BUDGET)}),
                )
            },
            about="Of all servers of the store, each of which writes down once a minute what it saw; kept for 90 days.",
        ),
        _plain("/api/blacklist/active", "getActive", "Take the whole list, for clients of the former service"),
        _plain("/api/fortigate", "getFortigate", "Take the whole list, for firewalls of the former service"),
    ),
)

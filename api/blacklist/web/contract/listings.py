"""Listings, the allowlist, what changed, and what there is in all."""

from __future__ import annotations

from typing import Any

from blacklist.web.contract.operation import Content, Group, Operation, Parameter, Schema, json_answer, ref
from blacklist.web.contract.schemas import (
    ADDRESS,
    CONFIDENCE,
    COUNT,
    GENERATION,
    INDICATOR,
    TEXT,
    TIME,
    array,
    closed,
    counts,
    nullable,
)
from blacklist.web.listings import MEMBERS, MOST, REASON_LENGTH

_MOMENT: Schema = {"type": "string", "format": "date-time"}
_NEVER = nullable(_MOMENT)
_ASKED: dict[str, Schema] = {
    "indicator": INDICATOR,
    "reason": {"type": "string", "minLength": 1, "maxLength": REASON_LENGTH},
    "confidence": CONFIDENCE,
    "category": {"type": "string", "pattern": "^[a-z0-9_-]+$", "maxLength": 63},
    "country": {"type": "string", "pattern": "^([A-Z]{2})?$"},
    "expires_at": _NEVER,
    "allow_special": {"type": "boolean"},
}
_ONCE = Parameter(
    "Idempotency-Key",
    "Makes the request happen once, however often it is sent within a day.",
    {"type": "string", "minLength": 1, "maxLength": 200},
    "header",
)
_WRITES = ("invalid-key", "key-reused", "store-unavailable")
_BODY = ("invalid-json", "invalid-body", "body-too-large", "body-too-slow", "unsupported-media-type", *_WRITES)
_EFFECT: Schema = nullable(GENERATION)
_ENTRY: dict[str, Any] = {"indicator": "203.0.113.0/24", "reason": "a partner", "expires_at": "2099-01-02T03:04:05Z"}


def _described(*names: str) -> Schema:
    members = {
        name: {**_ASKED[name], "description": f"{MEMBERS[name][:1].upper()}{MEMBERS[name][1:]}."} for name in names
    }
    return closed(members, optional=set(names) - {"indicator", "reason"})


def _indicator() -> Parameter:
    about = "An address or network; the slash raw or as `%2F`."
    return Parameter("indicator", about, INDICATOR, "path", required=True, example="203.0.113.0/24")


def _filter(name: str, about: str, schema: Schema) -> Parameter:
    return Parameter(name, about, schema)


def _stats(path: str, id: str, summary: str, key_optional: str = "") -> Operation:
    overlap = {"type": "object", "additionalProperties": counts("Indicators that both feeds list, by feed.")}
    return Operation(
        "GET",
        path,
        id,
        summary,
        {
            200: json_answer(
                "Totals of the snapshot, and its growth by day.",
                closed(
                    {
                        "generation": GENERATION,
                        "as_of": TIME,
                        "listings": COUNT,
                        "indicators": COUNT,
                        "families": counts("Indicators, by address family."),
                        "feeds": counts("Indicators, by feed."),
                        "categories": counts("Listings, by category."),
                        "countries": counts("Listings, by country, where the feed tells it."),
                        "overlap": overlap,
                        "growth": array(closed({"day": {"type": "string", "format": "date"}, "listings": COUNT})),
                    }
                ),
            )
        },
        problems=("not-ready",),
        key_optional=key_optional,
    )


LISTINGS = Group(
    "Listings and the allowlist",
    "Listings by feeds and by operators; what operators allow wins over every listing. Lookups of "
    "the server that is asked know a change when the answer comes, those of others within a second. Lists have it with "
    "the next snapshot: about 3 seconds later, and about 17 where servers share a store, which takes an importer that "
    "watches (`replica.watching` of `/health`).",
    (
        Operation(
            "GET",
            "/api/v1/listings",
            "findListings",
            "Search listings",
            {
                200: json_answer(
                    "Live listings, sorted by indicator. `next` is the cursor of the next page.",
                    closed({"generation": GENERATION, "listings": array(ref("Listing")), "next": nullable(TEXT)}),
                )
            },
            parameters=(
                _filter("feed", "Only of this feed.", TEXT),
                _filter("category", "Only of this category.", TEXT),
                _filter("min_confidence", "Only of at least this confidence.", CONFIDENCE),
                _filter("contains", "Only those that cover this address.", ADDRESS),
                _filter("within", "Only those within this network.", INDICATOR),
                _filter("since", "Only those first seen since.", _MOMENT),
                _filter("limit", "How many a page has, about.", {"type": "integer", "minimum": 1, "maximum": MOST}),
                _filter("cursor", "The `next` of the page before.", TEXT),
            ),
            problems=("invalid-parameter", "not-ready"),
        ),
        Operation(
            "POST",
            "/api/v1/listings",
            "addListing",
            "List an indicator by hand",
            {
                201: json_answer(
                    "The listing, and the generation from which it holds: lookups know it now, lists within seconds.",
                    closed({"generation": _EFFECT, "listing": ref("Listing")}),
                )
            },
            parameters=(_ONCE,),
            body={
                "application/json": Content(
                    _described(*MEMBERS), {"indicator": "192.0.2.9", "reason": "port scan", "allow_special": True}
                )
            },
            problems=_BODY,
        ),
        Operation(
            "DELETE",
            "/api/v1/listings/{indicator}",
            "removeListing",
            "Remove a listing made by hand",
            {200: json_answer("It is gone from this generation on.", closed({"generation": GENERATION}))},
            about="Listings of feeds stay: allow the indicator instead.",
            parameters=(_indicator(), _ONCE),
            problems=("invalid-indicator", "not-found", *_WRITES),
        ),
        Operation(
            "GET",
            "/api/v1/allowlist",
            "getAllowlist",
            "Read the allowlist",
            {
                200: json_answer(
                    "What operators allow, sorted by indicator.",
                    closed({"entries": array(ref("Allowed"))}),
                )
            },
            problems=("store-unavailable",),
        ),
        Operation(
            "POST",
            "/api/v1/allowlist",
            "allow",
            "Allow an indicator",
            {
                201: json_answer(
                    "The entry, and the generation from which it holds.",
                    closed({"generation": _EFFECT, "entry": ref("Allowed")}),
                )
            },
            parameters=(_ONCE,),
            body={"application/json": Content(_described("indicator", "reason", "expires_at"), _ENTRY)},
            problems=_BODY,
        ),
        Operation(
            "DELETE",
            "/api/v1/allowlist/{indicator}",
            "disallow",
            "Allow an indicator no longer",
            {200: json_answer("It is gone from this generation on.", closed({"generation": GENERATION}))},
            parameters=(_indicator(), _ONCE),
            problems=("invalid-indicator", "not-found", *_WRITES),
        ),
        Operation(
            "GET",
            "/api/v1/changes",
            "getChanges",
            "Ask what changed",
            {
                200: json_answer(
                    "Entries of the list `all` that appeared or are gone since that generation.",
                    closed({"added": array(INDICATOR), "removed": array(INDICATOR), "generation": GENERATION}),
                    {"added": ["192.0.2.1"], "removed": [], "generation": 8},
                )
            },
            about="The cursor is the caller's: the `generation` of the last answer, or of a list.",
            parameters=(
                Parameter(
                    "since",
                    "The generation that the caller has.",
                    {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1},
                    required=True,
                    example=7,
                ),
            ),
            problems=("invalid-parameter", "too-old", "not-ready"),
        ),
        _stats("/api/v1/stats", "getStats", "See what there is in all"),
        _stats(
            "/api/stats",
            "getFormerStats",
            "See what there is, for clients of the former service",
            "BLACKLIST_LEGACY_NETWORKS",
        ),
        Operation(
            "GET",
            "/api/search/{address}",
            "search",
            "Look one address up, for clients of the former service",
            {200: json_answer("The verdict.", ref("Verdict"))},
            parameters=(Parameter("address", "The address.", ADDRESS, "path", required=True, example="192.0.2.1"),),
            problems=("invalid-address", "not-ready"),
            key_optional="BLACKLIST_LEGACY_NETWORKS",
        ),
    ),
)

"""The schemas that several operations share. Answers have the members named here and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from blacklist.web.contract.operation import Schema, ref
from blacklist.web.errors import TYPE


def one_of(*schemas: Schema) -> Schema:
    """What one of these schemas describes."""
    return {"oneOf": list(schemas)}


def nullable(schema: Schema) -> Schema:
    """What the schema describes, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def array(items: Schema, **limits: int) -> Schema:
    """An array."""
    return {"type": "array", "items": items, **limits}


def counts(of: str) -> Schema:
    """An object of counts by name."""
    return {"type": "object", "description": of, "additionalProperties": COUNT}


def closed(members: Mapping[str, Schema], *, optional: Iterable[str] = (), about: str = "") -> Schema:
    """An object of these members and no others, all of which are there but the optional ones."""
    required = [name for name in members if name not in set(optional)]
    schema: dict[str, Any] = {"type": "object", "properties": dict(members), "required": required}
    return {**({"description": about} if about else {}), **schema, "additionalProperties": False}


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
    "examples": ["2030-01-02T03:04:05Z"],
}
ADDRESS: Schema = {"type": "string", "description": "An IPv4 or IPv6 address.", "examples": ["192.0.2.1"]}
INDICATOR: Schema = {
    "type": "string",
    "description": "An address or a network, as `192.0.2.0/24`.",
    "examples": ["192.0.2.0/24"],
}
CONFIDENCE: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
GENERATION: Schema = {"type": "integer", "minimum": 1, "description": "A generation. It only grows."}
COUNTRY: Schema = nullable({"type": "string", "description": "As the feed has it; two capital letters as a rule."})

LISTING = closed(
    {
        "indicator": INDICATOR,
        "feed": TEXT,
        "category": TEXT,
        "confidence": CONFIDENCE,
        "reason": nullable(TEXT),
        "country": COUNTRY,
        "first_seen": nullable(TIME),
        "last_seen": nullable(TIME),
        "expires_at": nullable(TIME),
    },
    about="An indicator as one feed lists it.",
)
_VERDICT_MEMBERS: Mapping[str, Schema] = {
    "address": ADDRESS,
    "listed": FLAG,
    "listings": array(ref("Listing")),
    "allowlisted": nullable(closed({"indicator": INDICATOR, "reason": TEXT})),
}
_HELD = {"since": TIME, "error": TEXT, "guards": array(TEXT), "added": nullable(COUNT), "removed": nullable(COUNT)}
_IMPACT = {"added": COUNT, "removed": COUNT, "added_samples": array(TEXT), "removed_samples": array(TEXT)}
_FEED: Mapping[str, Schema] = {
    "name": TEXT,
    "category": TEXT,
    "role": {"type": "string", "enum": ["blocklist", "allowlist"]},
    "url": TEXT,
    "licence": TEXT,
    "attribution": TEXT,
    "ttl": nullable({"type": "integer", "description": "Seconds after which its listings expire."}),
    "generation": nullable(GENERATION),
    "entries": COUNT,
    "state": {"type": "string", "enum": ["imported", "unchanged", "quarantined", "failed", "rejected"]},
    "last_import": nullable(TIME),
    "last_success": nullable(TIME),
    "last_error": nullable(TEXT),
    "failures": COUNT,
    "source_date": nullable(TIME),
    "age_seconds": nullable(COUNT),
    "accepted": COUNT,
    "rejected": COUNT,
    "skipped": COUNT,
    "masked": COUNT,
    "duplicates": COUNT,
}

SCHEMAS: Mapping[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "An error answer, RFC 9457. `type` is stable; `detail` says what is wrong and what to do.",
        "properties": {
            "type": {"type": "string", "pattern": f"^{TYPE}[a-z-]+$"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 300, "maximum": 599},
            "detail": TEXT,
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Listing": LISTING,
    "Verdict": closed(
        {**_VERDICT_MEMBERS, "generation": GENERATION, "as_of": TIME},
        about="Whether an address is listed, by whom, and what the allowlist did. The longest network comes first.",
    ),
    "BatchVerdict": closed(_VERDICT_MEMBERS, about="A verdict in a batch: generation and time stand once, at the top."),
    "BadAddress": closed({"address": TEXT, "error": TEXT}, about="What should be an address is none."),
    "BatchResult": one_of(ref("BatchVerdict"), ref("BadAddress")),
    "Allowed": closed(
        {"indicator": INDICATOR, "reason": TEXT, "added_at": nullable(TIME), "expires_at": nullable(TIME)}
    ),
    "Feed": closed({**_FEED, "quarantine": nullable(closed(_HELD))}),
    "FeedInFull": closed(
        {
            **_FEED,
            "reasons": counts("Lines that the last import rejected, skipped or cut, by reason."),
            "samples": array(closed({"line": COUNT, "text": TEXT, "reason": TEXT})),
            "overlap": counts("Indicators that other feeds list too, by feed."),
            "quarantine": nullable(closed({**_HELD, "change": nullable(closed(_IMPACT))})),
        }
    ),
}

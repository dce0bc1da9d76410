"""Lookups: one address, or many."""

from __future__ import annotations

from typing import Any

from blacklist.web.batch import CSV_COLUMNS, LIMIT
from blacklist.web.contract.operation import NO_STORE, Answer, Content, Group, Operation, Parameter, json_answer, ref
from blacklist.web.contract.schemas import ADDRESS, GENERATION, TEXT, TIME, array, closed

_ADDRESSES = ["192.0.2.1", "2001:db8::1"]
_LISTING: dict[str, Any] = {
    "indicator": "192.0.2.1",
    "feed": "one",
    "category": "attacks",
    "confidence": 90,
    "reason": "brute force",
    "country": "KR",
    "first_seen": "2030-01-02T03:04:05Z",
    "last_seen": "2030-01-02T03:04:05Z",
    "expires_at": None,
}
_VERDICT = {"address": "192.0.2.1", "listed": True, "listings": [_LISTING], "allowlisted": None}
_AS_OF = {"generation": 7, "as_of": "2030-01-02T03:04:05Z"}
_HEADERS = {**NO_STORE, "X-Generation": GENERATION, "X-As-Of": TIME}
_OPEN = "BLACKLIST_PUBLIC_LOOKUP"
_ROW = ",".join(CSV_COLUMNS)


def _forward_auth(route: str, suffix: str) -> tuple[Operation, ...]:
    """One operation a method: Envoy keeps the method of the request that it asks about, and appends its path."""
    below = Parameter("anything", "The path that is asked for; it changes nothing.", TEXT, "path", required=True)
    return tuple(
        Operation(
            method,
            route,
            f"authorise{method.capitalize()}{suffix}",
            "Ask whether a client may pass, below that path" if suffix else "Ask whether a client may pass",
            {200: Answer("It may: it is not listed.", headers=NO_STORE)},
            about="For nginx `auth_request`, Traefik ForwardAuth and Envoy ext_authz. The client is the right-most "
            "untrusted hop of `X-Forwarded-For`, or what the header of a CDN names, from trusted proxies only.",
            parameters=(below,) if suffix else (),
            problems=("listed", "not-ready", "no-client-address"),
            key_optional=_OPEN,
        )
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    )


LOOKUPS = Group(
    "Lookups",
    "Is this address listed, by whom, since when? Any valid address is answered 200; a client that can't get an answer "
    "decides by its own policy.",
    (
        Operation(
            "GET",
            "/api/v1/lookup/{address}",
            "lookUp",
            "Look one address up",
            {200: json_answer("The verdict.", ref("Verdict"), {**_VERDICT, **_AS_OF})},
            parameters=(Parameter("address", "The address.", ADDRESS, "path", required=True, example="192.0.2.1"),),
            problems=("invalid-address", "not-ready"),
            key_optional=_OPEN,
        ),
        Operation(
            "POST",
            "/api/v1/lookup",
            "lookUpMany",
            f"Look up to {LIMIT:,} addresses up",
            {
                200: Answer(
                    "The verdicts in the order asked. A bad address is an error on its line, not of the call.",
                    {
                        "application/json": Content(
                            closed({"generation": GENERATION, "as_of": TIME, "results": array(ref("BatchResult"))}),
                            {**_AS_OF, "results": [_VERDICT, {"address": "x", "error": "'x' is not an address"}]},
                        ),
                        "application/x-ndjson": Content(TEXT),
                        "text/csv": Content(TEXT, f"{_ROW}\n192.0.2.9,false{',' * (len(CSV_COLUMNS) - 2)}\n"),
                    },
                    _HEADERS,
                )
            },
            about="JSON by default, NDJSON or CSV by `Accept`. An address that a feed lists more than once has as many "
            "rows in CSV.",
            parameters=(Parameter("only", "Leaves out what is not listed.", {"type": "string", "enum": ["listed"]}),),
            body={
                "application/json": Content(
                    closed({"addresses": array(TEXT, maxItems=LIMIT)}), {"addresses": _ADDRESSES}
                ),
                "text/plain": Content(TEXT, "\n".join(_ADDRESSES) + "\n"),
            },
            problems=(
                "invalid-parameter",
                "invalid-json",
                "invalid-text",
                "invalid-body",
                "not-acceptable",
                "body-too-large",
                "body-too-slow",
                "too-many-addresses",
                "unsupported-media-type",
                "not-ready",
            ),
            key_optional=_OPEN,
        ),
        *_forward_auth("/authz", ""),
        *_forward_auth("/authz/{anything}", "Below"),
    ),
)

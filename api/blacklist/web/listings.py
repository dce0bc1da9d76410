"""Listings: searched by filters and pages; made and removed by operators."""

from __future__ import annotations

from asyncio import sleep
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from time import perf_counter, time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.core.indicator import WIDTH, Indicator, IndicatorError, parse_address, parse_one
from blacklist.core.listing import Listing
from blacklist.core.overlay import MANUAL, OPERATOR, Edit
from blacklist.core.policy import FeedPolicy, refusal
from blacklist.core.search import Position, Query, search
from blacklist.web.body import invalid, read_object
from blacklist.web.errors import Problem, not_ready
from blacklist.web.parameters import moment, number, read_parameters
from blacklist.web.state import State
from blacklist.web.verdicts import optional_time
from blacklist.web.writing import apply_edits

MOST = 1_000  # listings a page
_SCAN = 1_000  # indicators that are looked at before other requests get their turn
_PATIENCE = 1.0  # seconds until a page ends, full or not
_NO_STORE = {"cache-control": "no-store"}
REASON_LENGTH = 500  # characters
MEMBERS = {
    "indicator": "an address or network",
    "reason": f"a text that says why, of at most {REASON_LENGTH} characters",
    "confidence": "a whole number from 0 to 100, 100 if it is left out",
    "category": f"a name, `{OPERATOR}` if it is left out",
    "country": "two capital letters",
    "expires_at": "a time such as 2030-01-02T03:04:05Z; never if it is left out",
    "allow_special": "true to list an address of a special-purpose network",
}


async def get_listings(state: State, request: Request) -> Response:
    """`GET /api/v1/listings`: live listings, sorted by indicator."""
    if state.answers is None:
        raise not_ready()
    index = state.answers.index
    readers: dict[str, Callable[[str], Any]] = {
        "feed": str,
        "category": str,
        "min_confidence": number(0, 100),
        "contains": parse_address,
        "within": parse_one,
        "since": moment,
        "limit": number(1, MOST),
        "cursor": _position,
    }
    values = read_parameters(request, readers)
    query = Query(after=values.pop("cursor", None), most=values.pop("limit", 100), **values)
    now = time()
    found: list[Listing] = []
    ends = perf_counter() + _PATIENCE
    while True:
        page = search(index, query, now, scan=_SCAN)
        found += page.listings
        query = replace(query, after=page.after, most=query.most - len(page.listings))
        if page.after is None or query.most <= 0 or perf_counter() > ends:
            break
        await sleep(0)
    body = {
        "generation": index.generation,
        "listings": [listing_values(one) for one in found],
        "next": None if page.after is None else _cursor(page.after),
    }
    return Response(orjson.dumps(body), headers=_NO_STORE, media_type="application/json")


async def post_listing(state: State, request: Request) -> Response:
    """`POST /api/v1/listings`: makes one manual listing, or replaces the one of that indicator."""
    asked = await read_object(request, MEMBERS)
    now = int(time())
    indicator = read_indicator(asked)
    policy = FeedPolicy(allow_special=_typed(asked, "allow_special", bool, default=False))
    refused = refusal(indicator, policy)
    if refused is not None:
        raise invalid(f"{indicator} can't be listed: {refused}.")
    confidence = _typed(asked, "confidence", int, default=100)
    if not 0 <= confidence <= 100:
        raise invalid(f"confidence must be {MEMBERS['confidence']}.")
    country = _typed(asked, "country", str, default="")
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise invalid(f"country must be {MEMBERS['country']}.")
    entry = Listing(
        indicator,
        MANUAL,
        _category(state, asked),
        confidence,
        country,
        read_reason(asked),
        now,
        now,
        read_expiry(asked, now),
    )
    request.scope["blacklist.target"] = indicator
    generation = await apply_edits(state, request, asked, [Edit(indicator, allowlist=False, entry=entry)])
    body = {"generation": generation, "listing": listing_values(entry)}
    return Response(orjson.dumps(body), 201, _NO_STORE, "application/json")


async def delete_listing(state: State, request: Request) -> Response:
    """`DELETE /api/v1/listings/{indicator}`: removes a manual listing; those of feeds stay."""
    indicator = path_indicator(request)
    return await remove(state, request, Edit(indicator, allowlist=False, entry=None), "no manual listing")


async def remove(state: State, request: Request, edit: Edit, none: str) -> Response:
    """Applies an edit that removes something. Raises the Problem 404 when there is `none`."""
    generation = await apply_edits(state, request, None, [edit])
    if generation is None:
        raise Problem(404, "not-found", "Not Found", f"There is {none} of {edit.indicator}.")
    return Response(orjson.dumps({"generation": generation}), headers=_NO_STORE, media_type="application/json")


def listing_values(listing: Listing) -> dict[str, object]:
    """A listing as answers show it."""
    return {
        "indicator": str(listing.indicator),
        "feed": listing.feed,
        "category": listing.category,
        "confidence": listing.confidence,
        "reason": listing.reason or None,
        "country": listing.country or None,
        "first_seen": optional_time(listing.first_seen),
        "last_seen": optional_time(listing.last_seen),
        "expires_at": optional_time(listing.expires_at),
    }


def path_indicator(request: Request) -> Indicator:
    """The indicator in a path."""
    try:
        return parse_one(request.path_params["indicator"])
    except IndicatorError as error:
        raise Problem(400, "invalid-indicator", "Not an indicator", f"{error}.") from None


def read_indicator(asked: Mapping[str, Any]) -> Indicator:
    """The member `indicator`, which must be there."""
    try:
        return parse_one(_typed(asked, "indicator", str))
    except IndicatorError as error:
        raise invalid(f"indicator: {error}.") from None


def read_reason(asked: Mapping[str, Any]) -> str:
    """The member `reason`, which must be there."""
    reason: str = _typed(asked, "reason", str)
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise invalid(f"reason must be {MEMBERS['reason']}.")
    return reason


def read_expiry(asked: Mapping[str, Any], now: int) -> int | None:
    """The member `expires_at`, which may be missing or null."""
    text = asked.get("expires_at")
    if text is None:
        return None
    try:
        expires_at = int(datetime.fromisoformat(f"{text}").astimezone().timestamp())
        zoned = datetime.fromisoformat(f"{text}").tzinfo is not None
    except (ValueError, OverflowError):
        zoned = False
    if not zoned or not now < expires_at < 1 << 32:
        raise invalid("expires_at must be a time to come, with its zone, such as 2030-01-02T03:04:05Z.")
    return expires_at


def _typed(asked: Mapping[str, Any], name: str, kind: type, *, default: Any = None) -> Any:
    value = asked.get(name, default)
    if type(value) is not kind:
        raise invalid(f"{name} must be {MEMBERS[name]}.")
    return value


def _category(state: State, asked: Mapping[str, Any]) -> str:
    category: str = _typed(asked, "category", str, default=OPERATOR)
    plain = category.isascii() and category.replace("-", "").replace("_", "").isalnum() and category == category.lower()
    if not plain or len(category) > 63:
        raise invalid("category must be a name of at most 63 characters a-z, 0-9, - and _.")
    if category in {"all", MANUAL, *(feed.info.name for feed in state.feeds)}:
        raise invalid(
            f"category can't be {category!r}, the name of a list. Take {OPERATOR!r}, a feed's category, or a new name."
        )
    return category


def _cursor(position: Position) -> str:
    return urlsafe_b64encode(f"{position.version}-{position.start:x}-{position.length}".encode()).decode()


def _position(text: str) -> Position:
    try:
        version, start, length = urlsafe_b64decode(text.encode()).decode().split("-")
        position = Position(int(version), int(start, 16), int(length))
    except ValueError:
        raise ValueError("it must be the `next` of another page") from None
    if position.version not in WIDTH or position.start >> WIDTH[position.version]:
        raise ValueError("it must be the `next` of another page")
    return position

"""What changed since a generation, and what there is in all: both stand ready in the snapshot."""

from __future__ import annotations

import asyncio
from collections import Counter

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.core.difference import Difference, TooOld, changes_since
from blacklist.web.errors import Problem, not_ready
from blacklist.web.parameters import number, read_parameters
from blacklist.web.state import State

_HEADERS = {"cache-control": "no-store"}


async def get_changes(state: State, request: Request) -> Response:
    """`GET /api/v1/changes?since={generation}`: entries of the list `all` that appeared or are gone.

    The cursor is the caller's: the `generation` of the last answer, or of a list. A change by an operator is among
    them once a snapshot has it, within a minute.
    """
    if state.answers is None:
        raise not_ready()
    index = state.answers.index
    values = read_parameters(request, {"since": number(0, (1 << 63) - 1)})
    if "since" not in values:
        raise Problem(400, "invalid-parameter", "Invalid parameter", "Say since which generation: since=7.")
    since, current = values["since"], index.snapshot.head.generation
    if current < since <= index.generation:  # a generation of the overlay, which the next snapshot will tell of
        found, current = Difference([], []), since
    else:
        try:
            found = await asyncio.to_thread(changes_since, index.snapshot, since)
        except TooOld as error:
            detail = f"Generation {since} is out of reach: {error}. Take the full list, and go on from its generation."
            raise Problem(410, "too-old", "Too old", detail) from None
    added, removed = ([str(one) for one in side] for side in found)
    body = {"added": added, "removed": removed, "generation": current}
    return Response(orjson.dumps(body), headers=_HEADERS, media_type="application/json")


async def get_stats(state: State, _request: Request) -> Response:
    """`GET /api/v1/stats`: totals by feed, category, family and country, and growth by day."""
    if state.answers is None:
        raise not_ready()
    index = state.answers.index
    meta = index.snapshot.meta
    body = {
        "generation": index.snapshot.head.generation,
        "as_of": state.answers.as_of,
        "listings": meta["listings"],
        "indicators": sum(index.snapshot.entries.values()),
        "families": meta["families"],
        "feeds": dict(Counter({feed["name"]: feed["entries"] for feed in meta["feeds"]}).most_common()),
        "categories": meta["categories"],
        "countries": meta["countries"],
        "overlap": meta["overlap"],
        "growth": meta["growth"],
    }
    return Response(orjson.dumps(body), headers=_HEADERS, media_type="application/json")

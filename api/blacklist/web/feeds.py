"""Feeds: what came of each, what was rejected, and the decision on what is held back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from time import time
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.store.interface import FeedState, ImportRecord, Store
from blacklist.web.errors import Problem
from blacklist.web.state import State
from blacklist.web.verdicts import optional_time
from blacklist.web.writing import with_store

_HEADERS = {"cache-control": "no-store"}
_T = TypeVar("_T")


async def get_feeds(state: State, _request: Request) -> Response:
    """`GET /api/v1/feeds`: every feed that was ever imported, by name, as it was a few seconds ago."""
    if not state.feeds and state.store_error:
        raise _unknown_yet()
    now = time()
    return _answer({"feeds": [_summary(feed, now) for feed in state.feeds]})


async def get_feed(state: State, request: Request) -> Response:
    """`GET /api/v1/feeds/{name}`: the same of one feed, with rejected lines, overlap, and what is held back in full."""
    feed = _known(state, request)
    last, held = feed.last, feed.held
    overlap = {} if state.answers is None else state.answers.index.snapshot.meta["overlap"].get(feed.info.name, {})
    change = None if held is None or held.change is None else asdict(held.change)
    body = _summary(feed, time()) | {
        "reasons": last.reasons,
        "samples": [asdict(sample) for sample in last.samples],
        "overlap": overlap,
        "quarantine": None if held is None else _held(held) | {"change": change},
    }
    return _answer(body)


async def refresh(state: State, request: Request) -> Response:
    """`POST /api/v1/feeds/{name}/refresh`: asks for an import soon."""
    feed = _known(state, request)
    state.importer.request(feed.info.name)
    return _answer({"name": feed.info.name, "requested": True}, 202)


async def approve(state: State, request: Request) -> Response:
    """`POST /api/v1/feeds/{name}/quarantine/approve`: takes what is held back; a snapshot with it follows soon."""
    name = _known(state, request).info.name
    generation = await _decided(state, name, lambda store: store.approve(name, int(time())))
    state.importer.publish()
    return _answer({"name": name, "generation": generation})


async def reject(state: State, request: Request) -> Response:
    """`POST /api/v1/feeds/{name}/quarantine/reject`: drops what is held back; what is in use stays."""
    name = _known(state, request).info.name
    await _decided(state, name, lambda store: store.reject(name, int(time())))
    return _answer({"name": name, "rejected": True})


async def _decided(state: State, name: str, decide: Callable[[Store], _T]) -> _T:
    """What the decision returned. Raises the Problem 409 when there was nothing to decide on."""

    def work(store: Store) -> tuple[_T, list[FeedState]]:
        return decide(store), list(store.feeds())

    decided, feeds = await with_store(state, work)
    state.feeds = feeds
    if not decided:
        raise Problem(409, "nothing-held", "Nothing held back", f"No update of the feed {name!r} is held back.")
    return decided


def _known(state: State, request: Request) -> FeedState:
    name = request.path_params["name"]
    for feed in state.feeds:
        if feed.info.name == name:
            return feed
    if not state.feeds and state.store_error:
        raise _unknown_yet()
    known = ", ".join(feed.info.name for feed in state.feeds) or "none yet"
    raise Problem(404, "unknown-feed", "Unknown feed", f"There is no feed {name[:80]!r}; there are: {known}.")


def _unknown_yet() -> Problem:
    detail = "The store does not answer, and nothing is known of the feeds yet."
    return Problem(503, "store-unavailable", "Store unavailable", detail, {"retry-after": "5"})


def _summary(feed: FeedState, now: float) -> dict[str, Any]:
    last, good = feed.last, feed.good
    own_date = good.source_date if good is not None else 0
    return {
        "name": feed.info.name,
        "category": feed.info.category,
        "role": feed.info.role,
        "url": feed.info.url,
        "licence": feed.info.licence,
        "attribution": feed.info.attribution,
        "ttl": feed.info.ttl or None,
        "generation": feed.generation or None,
        "entries": feed.entries,
        "state": last.outcome,
        "last_import": optional_time(last.at),
        "last_success": optional_time(feed.last_success),
        "last_error": last.error or None,
        "failures": last.failures,
        "source_date": optional_time(own_date),
        "age_seconds": max(0, int(now - own_date)) if own_date else None,
        "accepted": last.accepted,
        "rejected": last.rejected,
        "skipped": last.skipped,
        "masked": last.masked,
        "duplicates": last.duplicates,
        "quarantine": None if feed.held is None else _held(feed.held),
    }


def _held(held: ImportRecord) -> dict[str, Any]:
    change = held.change
    return {
        "since": optional_time(held.at),
        "error": held.error,
        "guards": held.guards,
        "added": None if change is None else change.added,
        "removed": None if change is None else change.removed,
    }


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _HEADERS, "application/json")

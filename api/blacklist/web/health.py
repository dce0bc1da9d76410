"""Is it alive, is it ready, how is it: `/healthz`, `/ready` and `/health` need no key."""

from __future__ import annotations

from time import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist import __version__
from blacklist.web.state import State
from blacklist.web.verdicts import optional_time

LATE = 30  # seconds that a server may be behind a shared store
UNPUBLISHED = 120  # seconds that a change may be in lookups alone
_HEADERS = {"cache-control": "no-store"}


async def healthz(_state: State, _request: Request) -> Response:
    """The process lives and its event loop turns."""
    return Response(b"ok\n", headers=_HEADERS, media_type="text/plain")


async def ready(state: State, _request: Request) -> Response:
    """200 when lookups can be answered; 503 before the first snapshot and while draining."""
    if state.draining.is_set():
        return Response(b"draining\n", 503, _HEADERS, "text/plain")
    if state.answers is None:
        return Response(b"no snapshot is loaded\n", 503, _HEADERS, "text/plain")
    return Response(b"ready\n", headers=_HEADERS, media_type="text/plain")


async def health(state: State, _request: Request) -> Response:
    """The components, for people and for statuspress."""
    body = describe(state, time())
    status = 503 if body["status"] == "unavailable" else 200
    return Response(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), status, _HEADERS, "application/json")


def describe(state: State, now: float) -> dict[str, Any]:
    """What /health answers.

    Degraded: lookups are answered, but the store is away, this server is behind a shared one for half a minute, a
    change by an operator has waited for a snapshot for two minutes, or a feed's last import failed or is held back.
    """
    answers = state.answers
    feeds = [
        {
            "name": feed.info.name,
            "state": feed.last.outcome,
            "entries": feed.entries,
            "last_success": optional_time(feed.last_success),
            "age_seconds": int(now - feed.last_success) if feed.last_success else None,
            "last_error": feed.last.error or None,
            "quarantined": feed.held is not None,
        }
        for feed in state.feeds
    ]
    troubled = bool(state.store_error) or any(feed["state"] in {"failed", "quarantined"} for feed in feeds)
    waiting = unpublished_seconds(state, now)
    troubled = troubled or state.lag.seconds(now) >= LATE or waiting >= UNPUBLISHED
    snapshot = None
    if answers is not None:
        head = answers.index.snapshot.head
        snapshot = {
            "as_of": answers.as_of,
            "age_seconds": max(0, int(now - head.compiled_at)),
            "listings": answers.index.snapshot.meta["listings"],
        }
    return {
        "status": "unavailable" if answers is None or state.draining.is_set() else "degraded" if troubled else "ok",
        "version": __version__,
        "generation": answers.index.generation if answers else None,
        "uptime_seconds": int(now - state.started_at),
        "snapshot": snapshot,
        "unpublished_seconds": int(waiting),
        "store": {
            "kind": "redis" if state.settings.shared else "sqlite",
            "state": "down" if state.store_error else "up",
            "error": state.store_error or None,
        },
        "replica": _replica(state, now) if state.settings.shared else None,
        "feeds": feeds,
    }


def _replica(state: State, now: float) -> dict[str, Any]:
    """How far this server is behind a shared store, who imports for it, and how old its local copies are."""
    kept_at = state.keeper.at if state.keeper is not None else 0
    importing = state.importing
    return {
        "lag_seconds": int(state.lag.seconds(now)),
        "generations_behind": generations_behind(state),
        "importer": None if importing is None else {"name": importing.owner, "since": optional_time(importing.since)},
        "watching": state.attended,
        "local_copies_age_seconds": max(0, int(now - kept_at)) if kept_at else None,
    }


def generations_behind(state: State) -> int:
    """By how many the snapshot in use is behind the last one that the store is known to have."""
    serving = 0 if state.answers is None else state.answers.index.snapshot.head.generation
    return max(0, state.lag.published - serving)


def unpublished_seconds(state: State, now: float) -> float:
    """For how long the oldest change by an operator has been in no snapshot, here or in the store: in no list."""
    serving = 0 if state.answers is None else state.answers.index.snapshot.head.generation
    return state.unpublished.seconds(max(serving, state.lag.published), now)

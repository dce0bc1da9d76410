"""`/monitoring/dashboard`: the live page and its stream of figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import time

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from blacklist.access.scopes import Scope as AccessScope
from blacklist.web.endpoint import Endpoint, Handler
from blacklist.web.errors import Problem
from blacklist.web.html import page_response
from blacklist.web.live import figures
from blacklist.web.logins import check
from blacklist.web.state import State
from blacklist.web.static import page

STREAMS = 32  # pages that can be open at once
_TICK = 0.2  # seconds


def monitoring_route(state: State, path: str, handler: Handler) -> Route:
    """A route that takes a browser's session as well as a key with the scope `dashboard`."""
    return Route(path, Endpoint(state, path, AccessScope.DASHBOARD, handler, check), methods=["GET"])


async def dashboard(_state: State, _request: Request) -> Response:
    """`GET /monitoring/dashboard`: the page. Its figures come by the stream."""
    return page_response(page("dashboard.html"))


async def events(state: State, request: Request) -> Response:
    """`GET /monitoring/events`: the figures, as long as the key is good and the server stays."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    if request.method == "HEAD":
        return Response(headers=headers, media_type="text/event-stream")
    if state.recorder.watchers >= STREAMS:
        detail = f"{STREAMS} live pages are open already. Close one."
        raise Problem(503, "busy", "Busy", detail, {"retry-after": "10"})
    return StreamingResponse(_stream(state, request.scope), headers=headers, media_type="text/event-stream")


async def _stream(state: State, scope: Scope) -> AsyncIterator[bytes]:
    state.recorder.watchers += 1
    try:
        yield b"retry: 2000\n\n" + _event("history", list(state.recorder.points))
        seen = -1
        while not state.draining.is_set() and _still_good(state, scope):
            if state.recorder.taken != seen:
                seen = state.recorder.taken
                yield _event("figures", figures(state, time()))
            await asyncio.sleep(_TICK)
    finally:
        state.recorder.watchers -= 1


def _event(name: str, value: object) -> bytes:
    return f"event: {name}\ndata: ".encode() + orjson.dumps(value) + b"\n\n"


def _still_good(state: State, scope: Scope) -> bool:
    try:
        check(state, scope, AccessScope.DASHBOARD)
    except (Problem, HTTPException):
        return False
    return True

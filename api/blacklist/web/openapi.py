"""`/openapi.json`: the contract, made once from the tables in contract/ and the routes of this server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from blacklist.web.caching import known_already
from blacklist.web.state import State


async def openapi(_state: State, request: Request) -> Response:
    """`GET /openapi.json`."""
    body, tag = await asyncio.to_thread(_rendered, request.app)
    return known_already(request, tag) or Response(
        body, headers={"etag": tag, "cache-control": "no-cache"}, media_type="application/json"
    )


def contract(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of these routes. The tables are imported by the first who asks, not by a server's start."""
    from blacklist.web.contract.document import document  # noqa: PLC0415

    return document(routes)


@lru_cache(1)
def _rendered(application: Starlette) -> tuple[bytes, str]:
    body = orjson.dumps(contract(application.routes))
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'

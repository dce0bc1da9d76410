"""`GET /api/search/{address}`: a lookup, at the address that it had in the service before this one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.lookup import Lookup
from blacklist.web.state import State


async def search(state: State, request: Request) -> Response:
    """The same answer as `/api/v1/lookup/{address}`."""
    body = Lookup(state).answer(request.path_params["address"])
    return Response(body, headers={"cache-control": "no-store"}, media_type="application/json")

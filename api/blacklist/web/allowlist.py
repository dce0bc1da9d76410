"""The allowlist: what operators allow, which wins over every listing."""

from __future__ import annotations

from time import time

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.core.policy import too_wide
from blacklist.web.body import invalid, read_object
from blacklist.web.listings import MEMBERS, path_indicator, read_expiry, read_indicator, read_reason, remove
from blacklist.web.state import State
from blacklist.web.verdicts import optional_time
from blacklist.web.writing import apply_edits, with_store

_NO_STORE = {"cache-control": "no-store"}
_MEMBERS = {name: MEMBERS[name] for name in ("indicator", "reason", "expires_at")}


async def get_allowlist(state: State, _request: Request) -> Response:
    """`GET /api/v1/allowlist`: every entry that operators made and that has not expired."""
    now = time()
    entries = await with_store(state, lambda store: store.allowlist())
    live = [_values(entry) for entry in entries if entry.expires_at is None or entry.expires_at > now]
    return Response(orjson.dumps({"entries": live}), headers=_NO_STORE, media_type="application/json")


async def post_allowed(state: State, request: Request) -> Response:
    """`POST /api/v1/allowlist`: allows one indicator, or replaces its entry."""
    asked = await read_object(request, _MEMBERS)
    now, indicator = int(time()), read_indicator(asked)
    if (wide := too_wide(indicator)) is not None:
        raise invalid(f"{indicator} is {wide}: it would undo most of the lists.")
    entry = Allowed(indicator, read_reason(asked), now, read_expiry(asked, now))
    request.scope["blacklist.target"] = indicator
    generation = await apply_edits(state, request, asked, [Edit(entry.indicator, allowlist=True, entry=entry)])
    body = {"generation": generation, "entry": _values(entry)}
    return Response(orjson.dumps(body), 201, _NO_STORE, "application/json")


async def delete_allowed(state: State, request: Request) -> Response:
    """`DELETE /api/v1/allowlist/{indicator}`: allows it no longer."""
    return await remove(state, request, Edit(path_indicator(request), allowlist=True, entry=None), "no allowance")


def _values(entry: Allowed) -> dict[str, object]:
    return {
        "indicator": str(entry.indicator),
        "reason": entry.reason,
        "added_at": optional_time(entry.added_at),
        "expires_at": optional_time(entry.expires_at),
    }

"""The access log: one line a request. Of what is asked thousands of times a second, one in so many."""

from __future__ import annotations

import logging

from starlette.types import Scope

from blacklist.core.indicator import format_address
from blacklist.web.client import client_address
from blacklist.web.state import State
from blacklist.web.tracing import TRACE_ID, request_id

OFTEN = frozenset({"/api/v1/lookup/{address}", "/authz", "/healthz", "/ready", "/health", "/metrics"})  # sampled routes
_log = logging.getLogger("blacklist.access")


def log_request(state: State, scope: Scope, route: str, status: int, seconds: float) -> None:
    """Writes the line of a request that was answered, if it is one to be written.

    It names the route, never the path; client, path and key only when BLACKLIST_LOG_ADDRESSES says so.
    """
    share = state.settings.access_log
    if not share:
        return
    if route in OFTEN:
        state.unlogged += share
        if state.unlogged < 1:
            return
        state.unlogged -= 1
    line: dict[str, object] = {
        "request_id": request_id(scope),
        "method": scope["method"],
        "route": route,
        "status": status,
        "seconds": round(seconds, 6),
    }
    if TRACE_ID in scope:
        line["trace_id"] = scope[TRACE_ID]
    if state.settings.log_addresses:
        client = client_address(state, scope)
        line |= {
            "client": format_address(*client) if client else None,
            "path": scope["path"],
            "key": scope.get("blacklist.caller") or None,
        }
    _log.info("%s %s %d", scope["method"], route, status, extra={"fields": line})

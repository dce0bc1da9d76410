"""Keys, operators and the audit log from a request: off the event loop, bounded in time, and no change unwritten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from blacklist.access.audit import Origin, event, source_text
from blacklist.errors import StoreError
from blacklist.store.interface import Keys
from blacklist.web.client import client_address
from blacklist.web.errors import Problem
from blacklist.web.state import State
from blacklist.web.tracing import request_id

DEADLINE = 1.0  # seconds until a store that does not answer is called away
_STEP = 0.005
_T = TypeVar("_T")
Handler = Callable[[State, Request], Awaitable[Response]]
_log = logging.getLogger(__name__)

# What is written down of a change once its handler is done. Changes of keys and logins are not here: theirs is
# one transaction with the entry, in `keys.py` and `auth.py`.
ACTIONS: Mapping[tuple[str, str], str] = {
    ("POST", "/api/v1/listings"): "listing.add",
    ("DELETE", "/api/v1/listings/{indicator}"): "listing.remove",
    ("POST", "/api/v1/allowlist"): "allowlist.add",
    ("DELETE", "/api/v1/allowlist/{indicator}"): "allowlist.remove",
    ("POST", "/api/v1/feeds/{name}/refresh"): "feed.refresh",
    ("POST", "/api/v1/feeds/{name}/quarantine/approve"): "feed.approve",
    ("POST", "/api/v1/feeds/{name}/quarantine/reject"): "feed.reject",
}


async def with_keys(state: State, work: Callable[[Keys], _T]) -> _T:
    """What the work returns, done in a thread on a store of its own. Raises the Problem 503 when the store is away."""

    def run() -> _T:
        with state.pools.keys.lent() as store:
            return work(store)

    try:
        return await asyncio.wait_for(asyncio.to_thread(run), DEADLINE)
    except (StoreError, TimeoutError) as error:
        _log.warning("keys: %s", str(error) or "the store does not answer")
        detail = "The store of keys and operators does not answer: this can be neither accepted nor refused. Try again."
        raise Problem(503, "store-unavailable", "Store unavailable", detail, {"retry-after": "5"}) from None


async def change_keys(state: State, work: Callable[[Keys], _T]) -> _T:
    """The same for a change; returns once this process knows it. Others know it within a second."""

    def run(store: Keys) -> tuple[_T, int]:
        return work(store), store.version()

    result, version = await with_keys(state, run)
    for _ in range(int(DEADLINE / _STEP)):
        if state.keys_version >= version:
            break
        await asyncio.sleep(_STEP)
    return result


def written_down(template: str, handler: Handler) -> Handler:
    """The handler, with what it changes written down before its answer; of a template without an action, as it is."""
    if all(template != known for _, known in ACTIONS):
        return handler

    async def handle(state: State, request: Request) -> Response:
        action = ACTIONS.get((request.method, template))
        if action is None:
            return await handler(state, request)
        try:
            response = await handler(state, request)
        except Problem as problem:
            if problem.slug == "store-unavailable":  # which leaves open whether the change was made
                with suppress(Problem):
                    await _write_down(state, request.scope, action, "failed")
            raise
        await _write_down(state, request.scope, action, "done")
        return response

    return handle


def origin_of(state: State, scope: Scope) -> Origin:
    """Where a request came from, for the log."""
    return Origin(source_text(client_address(state, scope)), request_id(scope))


async def _write_down(state: State, scope: Scope, what: str, outcome: str) -> None:
    """Appends what a request changed to the audit log. Raises the Problem 503 when that can't be done."""
    target = scope.get("blacklist.target") or next(iter(scope.get("path_params", {}).values()), "")
    entry = event(scope["blacklist.caller"], what, str(target), origin_of(state, scope), outcome)
    try:
        await with_keys(state, lambda store: store.log(entry))
    except Problem:
        state.metrics.audit_failures += 1
        _log.critical("a change could not be written down: %s of %s by %s", what, target, entry.who)
        detail = "The change may be in force, but the audit log could not be written. Send it again."
        raise Problem(503, "audit-unavailable", "Audit log unavailable", detail, {"retry-after": "5"}) from None
    state.metrics.audit_entries += 1

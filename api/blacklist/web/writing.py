"""Writing to the store from a request: off the event loop, bounded in time, and visible before the answer is sent."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from time import time
from typing import TypeVar

import orjson
from starlette.requests import Request

from blacklist.core.overlay import Edit
from blacklist.errors import Conflict, StoreError
from blacklist.store.interface import Once, Store
from blacklist.web.errors import Problem
from blacklist.web.state import State

DEADLINE = 1.0  # seconds until a store that does not answer is called away
_STEP = 0.005
T = TypeVar("T")


async def with_store(state: State, work: Callable[[Store], T]) -> T:
    """What the work returns, done in a thread on a store of its own. Raises the Problem 503 when the store is away."""

    def run() -> T:
        with state.pools.store.lent() as store:
            return work(store)

    try:
        return await asyncio.wait_for(asyncio.to_thread(run), DEADLINE)
    except (StoreError, TimeoutError):
        detail = "The store does not answer. Send a change again, with one Idempotency-Key so that it happens once."
        raise Problem(503, "store-unavailable", "Store unavailable", detail, {"retry-after": "5"}) from None


async def apply_edits(state: State, request: Request, asked: object, edits: Sequence[Edit]) -> int | None:
    """Applies edits; the generation from which they hold, once lookups here show it. None when nothing changed.

    A request with an Idempotency-Key happens once, however often it is sent within a day; `asked` is what tells it
    from another request of that key.
    """
    once = _once(request, asked)
    try:
        generation = await with_store(state, lambda store: store.edit(edits, at=int(time()), once=once))
    except Conflict as conflict:
        raise Problem(422, "key-reused", "Key reused", f"{conflict}.") from None
    if generation is not None:
        state.importer.publish()
        await _shown(state, generation)
    return generation


def _once(request: Request, asked: object) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 200:
        raise Problem(400, "invalid-key", "Invalid key", "An Idempotency-Key has 1 to 200 characters.")
    request_text = orjson.dumps([request.method, request.url.path, asked])
    return Once(f"{request.scope['blacklist.caller']}:{key}", hashlib.sha256(request_text).hexdigest())


async def _shown(state: State, generation: int) -> None:
    """Waits until lookups of this process show a generation, a second at most."""
    for _ in range(int(DEADLINE / _STEP)):
        if state.answers is None or state.answers.index.generation >= generation:
            return
        await asyncio.sleep(_STEP)

"""Attempts to log in: refused from memory after failures here, and by a shared store after failures at any server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from blacklist.access import throttle
from blacklist.access.throttle import Source
from blacklist.errors import StoreError
from blacklist.store.opening import open_attempts
from blacklist.store.sharing import Attempts, Rules
from blacklist.web.errors import Problem
from blacklist.web.state import State

DEADLINE = 1.0  # seconds until a store that does not answer is called away
RULES = Rules(
    throttle.FREE,
    throttle.FREE_OF_NETWORK,
    throttle.FIRST_DELAY,
    throttle.LONGEST_DELAY,
    throttle.FORGOTTEN,
    throttle.BUDGET,
    throttle.REFILL,
    throttle.KNOWN_FOR,
)
_T = TypeVar("_T")


async def begin_attempt(state: State, account: str, source: Source) -> tuple[float, bool]:
    """Starts an attempt; the seconds to wait when it may not be started, and whether the pair logged in lately.

    Raises the Problem 503 when a shared store is away: nobody logs in then, so that nobody tries without being counted.
    """
    now = monotonic()
    wait, known = state.throttle.begin(account, source, now), state.throttle.knows(account, source, now)
    if wait > 0 or not state.settings.shared:
        return wait, known
    try:
        wait, known_elsewhere = await _shared(state, lambda shared: shared.begin(account, _network(source)))
    except (StoreError, TimeoutError):
        state.throttle.not_counted(account, source)
        detail = "The store of keys and operators does not answer: this can be neither accepted nor refused. Try again."
        raise Problem(503, "store-unavailable", "Store unavailable", detail, {"retry-after": "5"}) from None
    if wait > 0:
        state.throttle.not_counted(account, source)
    return wait, known or known_elsewhere


async def attempt_succeeded(state: State, account: str, source: Source) -> None:
    """The attempt was right."""
    state.throttle.succeeded(account, source, monotonic())
    if state.settings.shared:
        with suppress(StoreError, TimeoutError):  # the failure that is counted instead is forgotten with the rest
            await _shared(state, lambda shared: shared.succeeded(account, _network(source)))


async def attempt_not_counted(state: State, account: str, source: Source) -> None:
    """The attempt came to no decision, for a reason that is not the caller's."""
    state.throttle.not_counted(account, source)
    if state.settings.shared:
        with suppress(StoreError, TimeoutError):
            await _shared(state, lambda shared: shared.not_counted(account, _network(source)))


async def _shared(state: State, work: Callable[[Attempts], _T]) -> _T:
    def run() -> _T:
        attempts = open_attempts(state.settings, RULES, wait=DEADLINE / 2)
        try:
            return work(attempts)
        finally:
            attempts.close()

    return await asyncio.wait_for(asyncio.to_thread(run), DEADLINE)


def _network(source: Source) -> str:
    found = throttle.network_of(source)
    return "-" if found is None else f"{found[0]}-{found[1]}"

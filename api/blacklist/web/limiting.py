"""Rate limits on requests: who pays, what a request costs, and the header fields that tell it.

Who sends a valid key pays from the key's quota; everybody else from that of the client's address, so that a stranger
behind the same address can shut out nobody who has a key. The fields are those of the Internet-Draft
draft-ietf-httpapi-ratelimit-headers-11: `RateLimit-Policy: "key";q=100;w=60`, `RateLimit: "key";r=99;t=1`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from math import ceil

from starlette.types import Scope

from blacklist.access.limits import ROUNDING, Limiter
from blacklist.web.client import client_address, peer_address
from blacklist.web.errors import Problem
from blacklist.web.state import State

Fields = list[tuple[bytes, bytes]]
COSTS: Mapping[str, int] = {  # by route; all others cost 1, and a batch also one for each address after the first
    "/api/v1/lists/{list}": 100,
    "/api/blacklist/active": 100,
    "/api/fortigate": 100,
    "/api/v1/listings": 10,
    "/api/v1/changes": 10,
    "/api/v1/stats": 10,
    "/api/stats": 10,
    "/authz": 0,  # nginx knows 200 and 403: any other answer is a 500 to its clients
}
REFUSED = 10  # what a refused key costs its client's address
_PAYER, RATE_FIELDS = "blacklist.payer", "blacklist.rate_fields"
_SITE = 64  # bits of an IPv6 address that are one customer's


def spend(state: State, scope: Scope, caller: str, cost: int, now: float) -> Fields:
    """Takes the cost of a request; the header fields for its answer. Raises the Problem 429 when it can't be had.

    `caller` is the id of the valid key, empty without one. `now` is of `time.perf_counter`.
    """
    if caller:
        limiter = state.limits.key
        payer: Hashable = caller
    else:
        limiter = state.limits.address
        payer = _site(state, scope)
    if limiter is None or not cost:
        return []
    scope[_PAYER] = limiter, payer
    return _take(state, limiter, payer, cost, now)


def spend_more(state: State, scope: Scope, cost: int, now: float) -> None:
    """Takes what a request turned out to cost beyond its beginning. Raises the Problem 429 when it can't be had.

    The header fields are then in the scope.
    """
    if cost > 0 and _PAYER in scope:
        limiter, payer = scope[_PAYER]
        scope[RATE_FIELDS] = _take(state, limiter, payer, cost, now)


def penalise(state: State, scope: Scope, refusal: Problem, now: float) -> Problem:
    """What to answer to a refused key: the refusal, or 429 once its address has spent its quota on refusals."""
    limiter = state.limits.address
    if limiter is None:
        return refusal
    try:
        _take(state, limiter, _site(state, scope), REFUSED, now)
    except Problem as limited:
        return limited
    return refusal


def _take(state: State, limiter: Limiter, payer: Hashable, cost: int, now: float) -> Fields:
    owed = limiter.take(payer, cost, now)
    units, seconds = limiter.quota
    policy, begins = _constant(limiter)
    if owed <= seconds + ROUNDING:
        left = int((seconds - owed) * units / seconds + ROUNDING)
        return [(b"ratelimit-policy", policy), (b"ratelimit", b"%b%d;t=%d" % (begins, left, ceil(owed)))]
    state.metrics.rate_limited[limiter.name] += 1
    wait = max(ceil(owed - seconds), 1)
    left = max(int((seconds - owed) * units / seconds + min(cost, units) + ROUNDING), 0)
    detail = (
        f"The quota of this {limiter.name} is {units} in {seconds} s; this costs {min(cost, units)}, {left} are left."
        f" Come again in {wait} s."
    )
    fields = {"ratelimit-policy": policy.decode(), "ratelimit": f"{begins.decode()}{left};t={wait}"}
    raise Problem(429, "rate-limited", "Rate limited", detail, {"retry-after": str(wait)} | fields)


def _site(state: State, scope: Scope) -> Hashable:
    """Who an address stands for: itself, or the /64 of an IPv6 address; the proxy, if it names none."""
    address = client_address(state, scope) or peer_address(scope)
    return address if address is None or address[0] == 4 else (6, address[1] >> _SITE)


@lru_cache(8)
def _constant(limiter: Limiter) -> tuple[bytes, bytes]:
    units, seconds = limiter.quota
    return f'"{limiter.name}";q={units};w={seconds}'.encode(), f'"{limiter.name}";r='.encode()

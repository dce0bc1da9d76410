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

from blacklist.access.limits import Limiter
from blacklist.settings import Quota
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
_PAYER = "blacklist.payer"
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
    wait = limiter.take(payer, cost, now)
    if wait:
        raise _too_many(state, limiter, payer, wait, now)
    return _fields(limiter, payer, now)


def spend_more(state: State, scope: Scope, cost: int, now: float) -> None:
    """Takes what a request turned out to cost beyond its beginning. Raises the Problem 429 when it can't be had."""
    if cost > 0 and _PAYER in scope:
        limiter, payer = scope[_PAYER]
        wait = limiter.take(payer, cost, now)
        if wait:
            raise _too_many(state, limiter, payer, wait, now)


def penalise(state: State, scope: Scope, refusal: Problem, now: float) -> Problem:
    """What to answer to a refused key: the refusal, or 429 once its address has spent its quota on refusals."""
    limiter = state.limits.address
    if limiter is None:
        return refusal
    payer = _site(state, scope)
    wait = limiter.take(payer, REFUSED, now)
    return _too_many(state, limiter, payer, wait, now) if wait else refusal


def rate_fields(scope: Scope, now: float) -> Fields:
    """The header fields for the answer to a request that paid; none when none was asked to."""
    if _PAYER not in scope:
        return []
    limiter, payer = scope[_PAYER]
    return _fields(limiter, payer, now)


def _site(state: State, scope: Scope) -> Hashable:
    """Who an address stands for: itself, or the /64 of an IPv6 address; the proxy, if it names none."""
    address = client_address(state, scope) or peer_address(scope)
    return address if address is None or address[0] == 4 else (6, address[1] >> _SITE)


def _fields(limiter: Limiter, payer: Hashable, now: float) -> Fields:
    left, seconds = limiter.left(payer, now)
    policy, begins = _constant(limiter.name, limiter.quota)
    return [(b"ratelimit-policy", policy), (b"ratelimit", begins + b"%d;t=%d" % (left, seconds))]


@lru_cache
def _constant(name: str, quota: Quota) -> tuple[bytes, bytes]:
    return f'"{name}";q={quota.units};w={quota.seconds}'.encode(), f'"{name}";r='.encode()


def _too_many(state: State, limiter: Limiter, payer: Hashable, wait: float, now: float) -> Problem:
    state.metrics.rate_limited[limiter.name] += 1
    seconds = max(ceil(wait), 1)
    fields = {name.decode(): value.decode() for name, value in _fields(limiter, payer, now)}
    quota = limiter.quota
    detail = (
        f"The quota of this {limiter.name} is {quota.units} in {quota.seconds} s, one for each address looked up."
        f" Come again in {seconds} s."
    )
    return Problem(429, "rate-limited", "Rate limited", detail, {"retry-after": str(seconds)} | fields)

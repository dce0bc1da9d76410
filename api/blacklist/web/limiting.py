"""Rate limits on requests: who pays, what a request costs, and the header fields that tell it.

Who sends a valid key pays from the key's quota; everybody else from that of the client's address, so that a stranger
behind the same address can shut out nobody who has a key. The fields are those of the Internet-Draft
draft-ietf-httpapi-ratelimit-headers-11: `RateLimit-Policy: "key";q=100;w=60`, `RateLimit: "key";r=99;t=1`.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from math import ceil
from time import time
from typing import Any, NamedTuple

from starlette.types import Scope

from blacklist.access.limits import ROUNDING, Limiter
from blacklist.access.proxies import Address
from blacklist.core.indicator import format_address
from blacklist.web.client import client_address, peer_address
from blacklist.web.errors import Problem
from blacklist.web.state import State

Fields = list[tuple[bytes, bytes]]


class Price(NamedTuple):
    """What a request costs. A brief answer tells nothing while more than half of the quota is left: two header fields
    are a tenth of what a lookup costs.
    """

    units: int
    brief: bool = False


_ONE = Price(1)
_PRICES = {  # of routes; all others cost 1, and a batch also one for each address after the first
    "/api/v1/lists/{list}": Price(100),
    "/api/blacklist/active": Price(100),
    "/api/fortigate": Price(100),
    "/api/v1/listings": Price(10),
    "/api/v1/changes": Price(10),
    "/api/v1/stats": Price(10),
    "/api/stats": Price(10),
    "/api/v1/lookup/{address}": Price(1, brief=True),
    "/authz": Price(0),  # nginx knows 200 and 403: any other answer is a 500 to its clients
}
REFUSED = 10  # what a refused key costs its client's address
_PAYER, RATE_FIELDS = "blacklist.payer", "blacklist.rate_fields"
_SITE = 64  # bits of an IPv6 address that are one customer's


def price(route: str) -> Price:
    """What requests of a route cost."""
    return _PRICES.get(route, _ONE)


def spend(state: State, scope: Scope, caller: str, asked: Price, now: float) -> Fields:
    """Takes the price of a request; the header fields for its answer. Raises the Problem 429 when it can't be had.

    `caller` is the id of the valid key, empty without one. `now` is of `time.perf_counter`.
    """
    cost, brief = asked
    if caller:
        limiter = state.limits.key
        payer: str | Address | None = caller
    else:
        limiter = state.limits.address
        payer = _site(state, scope)
    if limiter is None or not cost:
        return []
    owed = limiter.take(payer, cost, now)
    if brief and owed + owed < limiter.quota.seconds:
        return []
    scope[_PAYER] = limiter, payer
    return _told(state, limiter, payer, cost, owed)


def spend_more(state: State, scope: Scope, cost: int, now: float) -> None:
    """Takes what a request turned out to cost beyond its beginning. Raises the Problem 429 when it can't be had.

    The header fields are then in the scope.
    """
    if cost > 0 and _PAYER in scope:
        limiter, payer = scope[_PAYER]
        scope[RATE_FIELDS] = _told(state, limiter, payer, cost, limiter.take(payer, cost, now))


def penalise(state: State, scope: Scope, refusal: Problem, now: float) -> Problem:
    """What to answer to a refused key: the refusal, or 429 once its address has spent its quota on refusals."""
    limiter = state.limits.address
    if limiter is None:
        return refusal
    payer = _site(state, scope)
    try:
        _told(state, limiter, payer, REFUSED, limiter.take(payer, REFUSED, now))
    except Problem as limited:
        return limited
    return refusal


def _told(state: State, limiter: Limiter, payer: str | Address | None, cost: int, owed: float) -> Fields:
    """The header fields after something was taken; raises the Problem 429 when it was not, because too much is owed."""
    units, seconds = limiter.quota
    policy, begins = _constant(limiter)
    if owed <= seconds + ROUNDING:
        left = int((seconds - owed) * units / seconds + ROUNDING)
        return [(b"ratelimit-policy", policy), (b"ratelimit", b"%b%d;t=%d" % (begins, left, ceil(owed)))]
    state.metrics.rate_limited[limiter.name] += 1
    state.limits.refusals.add(limiter.name, payer, time())
    wait = max(ceil(owed - seconds), 1)
    left = max(int((seconds - owed) * units / seconds + min(cost, units) + ROUNDING), 0)
    detail = (
        f"The quota of this {limiter.name} is {units} in {seconds} s; this costs {min(cost, units)}, {left} are left."
        f" Come again in {wait} s."
    )
    fields = {"ratelimit-policy": policy.decode(), "ratelimit": f"{begins.decode()}{left};t={wait}"}
    raise Problem(429, "rate-limited", "Rate limited", detail, {"retry-after": str(wait)} | fields)


def limited_clients(state: State, now: float, most: int) -> list[dict[str, Any]]:
    """Who was refused lately for want of quota: the id of a key, `user:NAME`, or an address or network, by their quota.

    Their age is that of the last refusal. It names addresses: nobody but operators may see it.
    """
    return [
        {
            "quota": one.quota,
            "client": one.caller if isinstance(one.caller, str) else _site_name(one.caller),
            "count": one.times,
            "age_seconds": max(0, int(now - one.last)),
        }
        for one in state.limits.refusals.top(most, now)
    ]


def _site(state: State, scope: Scope) -> Address | None:
    """Who an address stands for: itself, or the /64 of an IPv6 address; the proxy, if it names none."""
    address = client_address(state, scope) or peer_address(scope)
    return address if address is None or address[0] == 4 else (6, address[1] >> _SITE << _SITE)


def _site_name(site: Hashable) -> str:
    if not isinstance(site, tuple):
        return "unknown"
    version, value = site
    return format_address(version, value) + (f"/{_SITE}" if version == 6 else "")


@lru_cache(8)
def _constant(limiter: Limiter) -> tuple[bytes, bytes]:
    units, seconds = limiter.quota
    return f'"{limiter.name}";q={units};w={seconds}'.encode(), f'"{limiter.name}";r='.encode()

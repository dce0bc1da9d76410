"""Whose request it is: the one place where a request's client is looked up, and remembered in its scope."""

from __future__ import annotations

from functools import lru_cache

from starlette.types import Scope

from blacklist.access.proxies import Address
from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.web.state import State

_CLIENT = "blacklist.client"


def client_address(state: State, scope: Scope) -> Address | None:
    """The version and value of the client's address, as the trusted proxies tell it; None when nobody knows it."""
    if not state.proxies.networks:
        return peer_address(scope)
    if _CLIENT not in scope:
        scope[_CLIENT] = state.proxies.client(peer_address(scope), scope["headers"])
    known: Address | None = scope[_CLIENT]
    return known


def peer_address(scope: Scope) -> Address | None:
    """The version and value of the address that connected; None when the server does not know it."""
    client = scope.get("client")
    return _parsed(client[0]) if client else None


@lru_cache(1024)
def _parsed(host: str) -> Address | None:
    try:
        return parse_address(host)
    except IndicatorError:  # a Unix socket, or a scoped link-local address
        return None

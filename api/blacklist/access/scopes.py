"""Scopes: what a key may be used for. Every route asks for one, or for none."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    """One kind of use."""

    LOOKUP = "lookup"
    LISTS = "lists"
    LISTINGS_READ = "listings:read"
    LISTINGS_WRITE = "listings:write"
    FEEDS_ADMIN = "feeds:admin"
    KEYS_ADMIN = "keys:admin"
    DASHBOARD = "dashboard"
    METRICS = "metrics"


def parse_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names. Raises ValueError that lists the ones there are."""
    try:
        scopes = frozenset(map(Scope, names))
    except ValueError as error:
        raise ValueError(f"{error}; there are: {', '.join(Scope)}") from None
    if not scopes:
        raise ValueError(f"name at least one scope; there are: {', '.join(Scope)}")
    return scopes

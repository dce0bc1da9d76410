"""No key gets published: neither a configured one nor one that was sent, whole or cut short, plain or quoted."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus

import httpx

from statuspress.core.evidence import Evidence, Gap

_ENOUGH = 12  # characters of a longer key that give it away; `github_pat_` and `eyJhbGciOi` do not yet


class Sent:
    """The keys that went out with requests of the clients it watches, wherever they were read from."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    async def watch(self, request: httpx.Request) -> None:
        """Notes the key of a request; an event hook of httpx."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if key:
            self.keys.add(key)
        if scheme.lower() == "basic":
            try:
                self.keys.add(base64.b64decode(key).decode().partition(":")[2])
            except (binascii.Error, UnicodeDecodeError):
                return


def without_secrets(items: Mapping[str, Evidence | Gap], keys: Iterable[str]) -> Mapping[str, Evidence | Gap]:
    """The items, with gaps whose sentences hold no key, and a gap for each figure that would have held one."""
    pattern = _pattern(keys)
    if pattern is None:
        return items
    safe: dict[str, Evidence | Gap] = {}
    for name, item in items.items():
        if isinstance(item, Gap):
            safe[name] = replace(item, reason=pattern.sub("…", item.reason), remedy=pattern.sub("…", item.remedy))
        elif pattern.search(f"{item.value}\n{item.unit}\n{item.query}\n{item.link}"):
            reason = "The answer repeated the key that was sent, so it is not published."
            safe[name] = Gap(name, item.label, item.source, reason, item.collected_at, "Replace that key.")
        else:
            safe[name] = item
    return safe


def _pattern(keys: Iterable[str]) -> re.Pattern[str] | None:
    """What finds a key as it is, quoted for an address, or in base 64; and the start of one that was cut off."""
    forms: set[str] = set()
    for key in keys:
        forms |= {key, quote(key, safe=""), quote_plus(key), repr(key)[1:-1], json.dumps(key)[1:-1]}
        if len(key) >= _ENOUGH:  # of a short one it would be any few letters
            forms.add(base64.b64encode(key.encode()).decode().rstrip("="))
    forms.discard("")
    if not forms:
        return None
    return re.compile("|".join(map(_start_or_whole, sorted(forms, key=len, reverse=True))))


def _start_or_whole(form: str) -> str:
    rest = r"[\w.~+/=%-]*" if len(form) > _ENOUGH else ""
    return re.escape(form[:_ENOUGH]) + rest

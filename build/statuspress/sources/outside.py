"""The service's address for people outside, asked once, without a key."""

from __future__ import annotations

from statuspress.checks.diagnosis import Outside
from statuspress.sources.fetch import fetch, make_client
from statuspress.sources.interface import Unavailable

_TIMEOUT = 10.0  # seconds


async def look_from_outside(url: str) -> Outside:
    """What `/health` answers there: that needs no key."""
    address = f"{url}/health"
    async with make_client() as client:
        try:
            answer = await fetch(client, address, timeout=_TIMEOUT)
        except Unavailable as why:
            return Outside(address, None, why.reason, why.remedy)
    return Outside(address, answer.status)

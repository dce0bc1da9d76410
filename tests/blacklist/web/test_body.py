"""Bodies that do not come, or come too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.requests import Request

from blacklist.web.body import LIMIT, read_body
from blacklist.web.errors import Problem


async def reading(pieces: list[bytes], pause: float, patience: float) -> bytes:
    """What comes of a body in pieces, with a pause before each; the last one is never said to be the last."""
    left = list(pieces)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": left.pop(0) if left else b"", "more_body": True}

    return await read_body(Request({"type": "http", "method": "POST", "headers": []}, receive), patience)


def test_a_body_that_drips_is_a_408_after_a_while() -> None:
    with pytest.raises(Problem) as caught:
        asyncio.run(reading([b"x"] * 1000, pause=0.01, patience=0.1))
    assert (caught.value.status, caught.value.headers) == (408, {"connection": "close"})


def test_a_body_that_never_ends_is_a_413_once_it_is_too_large() -> None:
    with pytest.raises(Problem) as caught:
        asyncio.run(reading([b"x" * 65536] * 100, pause=0.0, patience=5))
    assert caught.value.status == 413
    assert str(LIMIT) in caught.value.detail

"""Request bodies: bounded, and JSON that is checked member by member."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from blacklist.web.errors import Problem

LIMIT = 1 << 20  # bytes: 10,000 of the longest addresses with quotes and commas take half of it

PATIENCE = 20.0  # seconds: half a megabit a second is enough for the largest


async def read_body(request: Request, patience: float = PATIENCE, limit: int = LIMIT) -> bytes:
    """The whole body. Raises the Problem 413 when it is too large, 408 when it does not come."""
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    detail = f"The body is larger than {limit} bytes."
                    raise Problem(413, "body-too-large", "Body too large", detail, {"connection": "close"})
    except TimeoutError:
        detail = f"The body took longer than {patience:g} s."
        raise Problem(408, "body-too-slow", "Body too slow", detail, {"connection": "close"}) from None
    return bytes(body)


def media_type(request: Request) -> str:
    """What the request says its body is, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_json(body: bytes) -> Any:
    """The value of a JSON body. Raises the Problem 400 when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "invalid-json", "Not JSON", f"The body is not JSON: {error}.") from None


async def read_object(request: Request, members: Mapping[str, str], limit: int = LIMIT) -> dict[str, Any]:
    """The JSON object of a body that has some of these members and no other; `members` says what each must be."""
    if media_type(request) != "application/json":
        raise Problem(415, "unsupported-media-type", "Unsupported media type", "Send application/json.")
    value = parse_json(await read_body(request, limit=limit))
    known = "; ".join(f"{name}: {rule}" for name, rule in members.items())
    if not isinstance(value, dict):
        raise invalid(f"It must be an object of {known}.")
    for name in value:
        if name not in members:
            raise invalid(f"There is no member {name!r}; there are {known}.")
    return value


def invalid(detail: str) -> Problem:
    """The Problem 422 of a body that is JSON, but not what is asked for."""
    return Problem(422, "invalid-body", "Invalid body", detail)

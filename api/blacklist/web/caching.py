"""What a caller has already is not sent again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response


def known_already(request: Request, tag: str) -> Response | None:
    """The 304 for a caller who has that ETag, or None."""
    asked = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers={"etag": tag, "cache-control": "no-cache"})
    return None

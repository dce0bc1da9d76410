"""`/static/{name}`: the style sheet and the scripts of the pages. They say nothing that a key would have to guard."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.caching import known_already
from blacklist.web.errors import Problem
from blacklist.web.state import State

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


async def static(_state: State, request: Request) -> Response:
    """`GET /static/{name}`."""
    name = request.path_params["name"]
    if name not in _names():
        raise Problem(404, "not-found", "Not Found", f"There is no file {name[:80]!r}.")
    body, tag = _file(name)
    headers = {"etag": tag, "cache-control": "no-cache", "content-type": _TYPES[Path(name).suffix]}
    return known_already(request, tag) or Response(body, headers=headers)


@cache
def page(name: str) -> str:
    """The text of one of our pages, which are not served by name."""
    return (FOLDER / name).read_text()


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES)


@cache
def _file(name: str) -> tuple[bytes, str]:
    body = (FOLDER / name).read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'

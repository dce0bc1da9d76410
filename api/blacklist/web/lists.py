"""Lists for firewalls: rendered once a generation, shared by all callers, never an empty 200."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from blacklist.core.selection import list_names
from blacklist.errors import BlacklistError
from blacklist.web.errors import Problem, not_ready
from blacklist.web.state import State

_MEDIA_TYPES = {"txt": "text/plain; charset=utf-8"}
_log = logging.getLogger(__name__)


async def get_list(state: State, request: Request) -> Response:
    """`GET /api/v1/lists/{list}.{format}`."""
    answers = state.answers
    if answers is None:
        raise not_ready()
    name, _, suffix = request.path_params["file"].rpartition(".")
    if suffix not in _MEDIA_TYPES:
        formats = ", ".join(_MEDIA_TYPES)
        raise Problem(404, "unknown-format", "Unknown format", f"There is no format {suffix!r}; there are: {formats}.")
    names = list_names(answers.index.snapshot)
    if name not in names:
        detail = f"There is no list {name!r}; there are: {', '.join(sorted(names))}."
        raise Problem(404, "unknown-list", "Unknown list", detail)
    try:
        rendered = await state.lists.get(answers.index.generation, name, suffix)
    except BlacklistError as error:
        _log.error("%s", error)
        detail = "The list could not be rendered; the log of the service says why."
        raise Problem(503, "not-rendered", "Not rendered", detail, {"retry-after": "10"}) from None
    if rendered.entries == 0:
        detail = f"The list {name!r} is empty. It is not sent, because some firewalls then let everything through."
        raise Problem(404, "empty-list", "Empty list", detail)
    compiled = datetime.fromtimestamp(answers.index.snapshot.head.compiled_at, UTC)
    headers = {
        "etag": f'"{rendered.digest}"',
        "last-modified": format_datetime(compiled, usegmt=True),
        "cache-control": "private, max-age=60, stale-if-error=86400",
        "x-generation": str(rendered.generation),
        "x-entry-count": str(rendered.entries),
    }
    if headers["etag"] in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    return FileResponse(rendered.path, headers=headers, media_type=_MEDIA_TYPES[suffix])


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}

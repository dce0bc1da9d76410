"""Lists for firewalls: rendered once a generation, shared by all callers, never an empty 200."""

from __future__ import annotations

import asyncio
import logging
from email.utils import formatdate, parsedate_to_datetime
from time import time

from starlette.requests import Request
from starlette.responses import Response

from blacklist.core.selection import Criteria
from blacklist.core.snapshot import Snapshot
from blacklist.errors import BlacklistError
from blacklist.lists.cache import Busy, Rendered, TooLarge, Wanted
from blacklist.lists.devices import DEVICES
from blacklist.lists.options import QueryError, UnknownError, arguments_of
from blacklist.lists.paths import packed_path
from blacklist.store.pulls import Pull, Taken
from blacklist.web.errors import Problem, not_ready
from blacklist.web.sending import send_file
from blacklist.web.state import State
from blacklist.web.verdicts import Answers

_log = logging.getLogger(__name__)


async def get_list(state: State, request: Request) -> Response:
    """`GET /api/v1/lists/{list}.{format}`."""
    answers = _ready(state)
    name, _, suffix = request.path_params["file"].rpartition(".")
    return await _answer(state, answers, request, name, suffix)


async def get_plain_list(state: State, request: Request) -> Response:
    """`GET /api/blacklist/active`, `GET /api/fortigate`: the list `all` as plain text, at the addresses it once had."""
    return await _answer(state, _ready(state), request, "all", "txt")


def _ready(state: State) -> Answers:
    if state.answers is None:
        raise not_ready()
    return state.answers


async def _answer(state: State, answers: Answers, request: Request, name: str, suffix: str) -> Response:
    try:
        device, asked = _device(request.query_params.multi_items())
        criteria, media_type = await asyncio.to_thread(_read, answers.index.snapshot, name, suffix, asked)
    except UnknownError as error:
        raise Problem(404, f"unknown-{error.kind}", f"Unknown {error.kind}", _sentence(error)) from None
    except QueryError as error:
        raise Problem(400, "invalid-parameter", "Invalid parameter", _sentence(error)) from None
    wanted = Wanted(answers.index.snapshot.head.generation, criteria, suffix)
    rendered = await _rendered(state, wanted)
    if rendered.entries == 0:
        raise _empty(criteria, suffix, rendered)
    packed = _accepts_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "etag": f'"{rendered.digest}{"-gzip" if packed else ""}"',
        "last-modified": formatdate(rendered.compiled_at, usegmt=True),
        "cache-control": "private, max-age=60, stale-if-error=86400",
        "vary": "accept-encoding",
        "x-generation": str(rendered.generation),
        "x-entry-count": str(rendered.entries),
        "x-omitted-count": str(rendered.omitted),
    }
    unchanged = _unchanged(request, rendered)
    if request.method == "GET":
        taken, now = _taken(request, wanted), int(time())
        pull = Pull(taken, device, rendered.generation, rendered.entries, sent=not unchanged, first_at=now, at=now)
        state.pulls.add(pull)
    if unchanged:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["content-encoding"] = "gzip"
    path = packed_path(rendered.path) if packed else rendered.path
    try:
        return send_file(path, {**headers, "content-type": media_type})
    except OSError as error:
        _log.error("%s: %s", path, error.strerror)
        raise _not_rendered() from None


def _read(snapshot: Snapshot, name: str, suffix: str, asked: list[tuple[str, str]]) -> tuple[Criteria, str]:
    """The criteria and the media type. The formats are imported by the first list that is asked for, in a thread."""
    from blacklist.lists.query import find_format, read_query  # noqa: PLC0415

    return read_query(snapshot, name, suffix, asked, also=("device",)), find_format(suffix).media_type


async def _rendered(state: State, wanted: Wanted) -> Rendered:
    try:
        return await state.lists.get(wanted)
    except TooLarge as error:
        file = f"{wanted.criteria.name}.{wanted.suffix}"
        remedy = f"Ask for fewer with `max_entries`, or use `blacklist export {file} FILE`, which has no limit."
        detail = f"The list {file} is not rendered here: {error}. {remedy}"
        raise Problem(422, "list-too-large", "List too large", detail) from None
    except Busy as error:
        raise Problem(503, "busy", "Busy", _sentence(error), {"retry-after": "10"}) from None
    except BlacklistError as error:
        _log.error("%s", error)
        raise _not_rendered() from None


def _device(asked: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """The device that is named, or none, and the other parameters. Raises QueryError."""
    devices = [value for parameter, value in asked if parameter == "device"]
    if len(devices) > 1:
        raise QueryError("the parameter device is given twice")
    if devices and devices[0] not in DEVICES:
        raise QueryError(f"device={devices[0]!r}: there is no such device; there are: {', '.join(DEVICES)}")
    return "".join(devices), [pair for pair in asked if pair[0] != "device"]


def _taken(request: Request, wanted: Wanted) -> Taken:
    """Who takes what: by the id of the key, or the address where none is needed."""
    consumer = request.scope.get("blacklist.caller") or (request.client.host if request.client else "")
    query = " ".join(option.removeprefix("--") for option in arguments_of(wanted.criteria))
    return Taken(consumer, f"{wanted.criteria.name}.{wanted.suffix}", query)


def _not_rendered() -> Problem:
    detail = "The list could not be rendered; the log of the service says why."
    return Problem(503, "not-rendered", "Not rendered", detail, {"retry-after": "10"})


def _empty(criteria: Criteria, suffix: str, rendered: Rendered) -> Problem:
    what = f"The list {criteria.name!r} is empty"
    if criteria != Criteria(criteria.name):
        what = f"Nothing in the list {criteria.name!r} meets the query"
    if rendered.omitted:
        what = f"The format {suffix} can hold none of the {rendered.omitted} entries of the list {criteria.name!r}"
    detail = f"{what}. It is not sent, because some firewalls then let everything through."
    return Problem(404, "empty-list", "Empty list", detail)


def _unchanged(request: Request, rendered: Rendered) -> bool:
    """Whether the caller has it already. A tag decides alone where there is one (RFC 9110, 13.2.2)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/").strip('"').removesuffix("-gzip") for tag in tags.split(",")}
        return rendered.digest in known or "*" in known
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return since.timestamp() >= rendered.compiled_at
    except (ValueError, OverflowError):
        return False


def _accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header names gzip, or anything, without a weight of 0 (RFC 9110, 12.5.3)."""
    wanted = {}
    for part in header.lower().replace(" ", "").split(","):
        coding, _, weight = part.partition(";q=")
        wanted[coding] = not weight or weight.strip("0.") != ""
    return wanted.get("gzip", wanted.get("*", False))


def _sentence(error: Exception) -> str:
    text = str(error)
    starts = text if "=" in text.partition(" ")[0] else f"{text[:1].upper()}{text[1:]}"  # a parameter keeps its name
    return f"{starts}."

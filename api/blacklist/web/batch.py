"""The batch lookup: up to 10,000 addresses in one call."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from time import perf_counter, time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.body import invalid, media_type, parse_json, read_body
from blacklist.web.bulk import Bulk
from blacklist.web.errors import Problem, not_ready
from blacklist.web.limiting import spend_more
from blacklist.web.parameters import read_parameters
from blacklist.web.state import State
from blacklist.web.verdicts import Answers

LIMIT = 10_000  # addresses
_CSV_LISTING = ("indicator", "feed", "category", "confidence", "reason", "country")
_CSV_TIMES = ("first_seen", "last_seen", "expires_at")
CSV_COLUMNS = ("address", "listed", *_CSV_LISTING, *_CSV_TIMES, "allowlisted", "error")

Renderer = Callable[[Answers, Bulk, Sequence[str]], Awaitable[Response]]


async def batch(state: State, request: Request) -> Response:
    """`POST /api/v1/lookup`: verdicts in the order asked; a bad address is an error on its line."""
    answers = state.answers
    if answers is None:
        raise not_ready()
    only_listed = bool(read_parameters(request, {"only": _only}))
    render = _negotiate(request.headers.get("accept", ""))
    texts = _addresses(media_type(request), await read_body(request))
    if len(texts) > LIMIT:
        detail = f"{len(texts)} addresses: send {LIMIT} at most in one call."
        raise Problem(413, "too-many-addresses", "Too many addresses", detail)
    spend_more(state, request.scope, len(texts) - 1, perf_counter())
    return await render(answers, Bulk(answers, state.metrics, time(), only_listed=only_listed), texts)


def _only(text: str) -> str:
    if text != "listed":
        raise ValueError("it can only be `listed`")
    return text


async def _json(answers: Answers, bulk: Bulk, texts: Sequence[str]) -> Response:
    members = "".join([piece async for piece in bulk.joined(texts, "},{")])
    results = f"[{{{members}}}]" if members else "[]"
    body = f'{{"generation":{answers.index.generation},"as_of":"{answers.as_of}","results":{results}}}'
    return _response(answers, body, "application/json")


async def _ndjson(answers: Answers, bulk: Bulk, texts: Sequence[str]) -> Response:
    members = "".join([piece async for piece in bulk.joined(texts, "}\n{")])
    return _response(answers, f"{{{members}}}\n" if members else "", "application/x-ndjson")


async def _csv(answers: Answers, bulk: Bulk, texts: Sequence[str]) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, restval="")
    writer.writeheader()
    async for piece in bulk.joined(texts, "}\n{"):
        for line in piece.removeprefix("}\n{").split("}\n{"):
            writer.writerows(_rows(orjson.loads(f"{{{line}}}")))
    return _response(answers, text.getvalue(), "text/csv; charset=utf-8")


def _rows(verdict: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    allowed = verdict.get("allowlisted") or {}
    row = {
        "address": _plain(verdict["address"]),
        "listed": str(verdict["listed"]).lower() if "listed" in verdict else "",
        "allowlisted": allowed.get("indicator", ""),
        "error": verdict.get("error", ""),
    }
    for listing in verdict.get("listings") or [{}]:
        yield row | {name: _plain(value) for name, value in listing.items()}


def _plain(value: object) -> str:
    """The text of a cell; one that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _response(answers: Answers, body: str, content_type: str) -> Response:
    headers = {"cache-control": "no-store", "x-generation": str(answers.index.generation), "x-as-of": answers.as_of}
    return Response(body, 200, headers, content_type)


_RENDERERS: dict[str, Renderer] = {
    "application/json": _json,
    "application/x-ndjson": _ndjson,
    "application/ndjson": _ndjson,
    "text/csv": _csv,
    "application/*": _json,
    "*/*": _json,
}


def _negotiate(accept: str) -> Renderer:
    for part in accept.split(",") if accept else ["*/*"]:
        accepted = part.partition(";")[0].strip().lower()
        if accepted in _RENDERERS:
            return _RENDERERS[accepted]
    detail = "Ask for application/json, application/x-ndjson or text/csv."
    raise Problem(406, "not-acceptable", "Not acceptable", detail)


def _addresses(content_type: str, body: bytes) -> Sequence[str]:
    if content_type == "application/json":
        value = parse_json(body)
        texts = value.get("addresses") if isinstance(value, dict) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            detail = 'The body must be {"addresses": ["192.0.2.1", …]}, all of them strings.'
            raise invalid(detail)
        return texts
    if content_type == "text/plain":
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Problem(400, "invalid-text", "Not UTF-8", f"The body is not UTF-8: {error}.") from None
        return [line for line in text.replace("\r\n", "\n").split("\n") if line]
    detail = "Send application/json or text/plain, one address a line."
    raise Problem(415, "unsupported-media-type", "Unsupported media type", detail)

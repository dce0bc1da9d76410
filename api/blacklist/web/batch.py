"""The batch lookup: up to 10,000 addresses in one call, worked off in slices so that other requests get their turn."""

from __future__ import annotations

import csv
import io
from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from time import perf_counter, time

import orjson
from starlette.requests import Request
from starlette.responses import Response

from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.web.body import media_type, parse_json, read_body
from blacklist.web.errors import Problem, not_ready
from blacklist.web.lookup import outcome
from blacklist.web.parameters import read_parameters
from blacklist.web.state import State
from blacklist.web.verdicts import Answers

LIMIT = 10_000  # addresses
_SLICE = 0.0015  # seconds: the loop is held for 2 ms at most
_CSV_LISTING = ("indicator", "feed", "category", "confidence", "reason", "country")
_CSV_TIMES = ("first_seen", "last_seen", "expires_at")
CSV_COLUMNS = ("address", "listed", *_CSV_LISTING, *_CSV_TIMES, "allowlisted", "error")

Result = tuple[str, bytes]  # an address as it was sent, and the members of its JSON object


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
    return await render(answers, _results(state, answers, texts, only_listed=only_listed))


def _only(text: str) -> str:
    if text != "listed":
        raise ValueError("it can only be `listed`")
    return text


async def _results(state: State, answers: Answers, texts: Iterable[str], *, only_listed: bool) -> AsyncIterator[Result]:
    counts = state.metrics.lookups
    now = time()
    deadline = perf_counter() + _SLICE
    for text in texts:
        try:
            version, value = parse_address(text)
        except IndicatorError as error:
            counts["invalid"] += 1
            if not only_listed:
                yield text, orjson.dumps({"address": text, "error": str(error)})[1:-1]
            continue
        verdict = answers.index.lookup(version, value, now)
        counts[outcome(verdict.listed, allowed=verdict.allowed is not None)] += 1
        if verdict.listed or not only_listed:
            yield text, answers.members(verdict)
        if perf_counter() > deadline:
            await sleep(0)
            deadline = perf_counter() + _SLICE


async def _json(answers: Answers, results: AsyncIterator[Result]) -> Response:
    objects = b",".join([b"{%b}" % members async for _, members in results])
    head = f'{{"generation":{answers.index.generation},"as_of":"{answers.as_of}","results":['.encode()
    return _response(answers, head + objects + b"]}", "application/json")


async def _ndjson(answers: Answers, results: AsyncIterator[Result]) -> Response:
    return _response(answers, b"".join([b"{%b}\n" % members async for _, members in results]), "application/x-ndjson")


async def _csv(answers: Answers, results: AsyncIterator[Result]) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, restval="")
    writer.writeheader()
    async for _, members in results:
        verdict = orjson.loads(b"{%b}" % members)
        allowed = verdict.get("allowlisted") or {}
        row = {
            "address": _plain(verdict["address"]),
            "listed": str(verdict["listed"]).lower() if "listed" in verdict else "",
            "allowlisted": allowed.get("indicator", ""),
            "error": verdict.get("error", ""),
        }
        for listing in verdict.get("listings") or [{}]:
            writer.writerow(row | {name: _plain(value) for name, value in listing.items()})
    return _response(answers, text.getvalue().encode(), "text/csv; charset=utf-8")


def _plain(value: object) -> str:
    """The text of a cell; one that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _response(answers: Answers, body: bytes, content_type: str) -> Response:
    headers = {"cache-control": "no-store", "x-generation": str(answers.index.generation), "x-as-of": answers.as_of}
    return Response(body, 200, headers, content_type)


_RENDERERS: dict[str, Callable[[Answers, AsyncIterator[Result]], Awaitable[Response]]] = {
    "application/json": _json,
    "application/x-ndjson": _ndjson,
    "application/ndjson": _ndjson,
    "text/csv": _csv,
    "application/*": _json,
    "*/*": _json,
}


def _negotiate(accept: str) -> Callable[[Answers, AsyncIterator[Result]], Awaitable[Response]]:
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
            raise Problem(400, "invalid-body", "Not a list of addresses", detail)
        return texts
    if content_type == "text/plain":
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Problem(400, "invalid-text", "Not UTF-8", f"The body is not UTF-8: {error}.") from None
        return [line for line in text.replace("\r\n", "\n").split("\n") if line]
    detail = "Send application/json or text/plain, one address a line."
    raise Problem(415, "unsupported-media-type", "Unsupported media type", detail)

"""Problems: every error answer is RFC 9457 `application/problem+json` with a stable type, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from blacklist.web.tracing import request_id

TYPE = "urn:blacklist:problem:"
ROUTE = "blacklist.route"  # in the scope of a request: its template, which names no address
_log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An error answer: `slug` ends the stable type, `detail` says what is wrong and what to do."""

    def __init__(
        self, status: int, slug: str, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.slug, self.title, self.detail = status, slug, title, detail
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        """The JSON of the problem."""
        return orjson.dumps(
            {"type": TYPE + self.slug, "title": self.title, "status": self.status, "detail": self.detail}
        )

    def response(self) -> Response:
        """The answer."""
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", **self.headers}
        return Response(self.body(), self.status, headers, "application/problem+json")


def not_ready() -> Problem:
    """Nothing is loaded yet: the caller's policy decides, never an empty answer that looks like a verdict."""
    detail = "No snapshot is loaded yet. Import feeds with `blacklist import`, or wait for the importer."
    return Problem(503, "not-ready", "Not ready", detail, {"retry-after": "5"})


async def on_problem(_: Request, problem: Problem) -> Response:
    """Starlette's handler for Problem."""
    return problem.response()


async def on_http_exception(request: Request, error: HTTPException) -> Response:
    """Starlette's handler for its own 404 and 405."""
    title = HTTPStatus(error.status_code).phrase
    details: dict[int, str] = {
        404: f"There is nothing at {request.url.path}: /docs shows what there is.",
        405: f"{request.method} is not a method of {request.url.path}.",
    }
    detail = details.get(error.status_code, title)
    headers = {**(error.headers or {}), "x-request-id": request_id(request.scope)}
    return Problem(error.status_code, title.lower().replace(" ", "-"), title, detail, headers).response()


async def on_failure(request: Request, error: Exception) -> Response:
    """Starlette's handler for what nobody expected: the log has it, the caller does not."""
    _log.error("%s %s failed", request.method, request.scope.get(ROUTE, "of no route"), exc_info=error)
    return Problem(
        500, "internal-error", "Internal error", "The service failed to answer; its log says why."
    ).response()


HANDLERS: Mapping[Any, Any] = {Problem: on_problem, HTTPException: on_http_exception, Exception: on_failure}

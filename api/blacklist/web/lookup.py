"""The single lookup: an ASGI endpoint that touches no store, no lock and no thread."""

from __future__ import annotations

from time import perf_counter, time

from starlette.types import Receive, Scope, Send

from blacklist.access.scopes import Scope as AccessScope
from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.web.access_log import due, write_line
from blacklist.web.credentials import Access, authorise
from blacklist.web.endpoint import Door, admit, answer_to
from blacklist.web.errors import ROUTE, Problem, not_ready
from blacklist.web.limiting import price
from blacklist.web.state import State
from blacklist.web.tracing import echo

PREFIX = "/api/v1/lookup/"
TEMPLATE = PREFIX + "{address}"
_DOOR = Door(AccessScope.LOOKUP, price(TEMPLATE), authorise)
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class Lookup:
    """`GET /api/v1/lookup/{address}`: 200 with the verdict for every valid address, 400 for anything else."""

    scope: Access = AccessScope.LOOKUP

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        state = self._state
        status = 200
        try:
            fields = admit(state, scope, _DOOR, started)
            body = self.answer(scope["path"][len(PREFIX) :])
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            scope[ROUTE] = TEMPLATE
            response = await answer_to(scope, error)
            status = response.status_code
            await response(scope, receive, send)
        else:
            headers = [*_HEADERS, (b"content-length", b"%d" % len(body)), *echo(scope)]
            if fields:
                headers += fields
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        seconds = perf_counter() - started
        state.metrics.request(TEMPLATE, scope["method"], status, seconds)
        if due(state):
            write_line(state, scope, TEMPLATE, status, seconds)

    def answer(self, text: str) -> bytes:
        """The JSON of the verdict on that address, counted. Raises Problem when it is none, or nothing is loaded."""
        state = self._state
        answers = state.answers
        if answers is None:
            raise not_ready()
        try:
            version, value = parse_address(text)
        except IndicatorError as error:
            state.metrics.lookups["invalid"] += 1
            raise Problem(400, "invalid-address", "Not an address", f"{error}.") from None
        verdict = answers.index.lookup(version, value, time())
        metrics = state.metrics
        if verdict.allowed is not None:
            metrics.lookups["allowlisted"] += 1
        elif verdict.matches:
            metrics.lookups["listed"] += 1
            metrics.asked.add(version, value)
        else:
            metrics.lookups["unlisted"] += 1
        return f"{{{answers.members(verdict)}{answers.tail}".encode()


def outcome(listed: bool, *, allowed: bool) -> str:
    """The label that a verdict is counted under."""
    return "allowlisted" if allowed else "listed" if listed else "unlisted"

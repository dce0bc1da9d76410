"""An endpoint: a handler with the scope it asks for and the route template that its metrics are counted under."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import NamedTuple, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from blacklist.access.proxies import within
from blacklist.access.scopes import Scope as AccessScope
from blacklist.logs import REQUEST
from blacklist.web.access_log import log_request
from blacklist.web.auditing import written_down
from blacklist.web.client import client_address
from blacklist.web.credentials import Access, Authorise, Wanted, authorise
from blacklist.web.errors import ROUTE, Problem, on_failure, on_http_exception
from blacklist.web.limiting import RATE_FIELDS, Fields, Price, penalise, price, spend
from blacklist.web.state import State
from blacklist.web.tracing import request_id

Handler = Callable[[State, Request], Awaitable[Response]]


class Door(NamedTuple):
    """What a route asks of whoever wants in: a scope, a price, and how the scope is checked."""

    wanted: Wanted
    price: Price
    check: Authorise


class Guarded(Protocol):
    """What answers a route, and what it asks of a key."""

    scope: Access


class Endpoint:
    """An ASGI application for one route: checks the key, calls the handler, counts the request.

    Another `check` than `authorise` may know more credentials than those of the headers.
    """

    def __init__(
        self,
        state: State,
        template: str,
        scope: Access,
        handler: Handler,
        check: Authorise | None = None,
    ) -> None:
        self.state, self.template, self.scope = state, template, scope
        self._handler = written_down(template, handler)
        self._door = None if scope is None else Door(scope, price(template), check or authorise)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        request = Request(scope, receive)
        scope[ROUTE] = self.template
        REQUEST.set(request_id(scope))
        try:
            if self._door is not None:
                scope[RATE_FIELDS] = admit(self.state, scope, self._door, started)
            response = await self._handler(self.state, request)
        except ClientDisconnect:  # it went before its request was whole, and nobody waits for an answer
            self._done(scope, 499, started)
            return
        except Exception as error:  # noqa: BLE001 - the last place that can answer: the log has it, the caller does not
            response = await answer_to(scope, error)
        response.headers.setdefault("x-content-type-options", "nosniff")
        for name, value in scope.get(RATE_FIELDS, ()):
            response.headers.setdefault(name.decode(), value.decode())
        response.headers.setdefault("x-request-id", request_id(scope))
        self._done(scope, response.status_code, started)
        await response(scope, receive, send)

    def _done(self, scope: Scope, status: int, started: float) -> None:
        seconds = perf_counter() - started
        self.state.metrics.request(self.template, scope["method"], status, seconds)
        log_request(self.state, scope, self.template, status, seconds)


async def answer_to(scope: Scope, error: Exception) -> Response:
    """The answer to a request of which this came."""
    if isinstance(error, Problem):
        response = error.response()
    elif isinstance(error, HTTPException):
        response = await on_http_exception(Request(scope), error)
    else:
        response = await on_failure(Request(scope), error)
    response.headers.setdefault("x-request-id", request_id(scope))
    return response


def legacy_route(state: State, path: str, scope: AccessScope, handler: Handler) -> Route:
    """A path of the service before this one. Callers from BLACKLIST_LEGACY_NETWORKS need no key for it."""

    def check(state: State, scope: Scope, wanted: Wanted) -> str:
        opened = within(client_address(state, scope), state.settings.legacy_networks)
        return authorise(state, scope, wanted, opened=opened)

    return Route(path, Endpoint(state, path.replace(":path", ""), scope, handler, check), methods=["GET"])


def route(state: State, path: str, template: str, scope: Access, handler: Handler, *methods: str) -> Route:
    """One row of the table of routes. `template` is the path as metrics show it; `scope` of None asks for no key."""
    return Route(path, Endpoint(state, template, scope, handler), methods=list(methods or ("GET",)))


def caller_scopes(state: State, scope: Scope) -> frozenset[str]:
    """All that the caller of an authorised request may do."""
    of_token: frozenset[str] | None = scope.get("blacklist.scopes")
    return state.keyring.scopes(scope["blacklist.caller"]) if of_token is None else of_token


def admit(state: State, scope: Scope, door: Door, now: float) -> Fields:
    """Checks the key and takes the price: the header fields for the answer. Raises the Problem that refuses it.

    From then on `blacklist.caller` in the scope is the id of the key, empty where none was needed.
    """
    wanted, asked, check = door
    try:
        caller = check(state, scope, wanted)
    except Problem as refusal:
        raise penalise(state, scope, refusal, now) if refusal.status == 401 and asked.units else refusal from None
    scope["blacklist.caller"] = caller
    return spend(state, scope, caller, asked, now)

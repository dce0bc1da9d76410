"""`/authz`: forward authentication, for nginx's `auth_request`, Traefik's ForwardAuth and Envoy's ext_authz.

They ask before they let a request through, with the client's address in a header. The status is the answer, whatever
the method, and whatever follows the path (Envoy appends that of the request). No quota is taken: a proxy turns any
answer that it does not know into an error of its own.
"""

from __future__ import annotations

import logging
from time import perf_counter, time

from starlette.types import Receive, Scope, Send

from blacklist.access.proxies import Address, within
from blacklist.access.scopes import Scope as AccessScope
from blacklist.web.access_log import log_request
from blacklist.web.client import client_address, peer_address
from blacklist.web.credentials import Access, authorise
from blacklist.web.endpoint import Door, admit, answer_to
from blacklist.web.errors import ROUTE, Problem, not_ready
from blacklist.web.limiting import price
from blacklist.web.lookup import outcome
from blacklist.web.state import State
from blacklist.web.tracing import echo

PATH = "/authz"
_DOOR = Door(AccessScope.LOOKUP, price(PATH), authorise)
_ALLOWED = [(b"content-length", b"0"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_log = logging.getLogger(__name__)


class Authz:
    """200 for a client that is not listed, 403 for one that is, 503 when that can't be told."""

    scope: Access = AccessScope.LOOKUP

    def __init__(self, state: State) -> None:
        self._state = state
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        state = self._state
        status = 200
        try:
            admit(state, scope, _DOOR, started)
            self._judge(self._client(scope))
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            scope[ROUTE] = PATH
            response = await answer_to(scope, error)
            status = response.status_code
            await response(scope, receive, send)
        else:
            headers = [*_ALLOWED, *echo(scope)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body"})
        seconds = perf_counter() - started
        state.metrics.request(PATH, scope["method"], status, seconds)
        log_request(state, scope, PATH, status, seconds)

    def _judge(self, client: Address) -> None:
        answers = self._state.answers
        if answers is None:
            raise not_ready()
        verdict = answers.index.lookup(*client, time())
        listed = verdict.allowed is None and bool(verdict.matches)
        self._state.metrics.lookups[outcome(listed, allowed=verdict.allowed is not None)] += 1
        if listed:
            raise Problem(403, "listed", "Listed", "Requests from this address are not let through.")

    def _client(self, scope: Scope) -> Address:
        state, peer = self._state, peer_address(scope)
        named = bool(state.proxies.named(scope["headers"]))
        trusted = within(peer, state.proxies.networks)
        client = client_address(state, scope)
        if client is None or (trusted and not named):
            detail = "The proxy is trusted, but sends no address of its client that can be read."
            raise Problem(503, "no-client-address", "No client address", detail)
        if named and not trusted and not self._warned:
            self._warned = True
            _log.warning("/authz was asked by a proxy that BLACKLIST_TRUSTED_PROXIES does not name: it is the client")
        return client

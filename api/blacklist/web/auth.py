"""Operators' logins: a password for a pair of tokens, a refresh token for the next pair, and the end of both."""

from __future__ import annotations

from asyncio import to_thread
from math import ceil
from time import perf_counter, time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from blacklist.access.accounts import end_session, open_session, renew_session
from blacklist.access.audit import event
from blacklist.access.passwords import LONGEST, verify_password
from blacklist.access.tokens import ACCESS_LIFE, Claims, Kind, Pair
from blacklist.access.turns import Full
from blacklist.store.accounts import Renewal, UserRecord
from blacklist.web.attempts import attempt_not_counted, attempt_succeeded, begin_attempt
from blacklist.web.auditing import change_keys, origin_of, with_keys
from blacklist.web.body import invalid, read_object
from blacklist.web.client import client_address
from blacklist.web.errors import Problem
from blacklist.web.limiting import RATE_FIELDS, Price, spend
from blacklist.web.state import State

_NO_STORE = {"cache-control": "no-store"}
COST = 100  # of an address's quota: as much as a list
_LIMIT = 16 * 1024  # bytes of a body: who sends it is nobody yet
_SCHEME = "Bearer"
_BEARER = f'{_SCHEME} realm="blacklist"'
_LOGIN = {"username": "an operator's name", "password": f"a text of at most {LONGEST} bytes"}
_RENEWING, _EITHER = "the refresh token of a login or a renewal", "an access token or a refresh token"
_REFRESH = {"refresh_token": _RENEWING}
_REVOKE = {"token": _EITHER}


async def post_token(state: State, request: Request) -> Response:
    """`POST /api/v1/auth/token`: a login."""
    _pay(state, request)
    asked = await read_object(request, _LOGIN, _LIMIT)
    name, password = _text(asked, "username", _LOGIN), _text(asked, "password", _LOGIN)
    return _answer(await login(state, request.scope, name, password))


async def post_refresh(state: State, request: Request) -> Response:
    """`POST /api/v1/auth/refresh`: the next pair, once."""
    _pay(state, request)
    asked = await read_object(request, _REFRESH, _LIMIT)
    return _answer(await renew(state, request.scope, _text(asked, "refresh_token", _REFRESH)))


async def post_revoke(state: State, request: Request) -> Response:
    """`POST /api/v1/auth/revoke`: ends a login, and all tokens that came of it. A token that is none is ended too."""
    _pay(state, request)
    asked = await read_object(request, _REVOKE, _LIMIT)
    await end(state, request.scope, _text(asked, "token", _REVOKE))
    return Response(status_code=204, headers=_NO_STORE)


async def login(state: State, scope: Scope, name: str, password: str) -> Pair:
    """The first pair of an operator.

    Raises the Problem 401, the same and as late whatever is wrong; 429 after failures; 503 when too many log in at
    once, or the store is away.
    """
    source, logins = client_address(state, scope), state.metrics.logins
    try:
        wait, known = await begin_attempt(state, name, source)
    except Problem:
        logins["unavailable"] += 1
        raise
    if wait > 0:
        logins["throttled"] += 1
        detail = "Too many logins failed. Wait, then try again."
        raise Problem(429, "too-many-logins", "Too many logins", detail, {"retry-after": str(ceil(wait))})
    try:
        user = await with_keys(state, lambda store: store.user(name))
        right = await state.turns.run(
            lambda: verify_password(password, None if user is None else user.password),
            known=known,
        )
        pair = await _decided(state, scope, user, right=right)
    except Full:
        logins["busy"] += 1
        await attempt_not_counted(state, name, source)
        detail = "Too many log in at once. Try again."
        raise Problem(503, "busy", "Busy", detail, {"retry-after": "1"}) from None
    except Problem:
        logins["unavailable"] += 1
        await attempt_not_counted(state, name, source)
        raise
    state.metrics.audit_entries += 1
    if pair is None:
        logins["refused"] += 1
        detail = "The name or the password is wrong."
        raise Problem(401, "login-refused", "Login refused", detail, {"www-authenticate": _BEARER})
    await attempt_succeeded(state, name, source)
    logins["done"] += 1
    return pair


async def renew(state: State, scope: Scope, token: str) -> Pair:
    """The next pair of a session. Raises the Problem 401 for a token that is none, or was used before."""
    now, origin = int(time()), origin_of(state, scope)
    pair: Pair | Renewal = Renewal.REFUSED
    if await _is_ours(state, token, Kind.REFRESH):
        pair = await change_keys(state, lambda store: renew_session(store, token.encode(), now, origin))
    if isinstance(pair, Renewal):
        if pair is Renewal.REUSED:
            state.metrics.logins["reused"] += 1
            state.metrics.audit_entries += 1
        state.metrics.auth_failures["refresh_token"] += 1
        detail = "The refresh token was refused. Log in again."
        challenge = {"www-authenticate": f'{_BEARER}, error="invalid_token"'}
        raise Problem(401, "unauthorised", "Unauthorised", detail, challenge)
    state.metrics.logins["renewed"] += 1
    return pair


async def end(state: State, scope: Scope, token: str) -> None:
    """Ends the session of a token of either kind; nothing when it has none."""
    if not await _is_ours(state, token, *Kind):
        return
    now, origin = int(time()), origin_of(state, scope)
    ended = await change_keys(state, lambda store: end_session(store, token.encode(), now, origin))
    state.metrics.audit_entries += ended


async def _is_ours(state: State, token: str, *kinds: Kind) -> bool:
    """Whether it is a good token of such a kind, by what is known here: a flood of bad ones never reaches the store."""
    if not state.keys_known:
        detail = "The signing keys could not be read yet, so this token can be neither accepted nor refused."
        raise Problem(503, "keys-unavailable", "Keys unavailable", detail, {"retry-after": "5"})
    tokens, presented, now = state.tokens, token.encode(), time()

    def check() -> bool:
        return any(isinstance(tokens.check(presented, kind, now=now), Claims) for kind in kinds)

    return await to_thread(check)


async def _decided(state: State, scope: Scope, user: UserRecord | None, *, right: bool) -> Pair | None:
    """The pair when all was right. Either way the login is written down.

    A name that is nobody's is not: it might be a password.
    """
    now, origin = int(time()), origin_of(state, scope)
    target = "unknown" if user is None else user.name
    refused = event("unknown", "login", target, origin, "refused")
    if user is not None and user.disabled_at is None and right:
        done, found = event(f"user:{user.name}", "login", target, origin), user
        pair = await change_keys(state, lambda store: open_session(store, found, done, now))
        if pair is not None:
            return pair
    await with_keys(state, lambda store: store.log(refused))
    return None


def _pay(state: State, request: Request) -> None:
    """Takes what this costs from the quota of the client's address. Raises the Problem 429 when it is spent."""
    request.scope[RATE_FIELDS] = spend(state, request.scope, "", Price(COST), perf_counter())


def _text(asked: dict[str, Any], name: str, rules: dict[str, str]) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value or len(value.encode()) > 4 * LONGEST:
        raise invalid(f"{name} must be {rules[name]}.")
    return value


def _answer(pair: Pair) -> Response:
    body = {
        "token_type": _SCHEME,
        "access_token": pair.access,
        "expires_in": ACCESS_LIFE,
        "refresh_token": pair.refresh,
        "refresh_expires_in": max(0, pair.claims.expires_at - int(time())),
        "user": pair.claims.user,
        "scopes": sorted(pair.claims.scopes),
    }
    return Response(orjson.dumps(body), headers=_NO_STORE, media_type="application/json")

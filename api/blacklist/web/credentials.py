"""Who asks: keys, operators' tokens, and callers that need neither; and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import Final, Literal

from starlette.types import Scope

from blacklist.access.keys import Refusal, presented_key
from blacklist.access.proxies import within
from blacklist.access.scopes import Scope as AccessScope
from blacklist.access.tokens import Claims, Kind, TokenRefusal
from blacklist.store.interface import KeyRecord
from blacklist.web.client import client_address
from blacklist.web.errors import Problem
from blacklist.web.state import State

ANY_KEY: Final = "any valid key"
Wanted = AccessScope | Literal["any valid key"]
"""What is asked of a key: a scope, or only that it is valid."""
Access = Wanted | None
"""The same of a route; None asks for no key."""
Authorise = Callable[[State, Scope, Wanted], str]
_BEARER = 'Bearer realm="blacklist"'
_REFUSED = {
    Refusal.MALFORMED: "is mistyped, or no key of this service",
    Refusal.UNKNOWN: "is not known",
    Refusal.REVOKED: "was revoked",
    Refusal.EXPIRED: "has expired",
    Refusal.NETWORK: "may not be used from this address",
}
_BASIC = 'Basic realm="blacklist"'
_LOOKUP, _METRICS = AccessScope.LOOKUP, AccessScope.METRICS  # to look them up in their class takes longer
_NETWORK = Refusal.NETWORK
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN = b"eyJ"  # `{"` in base64url, as every JWT begins


def authorise(state: State, scope: Scope, wanted: Wanted, *, opened: bool = False) -> str:
    """Who asks: the id of the request's key, or `user:NAME` of an operator's access token.

    Empty where none is needed (`opened`, or by a setting) and no valid one was sent. Raises the Problem that refuses it
    for its scope.
    """
    authorization = api_key = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value
        elif name == b"x-api-key":
            api_key = value
    if authorization is None:
        presented = api_key
    elif authorization[:7] == b"Bearer ":
        presented = authorization[7:]
    else:
        presented = presented_key(authorization, api_key)
        _not_foreign(scope, wanted)
    if presented is None or not state.keys_known:
        return _unknown(state, scope, wanted, opened=opened, missing=presented is None)
    now = int(time())
    record = state.keyring.authenticate(presented, now=now, source=None)
    if record is _NETWORK:  # so it is bound to some, and the client's address is worth looking for
        record = state.keyring.authenticate(presented, now=now, source=client_address(state, scope))
    if isinstance(record, KeyRecord):
        if wanted in record.scopes or wanted == ANY_KEY or opened or _opened(state, scope, wanted):
            state.keys_used[record.id] = now
            return record.id
        raise _missing_scope(state, wanted)
    token = presented if presented[:3] == _TOKEN and _is_bearer(authorization) else None
    if opened or _opened(state, scope, wanted):
        return _operator(state, scope, token)
    if token is not None:
        return authorise_token(state, scope, token, wanted)
    raise _refused_key(state, record, wanted)


def _refused_key(state: State, record: Refusal, wanted: Wanted) -> Problem:
    """Why a key is refused; one that may have been made since the store went away is not."""
    if record is Refusal.UNKNOWN and state.lag.is_behind("keys"):
        return _unread()
    detail = f"The API key was refused: it {_REFUSED[record]}."
    return _refused(state, record.value, detail, _challenges(wanted, f'{_BEARER}, error="invalid_token"'))


def _unread() -> Problem:
    detail = "The keys can't be read just now, so this one can be neither accepted nor refused."
    return Problem(503, "keys-unavailable", "Keys unavailable", detail, {"retry-after": "5"})


def _opened(state: State, scope: Scope, wanted: Wanted) -> bool:
    """Whether a setting lets this caller in without a key."""
    if wanted == _LOOKUP:
        return state.settings.public_lookup
    return wanted == _METRICS and within(client_address(state, scope), state.settings.metrics_networks)


def _unknown(state: State, scope: Scope, wanted: Wanted, *, opened: bool, missing: bool) -> str:
    """Lets in who needs no key. Raises the Problem that refuses a request without one, or before keys are known."""
    if opened or _opened(state, scope, wanted):
        return ""
    if missing:
        detail = "Send an API key: `Authorization: Bearer blk_…` or `X-Api-Key: blk_…`."
        raise _refused(state, "missing", detail, _challenges(wanted, _BEARER))
    raise _unread()


def _operator(state: State, scope: Scope, token: bytes | None) -> str:
    """`user:NAME` of an access token that is good, for whatever; else nobody."""
    claims = None if token is None else state.tokens.check(token, Kind.ACCESS, now=time())
    return _known(scope, claims) if isinstance(claims, Claims) else ""


def _challenges(wanted: Wanted, bearer: str) -> str:
    """A browser looks at the first one alone, and asks for a name and a password when that is Basic: for the two pages
    that people open by themselves, never for what a page asks for.
    """
    return f"{_BASIC}, {bearer}" if wanted == ANY_KEY else f"{bearer}, {_BASIC}"


def _is_bearer(authorization: bytes | None) -> bool:
    return authorization is not None and authorization[:7].lower() == b"bearer "


def _not_foreign(scope: Scope, wanted: Wanted) -> None:
    """Raises the Problem 403 for a change that another site's page asks for: a browser adds Basic by itself.

    Lookups change nothing, and /authz comes with header fields of the client that a proxy asks about.
    """
    if wanted == _LOOKUP or scope["method"] in _SAFE:
        return
    for name, value in scope["headers"]:
        if name == b"sec-fetch-site" and value not in {b"same-origin", b"none"}:
            detail = "A page of another site asked for this. Ask for it from one of this server, or by a program."
            raise Problem(403, "foreign-origin", "Foreign origin", detail)


def authorise_token(state: State, scope: Scope, token: bytes, wanted: Wanted) -> str:
    """`user:NAME` of an operator's access token. Raises the Problem that refuses it for its scope."""
    claims = state.tokens.check(token, Kind.ACCESS, now=time())
    if isinstance(claims, TokenRefusal):
        detail = f"The access token was refused: {claims.value}."
        raise _refused(state, f"token_{claims.value}", detail, f'{_BEARER}, error="invalid_token"')
    if wanted not in claims.scopes and wanted != ANY_KEY:
        raise _missing_scope(state, wanted)
    return _known(scope, claims)


def _known(scope: Scope, claims: Claims) -> str:
    scope["blacklist.scopes"] = claims.scopes
    return f"user:{claims.user}"


def _missing_scope(state: State, wanted: Wanted) -> Problem:
    state.metrics.auth_failures["scope"] += 1
    detail = f"This needs a key or a token with the scope `{wanted}`."
    challenge = {"www-authenticate": f'{_BEARER}, error="insufficient_scope", scope="{wanted}"'}
    return Problem(403, "missing-scope", "Missing scope", detail, challenge)


def _refused(state: State, reason: str, detail: str, challenge: str) -> Problem:
    """The challenge is RFC 6750's: without an error code when there was no key at all."""
    state.metrics.auth_failures[reason] += 1
    return Problem(401, "unauthorised", "Unauthorised", detail, {"www-authenticate": challenge})

"""Operators' tokens: JWT pairs, made and checked by RFC 8725.

One algorithm (HS256, 256 random bits), pinned; `kid` names one of at most two known keys; the header's `typ` and the
audience tell access tokens from refresh tokens; issuer, audience, subject, session, id and the three times must all be
there. PyJWT is imported when the first token is made or checked: a server's first answer must not wait for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, NamedTuple

from blacklist.store.accounts import SigningKey

ACCESS_LIFE = 900  # seconds
REFRESH_LIFE = 7 * 86_400
SESSION_LIFE = 30 * 86_400  # however often it is renewed
LEEWAY = 30
LONGEST = 2_048  # bytes: tokens made here have about 500
ISSUER = "blacklist"
_ALGORITHM = "HS256"
_REQUIRED = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid"]


class Kind(StrEnum):
    """The two tokens of a pair, by the `typ` of their header (RFC 9068 for the first)."""

    ACCESS = "at+jwt"
    REFRESH = "rt+jwt"


_AUDIENCE = {Kind.ACCESS: "blacklist", Kind.REFRESH: "blacklist:refresh"}


class TokenRefusal(StrEnum):
    """Why a token is refused. The last two are told to nobody but the holder of a true token."""

    INVALID = auto()
    EXPIRED = auto()
    REVOKED = auto()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says. `id` is its own, `session` its family's; `expires_at` is in Unix seconds."""

    user: str
    session: str
    id: str
    scopes: frozenset[str]
    expires_at: int


class Pair(NamedTuple):
    """Both tokens of a login or a renewal, and the claims of the refresh token."""

    access: str
    refresh: str
    claims: Claims


def new_signing_key(now: int) -> SigningKey:
    """A fresh key."""
    return SigningKey(secrets.token_hex(8), secrets.token_bytes(32), now)


def new_id() -> str:
    """The id of a session or a token: 128 random bits."""
    return secrets.token_urlsafe(16)


class Tokens:
    """The signing keys and the sessions that were ended lately. Immutable: a change of either is a new one of these."""

    __slots__ = ("_keys", "_revoked", "_signing")

    def __init__(self, keys: Sequence[SigningKey] = (), revoked: frozenset[str] = frozenset()) -> None:
        """The first key signs. `revoked` reaches back further than an access token lives."""
        self._keys = {key.id: key.secret for key in keys}
        self._signing = keys[0] if keys else None
        self._revoked = revoked

    @property
    def known(self) -> bool:
        """Whether there is a signing key: somebody has logged in."""
        return self._signing is not None

    def pair(self, claims: Claims, *, now: int) -> Pair:
        """An access token, and a refresh token of these claims. Raises LookupError without a signing key."""
        access = Claims(claims.user, claims.session, new_id(), claims.scopes, min(now + ACCESS_LIFE, claims.expires_at))
        return Pair(self._sign(Kind.ACCESS, access, now), self._sign(Kind.REFRESH, claims, now), claims)

    def check(self, token: bytes, kind: Kind, *, now: float) -> Claims | TokenRefusal:
        """What a token says, or why it is refused."""
        if len(token) > LONGEST or token.count(b".") != 2 or not self._keys:
            return TokenRefusal.INVALID
        import jwt  # noqa: PLC0415 - see above

        try:
            header = jwt.get_unverified_header(token)
            secret = self._keys.get(header.get("kid", ""))
            if secret is None or header.get("typ") != kind or set(header) != {"alg", "kid", "typ"}:
                return TokenRefusal.INVALID
            values = jwt.decode(
                token,
                secret,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=_AUDIENCE[kind],
                options={
                    "require": _REQUIRED,
                    "strict_aud": True,
                    "verify_exp": False,  # the times are checked below, with `now`
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            claims, issued, begins = _claims(values)
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            return TokenRefusal.INVALID
        if begins > now + LEEWAY or issued > now + LEEWAY:
            return TokenRefusal.INVALID
        if claims.expires_at <= now - LEEWAY:
            return TokenRefusal.EXPIRED
        if claims.session in self._revoked:
            return TokenRefusal.REVOKED
        return claims

    def _sign(self, kind: Kind, claims: Claims, now: int) -> str:
        if self._signing is None:
            raise LookupError("there is no signing key yet")
        import jwt  # noqa: PLC0415 - see above

        values = {
            "iss": ISSUER,
            "sub": claims.user,
            "aud": _AUDIENCE[kind],
            "exp": claims.expires_at,
            "nbf": now,
            "iat": now,
            "jti": claims.id,
            "sid": claims.session,
            "scope": " ".join(sorted(claims.scopes)),
        }
        return jwt.encode(values, self._signing.secret, _ALGORITHM, {"kid": self._signing.id, "typ": kind.value})


def _claims(values: dict[str, Any]) -> tuple[Claims, int, int]:
    """The claims, when it was issued and when it begins. Raises ValueError for one of another type."""
    texts = [values[name] for name in ("sub", "sid", "jti")]
    times = [values[name] for name in ("exp", "iat", "nbf")]
    scope = values.get("scope", "")
    if not all(type(text) is str for text in (*texts, scope)) or not all(type(time) is int for time in times):
        raise ValueError("a claim is of another type")
    return Claims(texts[0], texts[1], texts[2], frozenset(scope.split()), times[0]), times[1], times[2]

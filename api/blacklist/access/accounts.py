"""Operators' names, and sessions: opened by a login, renewed by a refresh token, ended by a revocation."""

from __future__ import annotations

import re

from blacklist.access.audit import Origin, event
from blacklist.access.tokens import (
    REFRESH_LIFE,
    SESSION_LIFE,
    Claims,
    Kind,
    Pair,
    TokenRefusal,
    Tokens,
    new_id,
    new_signing_key,
)
from blacklist.store.accounts import Renewal, Session, UserRecord
from blacklist.store.chain import Event
from blacklist.store.interface import Keys

NAME_RULE = "a-z, 0-9, dot, dash and underscore, 64 at most, a letter or digit first"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def check_name(name: str) -> str:
    """The name. Raises ValueError when no operator can be called so."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"an operator's name is of {NAME_RULE}")
    return name


def open_session(store: Keys, user: UserRecord, login: Event, now: int) -> Pair | None:
    """The first pair of a login that was right; None when the account changed meanwhile. One step with its entry."""
    claims = Claims(user.name, new_id(), new_id(), user.scopes, now + REFRESH_LIFE)
    session = Session(claims.session, user.name, claims.id, now, claims.expires_at)
    with store.transaction():
        if not store.open_session(session, user.password):
            return None
        if not store.signing_keys():
            store.rotate_signing_key(new_signing_key(now))
        store.append(login)
        return Tokens(store.signing_keys()).pair(claims, now=now)


def renew_session(store: Keys, token: bytes, now: int, origin: Origin) -> Pair | Renewal:
    """The next pair for a refresh token, which is good for one; or why there is none. A reuse is written down."""
    tokens = Tokens(store.signing_keys())
    asked = tokens.check(token, Kind.REFRESH, now=now)
    if isinstance(asked, TokenRefusal):
        return Renewal.REFUSED
    fresh, expires_at = new_id(), now + REFRESH_LIFE
    with store.transaction():
        user = store.user(asked.user)
        renewal, session = store.renew(asked.session, asked.id, fresh, at=now, expires_at=expires_at)
        if renewal is Renewal.REUSED:
            reuse = event(f"user:{asked.user}", "session.reuse", asked.session, origin)
            store.append(reuse)
    if renewal is not Renewal.RENEWED or user is None or session is None:
        return renewal
    expires_at = min(expires_at, session.created_at + SESSION_LIFE)
    return tokens.pair(Claims(user.name, session.id, fresh, user.scopes, expires_at), now=now)


def end_session(store: Keys, token: bytes, now: int, origin: Origin) -> bool:
    """Ends the session of either token of a pair; False when it is neither, or ended already."""
    tokens = Tokens(store.signing_keys())
    for kind in Kind:
        claims = tokens.check(token, kind, now=now)
        if isinstance(claims, Claims):
            ended = event(f"user:{claims.user}", "session.end", claims.session, origin)
            with store.transaction():
                if store.revoke_session(claims.session, now):
                    store.append(ended)
                    return True
    return False

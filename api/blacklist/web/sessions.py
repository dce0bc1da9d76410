"""Logins of browsers: a cookie names a session of this process, and the session knows the key that was typed.

The key is presented anew with each request, so that its revocation ends the session. Nothing is written anywhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

LASTS = 12 * 3600  # seconds
KEPT = 1_000
COOKIES = ("__Host-blacklist-session", "blacklist-session")
"""The name of the cookie, and on loopback without TLS, where a browser takes no Secure one."""


class Session(NamedTuple):
    """The key of a login, and when it ends, in Unix seconds."""

    key: bytes
    ends_at: float


class Sessions:
    """The sessions of this process. Of more than KEPT the oldest ends."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, key: bytes, now: float) -> str:
        """A new session; its name, which only the browser knows."""
        self._sessions = {name: one for name, one in self._sessions.items() if one.ends_at > now}
        if len(self._sessions) >= KEPT:
            del self._sessions[next(iter(self._sessions))]
        name = secrets.token_urlsafe(32)
        self._sessions[_digest(name)] = Session(key, now + LASTS)
        return name

    def key(self, cookies: Mapping[str, str], now: float) -> bytes | None:
        """The key of the session that these cookies name, or None."""
        for cookie in COOKIES:
            session = self._sessions.get(_digest(cookies.get(cookie, "")))
            if session is not None and session.ends_at > now:
                return session.key
        return None

    def close(self, cookies: Mapping[str, str]) -> None:
        """Ends the session that these cookies name."""
        for cookie in COOKIES:
            self._sessions.pop(_digest(cookies.get(cookie, "")), None)


def _digest(name: str) -> bytes:
    return sha256(name.encode()).digest()

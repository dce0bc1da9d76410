"""What stores keep of operators: their accounts, their sessions, and the keys that sign their tokens.

Times are Unix seconds, UTC. Every call that fails raises StoreError with the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Protocol

KEPT_SESSIONS = 20  # live ones of one operator: the oldest ends when there would be more
KEPT_REVOKED = 86_400  # seconds that an ended session is remembered; access tokens live far shorter


@dataclass(frozen=True, slots=True)
class UserRecord:
    """An operator. `password` is an argon2id hash with its parameters, never the password itself."""

    name: str
    password: str
    scopes: frozenset[str]
    created_at: int
    disabled_at: int | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs tokens: 32 random bytes. `retired_at` of None: new tokens are signed with it."""

    id: str
    secret: bytes
    created_at: int
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A login and all tokens that come of it: a family. `token` is the id of its one refresh token still good."""

    id: str
    user: str
    token: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None


class Renewal(StrEnum):
    """What came of a refresh token. `reused`: it was used before, and its family is revoked now."""

    RENEWED = auto()
    REUSED = auto()
    REFUSED = auto()


class AccountStore(Protocol):
    """Operators, beside the API keys."""

    def users(self) -> Sequence[UserRecord]:
        """Every operator, disabled ones included, by name."""

    def user(self, name: str) -> UserRecord | None:
        """One operator, or None."""

    def add_user(self, record: UserRecord) -> bool:
        """Stores a new operator; False when there is one of that name."""

    def set_password(self, name: str, password: str, at: int) -> bool:
        """Replaces a password's hash and ends the operator's sessions; False when there is no such operator."""

    def set_scopes(self, name: str, scopes: frozenset[str], at: int) -> bool:
        """Replaces what an operator may do and ends their sessions; False when there is no such operator."""

    def enable_user(self, name: str) -> bool:
        """Opens an operator's account again; False when there is no such operator."""

    def disable_user(self, name: str, at: int) -> bool:
        """Ends an operator's account and sessions; False when there is no such operator."""

    def open_session(self, session: Session, password: str) -> bool:
        """Stores a session; False when its operator was disabled or got another password meanwhile."""

    def renew(
        self, session: str, token: str, fresh: str, *, at: int, expires_at: int
    ) -> tuple[Renewal, Session | None]:
        """Replaces a session's refresh token, once: a token that was replaced before revokes the session."""

    def revoke_session(self, session: str, at: int) -> bool:
        """Ends a session; False when there is none that is live."""

    def revoked_sessions(self, since: int) -> frozenset[str]:
        """Ids of sessions that were revoked after that time."""

    def signing_keys(self) -> Sequence[SigningKey]:
        """The key that signs, first, and the one before it. Empty until `rotate_signing_key` was called once."""

    def rotate_signing_key(self, fresh: SigningKey) -> None:
        """Signs with a new key from now on; the one before stays known, and older ones are forgotten."""

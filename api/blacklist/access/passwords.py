"""Passwords: hashed by argon2id with 7 MiB, five passes, one lane; so that one login fits beside a serving process.

argon2-cffi is imported by the first use: a server's first answer must not wait for it. Each call takes some 20 ms of a
core and 7 MiB: servers make them one at a time, off the event loop.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1_024  # characters, bytes
MEMORY, PASSES, LANES = 7 * 1024, 5, 1  # KiB first


def hash_password(password: str) -> str:
    """The hash with its parameters and salt. Raises ValueError for a password that is too short or too long."""
    if len(password) < SHORTEST or len(password.encode()) > LONGEST:
        raise ValueError(f"a password has at least {SHORTEST} characters, and at most {LONGEST} bytes")
    return _hasher().hash(password)


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether that is the password. Without a hash it is not, which takes as long to find out."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - see above

    nobodys = _nobodys()  # made in either case, or the first unknown name would take twice as long
    try:
        _hasher().verify(nobodys if hashed is None else hashed, password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415 - see above

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY, parallelism=LANES)


@cache
def _nobodys() -> str:
    """The hash of bytes that nobody knows: what a password without an account is compared with."""
    return _hasher().hash(secrets.token_bytes(32))

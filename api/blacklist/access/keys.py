"""API keys: made, presented, and checked without a store.

A key is `blk_<id>_<secret><checksum>` in base62: 12, 32 and 6 characters. The secret carries 190 bits, so a plain
SHA-256 of the key is as good as a slow password hash and takes a microsecond. The checksum (CRC-32 of all before it)
tells a mistyped key from an unknown one, and lets secret scanners recognise a leaked one without asking anybody.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum, auto
from hashlib import sha256
from math import inf
from zlib import crc32

from blacklist.store.interface import KeyRecord

PREFIX = b"blk_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID, _SECRET, _CHECKSUM = 12, 32, 6
_ID_END = len(PREFIX) + _ID
_ID_PLACE = slice(len(PREFIX), _ID_END)
_LENGTH = _ID_END + 1 + _SECRET + _CHECKSUM


class Refusal(StrEnum):
    """Why a key is refused. The last three are told to nobody but the holder of a true key."""

    MALFORMED = auto()
    UNKNOWN = auto()
    REVOKED = auto()
    EXPIRED = auto()
    NETWORK = auto()


def new_key() -> tuple[str, str]:
    """A fresh key and its id. The key is shown to its owner once and stored nowhere."""
    id, secret = _random(_ID), _random(_SECRET)
    key = f"{PREFIX.decode()}{id}_{secret}"
    return key + _checksum(key.encode()), id


def successor(record: KeyRecord, now: int) -> tuple[str, KeyRecord]:
    """A fresh key with the name, scopes, networks and end of another, and its record."""
    key, id = new_key()
    return key, replace(record, id=id, digest=digest(key.encode()), created_at=now, revoked_at=None)


def digest(key: bytes) -> bytes:
    """What is stored of a key: its SHA-256, 32 bytes."""
    return sha256(key).digest()


def presented_key(authorization: bytes | None, api_key: bytes | None) -> bytes | None:
    """The key in a request's `Authorization` (Bearer, or Basic with the key as password) or `X-Api-Key` header.

    None when there is neither. A Basic user that is not the key's id makes the key malformed, as does anything that
    is not Basic at all.
    """
    if authorization is None:
        return api_key
    if authorization[:7] == b"Bearer ":
        return authorization[7:]
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return credentials
    if scheme.lower() != b"basic":
        return b""
    try:
        user, _, password = b64decode(credentials, validate=True).partition(b":")
    except binascii.Error:
        return b""
    return password if hmac.compare_digest(user, password[_ID_PLACE]) else b""


class Keyring:
    """The keys that a process knows. Immutable: a change of the keys is a new keyring."""

    __slots__ = ("_records",)

    def __init__(self, records: Sequence[KeyRecord] = ()) -> None:
        self._records = {record.id.encode(): (record.digest, _end(record), record) for record in records}

    def __len__(self) -> int:
        return len(self._records)

    def scopes(self, id: str) -> frozenset[str]:
        """The scopes of a key; none when it is not known."""
        found = self._records.get(id.encode())
        return frozenset() if found is None else found[2].scopes

    def authenticate(self, key: bytes, *, now: int, source: tuple[int, int] | None) -> KeyRecord | Refusal:
        """The record of a key, or why it is refused.

        `now` is in Unix seconds; `source` is the version and value of the address it came from, None when unknown.
        """
        found = self._records.get(key[_ID_PLACE])
        if found is None or not hmac.compare_digest(found[0], sha256(key).digest()):
            return Refusal.UNKNOWN if _well_formed(key) else Refusal.MALFORMED
        record = found[2]
        if found[1] <= now:
            return Refusal.REVOKED if record.revoked_at is not None and record.revoked_at <= now else Refusal.EXPIRED
        if record.networks and not _allowed_from(record, source):
            return Refusal.NETWORK
        return record


def _end(record: KeyRecord) -> float:
    return min((at for at in (record.revoked_at, record.expires_at) if at is not None), default=inf)


def _allowed_from(record: KeyRecord, source: tuple[int, int] | None) -> bool:
    if source is None:
        return False
    version, value = source
    return any(network.version == version and network.start <= value <= network.end for network in record.networks)


def _well_formed(key: bytes) -> bool:
    body, checksum = key[:-_CHECKSUM], key[-_CHECKSUM:]
    return len(key) == _LENGTH and key.startswith(PREFIX) and checksum == _checksum(body).encode()


def _checksum(body: bytes) -> str:
    value, digits = crc32(body), ""
    for _ in range(_CHECKSUM):
        value, digit = divmod(value, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(_DIGITS) for _ in range(length))

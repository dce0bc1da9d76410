"""What a server knows of a shared store besides the snapshot, kept beside it: a restart with the store away needs it.

One small file that only its owner can read, for it has the keys that sign tokens; written whole or not at all, and
checked when it is read. Its time says when the store last agreed to what is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from blacklist.core.indicator import parse_one
from blacklist.core.overlay import Change
from blacklist.replica.keys import KnownKeys
from blacklist.store.accounts import SigningKey
from blacklist.store.interface import KeyRecord
from blacklist.store.records import dump_entry, read_edit

_MAGIC = b"blacklist-kept 1 "


@dataclass(frozen=True, slots=True)
class Kept:
    """Keys and changes of the store with that name; `at` is when the store had them last, in Unix seconds."""

    store: str
    keys: KnownKeys
    changes: Sequence[Change]
    at: int = 0


class KeptError(ValueError):
    """The file is not what was written."""


def kept_path(folder: Path) -> Path:
    """The file, in a data folder."""
    return folder / "kept.json"


def write_kept(path: Path, kept: Kept) -> None:
    """Writes the file in one step. Raises OSError, and the file before it stays."""
    body = json.dumps(_values(kept), ensure_ascii=False, separators=(",", ":")).encode()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a path can't be opened with a mode of its own
            file.write(_MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def confirm_kept(path: Path) -> None:
    """Notes that the store has the same now. Raises OSError."""
    os.utime(path)


def read_kept(path: Path, store: str) -> Kept | None:
    """What was kept of that store; None when nothing was. Raises KeptError when it is damaged, OSError."""
    try:
        data, at = path.read_bytes(), int(path.stat().st_mtime)
    except FileNotFoundError:
        return None
    head, _, body = data.partition(b"\n")
    if head != _MAGIC + hashlib.sha256(body).hexdigest().encode():
        raise KeptError("damaged, or of another version: it is left alone until there is news from the store")
    values = json.loads(body)
    if values["store"] != store:
        return None
    keys = KnownKeys(
        values["version"],
        tuple(map(_key, values["keys"])),
        tuple(SigningKey(**one | {"secret": bytes.fromhex(one["secret"])}) for one in values["signing_keys"]),
        frozenset(values["revoked_sessions"]),
    )
    changes = tuple(Change(generation, read_edit(*edit)) for generation, *edit in values["changes"])
    return Kept(store, keys, changes, at)


def _values(kept: Kept) -> dict[str, Any]:
    keys = kept.keys
    return {
        "store": kept.store,
        "version": keys.version,
        "keys": [
            asdict(one)
            | {"digest": one.digest.hex(), "scopes": sorted(one.scopes), "networks": list(map(str, one.networks))}
            for one in keys.records
        ],
        "signing_keys": [asdict(one) | {"secret": one.secret.hex()} for one in keys.signing_keys],
        "revoked_sessions": sorted(keys.revoked_sessions),
        "changes": [
            (one.generation, one.edit.allowlist, str(one.edit.indicator), dump_entry(one.edit)) for one in kept.changes
        ],
    }


def _key(values: dict[str, Any]) -> KeyRecord:
    read = {
        "digest": bytes.fromhex(values["digest"]),
        "scopes": frozenset(values["scopes"]),
        "networks": tuple(map(parse_one, values["networks"])),
    }
    return KeyRecord(**values | read)

"""Errors a person can mend; the command line prints them and ends with 1, the web layer turns them into problems.

BlacklistError             what is wrong, where, and what to do
├── SettingsError          a BLACKLIST_* variable, an option, or feeds.toml
├── FeedError              a feed could not be fetched or read
├── StoreError             the store is unreachable, unwritable or of another version
├── BackupError            a backup could not be written, or is not whole
├── Conflict               a key of idempotency was used for another request
└── SnapshotUnavailable    no usable snapshot
"""

from __future__ import annotations

from pathlib import Path


class BlacklistError(Exception):
    """What is wrong, where, and what to do about it."""

    def __init__(self, message: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        place = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(place + message)


class SettingsError(BlacklistError):
    """A BLACKLIST_* variable, an option, or feeds.toml is not usable."""


class FeedError(BlacklistError):
    """A feed could not be fetched or read."""


class StoreError(BlacklistError):
    """The store is unreachable, unwritable or of another version."""


class BackupError(BlacklistError):
    """A backup could not be written, or is not whole, or of a newer version."""


class Conflict(BlacklistError):  # noqa: N818 - a state of the caller's request, not a fault of the service
    """A key of idempotency was used before, for another request."""


class SnapshotUnavailable(BlacklistError):  # noqa: N818 - a state of the service, not a fault of the caller
    """No usable snapshot: nothing has been imported yet, or what there is was refused."""

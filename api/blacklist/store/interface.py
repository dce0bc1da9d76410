"""What every store does, whichever it is. Times are Unix seconds, UTC.

Two halves that never wait for each other: `Store` holds what the importer writes, `KeyStore` what a revocation writes.
Every call that fails raises StoreError with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from blacklist.core.generation import Generation
from blacklist.core.impact import Impact
from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed, Listing
from blacklist.core.overlay import Change, Edit
from blacklist.store.accounts import AccountStore
from blacklist.store.chain import Broken, Event, Head
from blacklist.store.pulls import PullStore

KEPT_CHANGES = 100_000  # generations
KEPT_KEYS = 10_000  # of idempotency
KEY_LIFE = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that was refused: its number, its text (cut to 100 characters) and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """What one import of a feed found.

    `outcome` is imported, unchanged, quarantined, failed or rejected (by an operator); `error` says why it failed or is
    held back. `source_date`
    is the feed's own date (0 when it has none); `etag` and `last_modified` are for the next conditional request;
    `reasons` counts rejected, skipped and cut lines by reason, `samples` shows some; `failures` counts those in a row;
    `pages` is how many a paged source had. Of what is held back, `guards` names why and `change` is what it would
    change; `approved` is the error that an operator overruled.
    """

    feed: str
    at: int
    outcome: str
    accepted: int = 0
    rejected: int = 0
    masked: int = 0
    duplicates: int = 0
    source_date: int = 0
    etag: str = ""
    last_modified: str = ""
    error: str = ""
    reasons: dict[str, int] = field(default_factory=dict)
    samples: tuple[Rejected, ...] = ()
    skipped: int = 0
    failures: int = 0
    pages: int = 0
    guards: tuple[str, ...] = ()
    change: Impact | None = None
    approved: str = ""


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What lookups need to know of a feed besides its indicators; changes with its generation and not before.

    `role` is blocklist or allowlist; `ttl` is how long after they were last seen listings expire, in seconds (0: they
    don't).
    """

    name: str
    category: str
    url: str = ""
    licence: str = ""
    attribution: str = ""
    role: str = "blocklist"
    ttl: int = 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as the store knows it.

    `generation` is the number of its last committed generation (0 before the first) and `entries` its indicators;
    `last_success` is when its content was last confirmed (imported or unchanged); `last` is the latest import of any
    outcome; `held` is the import that is in quarantine, if one is; `good` is the latest import that was accepted: what
    the content in use says of itself.
    """

    info: FeedInfo
    generation: int
    entries: int
    last_success: int
    last: ImportRecord
    held: ImportRecord | None
    good: ImportRecord | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a request happen once: its caller's key, and a digest of what it asks for. Kept for a day."""

    key: str
    digest: str


class Store(Protocol):
    """Feeds, and what operators decide. `counter` grows with every commit that changes what lookups answer."""

    def version(self) -> int:
        """A number that differs after any change by another process. Cheap enough to ask ten times a second."""

    def counter(self) -> int:
        """The generation number of the store: only grows."""

    def feeds(self) -> Sequence[FeedState]:
        """Every feed that was ever imported, by name."""

    def feed(self, name: str) -> FeedState | None:
        """One feed, or None."""

    def generation(self, name: str) -> Generation:
        """The last good generation of a feed; EMPTY when there is none."""

    def commit(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> int:
        """Makes this the feed's generation, in one atomic step that also clears its quarantine; the new counter."""

    def confirm(self, name: str, record: ImportRecord) -> None:
        """Notes that the last good generation is current: `last_success` moves, the counter does not.

        What was in quarantine is dropped: the feed has come back from it.
        """

    def hold(self, info: FeedInfo, generation: Generation, record: ImportRecord) -> None:
        """Puts an update into quarantine; the last good generation stays."""

    def held(self, name: str) -> Generation | None:
        """The update of a feed that is in quarantine, or None."""

    def approve(self, name: str, at: int) -> int | None:
        """Makes what is in quarantine the feed's generation; the new counter, or None when nothing is.

        It counts as seen when it was fetched; `at` is when it was approved.
        """

    def reject(self, name: str, at: int) -> bool:
        """Drops what is in quarantine; False when nothing is. `at` is when it was rejected."""

    def fail(self, info: FeedInfo, record: ImportRecord) -> None:
        """Notes a failed import; the last good generation stays."""

    def remove(self, name: str) -> int | None:
        """Forgets a feed and its quarantine; the new counter, or None when there was none."""

    def touch(self, beyond: int = 0) -> int:
        """Raises the counter by itself, beyond a generation that was published already; the new counter."""

    def allowlist(self) -> Sequence[Allowed]:
        """Every entry that operators made, sorted by indicator, expired ones included."""

    def manual(self) -> Sequence[Listing]:
        """Every listing that operators made, sorted by indicator, expired ones included."""

    def edit(self, edits: Sequence[Edit], *, at: int, once: Once | None = None) -> int | None:
        """Applies edits in one atomic step, at `at` in Unix seconds; the generation from which they hold.

        None when nothing changed, since all of them remove what is not there. With `once`, a second call of the same
        key and request changes nothing and returns what the first did. Raises Conflict for another request.
        """

    def changes(self, since: int) -> Sequence[Change]:
        """What operators have changed after that generation, in order: at most the last `KEPT_CHANGES` generations."""

    def close(self) -> None:
        """Lets go of files and connections. Idempotent."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An API key as stored: never the key itself, only its SHA-256 (32 bytes).

    `networks` are the sources it may be used from (none: any); `expires_at` of None means never; `revoked_at` of None
    means it is not revoked.
    """

    id: str
    name: str
    digest: bytes
    scopes: frozenset[str]
    networks: tuple[Indicator, ...]
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None


class KeyStore(Protocol):
    """API keys, kept apart from feeds so that a revocation never waits for an import."""

    def version(self) -> int:
        """A number that differs after any change, by any process. Cheap enough to ask ten times a second."""

    def records(self) -> Sequence[KeyRecord]:
        """Every key, revoked ones included, oldest first."""

    def record(self, id: str) -> KeyRecord | None:
        """One key, or None."""

    def add(self, record: KeyRecord) -> None:
        """Stores a new key."""

    def revoke(self, id: str, at: int) -> bool:
        """Revokes a key; False when there is none of that id. Revoking twice keeps the first time."""

    def replace(self, id: str, fresh: KeyRecord, expires_at: int) -> bool:
        """Stores a new key in the place of a live one, which ends then or when it would have; False when it is not."""

    def uses(self) -> Mapping[str, int]:
        """When each key was last used. A server writes it each minute: a crash loses that minute."""

    def note_uses(self, uses: Mapping[str, int]) -> None:
        """Notes when keys were last used; an earlier time changes nothing."""

    def close(self) -> None:
        """Lets go of files and connections. Idempotent."""


class AuditStore(Protocol):
    """The audit log: appended to, never changed."""

    def log(self, event: Event) -> Head:
        """Appends one entry by itself; the new head."""

    def append(self, event: Event) -> Head:
        """Appends one entry within a transaction that the caller holds; the new head."""

    def head(self) -> Head:
        """The last entry's number and hash."""

    def entries(self) -> Iterator[tuple[int, str, bytes]]:
        """Number, text and hash of every entry, in order."""

    def verify(self, *noted: Head) -> Broken | None:
        """Where the log is not what was written; None when it is. `noted` are heads that were kept elsewhere."""


class Keys(KeyStore, AccountStore, AuditStore, PullStore, Protocol):
    """Who may ask, and who took what: API keys, operators and the audit log, which change together; the pull log."""

    def transaction(self) -> AbstractContextManager[None]:
        """Changes and their entries: all or none. Reads within see the changes before them."""

    def audited(self, event: Event) -> AbstractContextManager[None]:
        """A change and its entry in the audit log: both, or neither."""

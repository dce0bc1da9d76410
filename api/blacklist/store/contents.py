"""Everything that a store holds, as rows that mean the same in every store: what backups and moves are made of.

Rows come in the order of `KINDS`. Their values are JSON; hashes and secrets are in hexadecimal. `data` is a generation
of a feed as `core.generation` encodes it, empty when there is none.

| kind | values |
|---|---|
| counter | value |
| feed | name, info, last, last_success, generation, entries, good; held and held_info (None, or what is quarantined) |
| held | feed; `data` is the update in quarantine. Comes right after its feed |
| entry | allowlist, indicator, entry |
| change | generation, place, allowlist, indicator, entry (None: it was removed) |
| once | key, digest, at, generation |
| key, user, session, signing_key | as in the records of `interface` and `accounts` |
| use | id, at |
| audit_end | name (base or head), number, hash |
| audit | number, at, record, hash |
| pull | consumer, list, query, and the rest of `pulls.Pull` |
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, NamedTuple, Protocol

from blacklist.errors import StoreError

KINDS = (
    "counter",
    "feed",
    "held",
    "entry",
    "change",
    "once",
    "key",
    "use",
    "user",
    "session",
    "signing_key",
    "audit_end",
    "audit",
    "pull",
)


class Row(NamedTuple):
    """One thing that a store holds."""

    kind: str
    values: dict[str, Any]
    data: bytes = b""


class Overtaken(StoreError):  # noqa: N818 - no fault: the store changed
    """What is being read was replaced meanwhile: read again from the start."""


class Contents(Protocol):
    """Both halves of a store at once. Every call that fails raises StoreError with the remedy."""

    def rows(self) -> Generator[Row, None, None]:
        """Everything, as it was at one moment. Holds one generation of a feed in memory at a time.

        Raises Overtaken, after some rows maybe.
        """

    def load(self, rows: Iterable[Row], *, replace: bool, beyond: int = 0) -> int:
        """Puts these rows in the place of everything that is there, all or none; the new counter.

        The counter is that of the rows, and not below `beyond`, and above the one that was there. Without `replace`,
        raises StoreError when anything is there.
        """

    def close(self) -> None:
        """Lets go of files and connections. Idempotent."""


def not_empty(place: object) -> StoreError:
    """There is something where rows are to be loaded."""
    return StoreError("the store is not empty: --replace replaces all that it holds", path=str(place))


def unusable(row: Row, place: object) -> StoreError:
    """A row does not have the values that its kind has."""
    return StoreError(f"a row of the kind {row.kind!r} can't be read; nothing was changed", path=str(place))

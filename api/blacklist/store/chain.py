"""The audit log's chain: each entry's hash covers the entry before it, so that none changes or goes unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256

ORIGIN = bytes(32)  # what the first entry is chained to
PRUNED = "audit.prune"
KEPT_SECONDS = 400 * 86_400


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did: `who` is a key's id, `user:NAME` or `cli:NAME`; `source` is where from; times in Unix seconds.

    `what` is a noun and a verb with a dot between them, `outcome` is done, failed or refused. It never has a secret.
    """

    at: int
    who: str
    what: str
    target: str
    source: str
    request_id: str
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class Head:
    """An end of the log: the number of an entry and its hash. Number 0 and ORIGIN before the first."""

    number: int = 0
    hash: bytes = ORIGIN


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold, and what does not."""

    number: int
    reason: str


def canonical(number: int, event: Event) -> str:
    """The one text of an entry: JSON with sorted members and no spaces."""
    values = asdict(event) | {"number": number}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(previous: bytes, record: str) -> bytes:
    """The hash of an entry: SHA-256 over the hash of the one before it and its own text."""
    return sha256(previous + record.encode()).digest()


def check(
    base: Head, entries: Iterable[tuple[int, str, bytes]], head: Head, witnesses: Iterable[Head]
) -> Broken | None:
    """Where the chain breaks, from the base (what was pruned last) to the head; None when it holds.

    Entries are number, text and hash, in order. A witness is an earlier head, noted elsewhere: its entry must still be
    there, with that hash.
    """
    seen: dict[int, set[bytes]] = {}
    for witness in witnesses:
        if witness.number > base.number:
            seen.setdefault(witness.number, set()).add(witness.hash)
    number, previous, pruned = base.number, base.hash, base.number == 0
    for found, record, stored in entries:
        number += 1
        if found != number:
            return Broken(number, f"entry {number} is missing or out of order: entry {found} is in its place")
        if _number(record) != found:
            return Broken(number, f"entry {number} is out of order: its text is another entry's")
        if link(previous, record) != stored:
            return Broken(number, f"entry {number} was changed, or the one before it was")
        if seen.pop(number, {stored}) != {stored}:
            return Broken(number, f"entry {number} is not the one that was noted as the head")
        pruned = pruned or _removed(record) == base
        previous = stored
    if number != head.number or previous != head.hash:
        return Broken(
            number + 1, f"the log ends at entry {number}, but its head is entry {head.number}: it was cut short"
        )
    if seen:
        return Broken(min(seen), f"entry {min(seen)} was noted as the head, but the log ends before it")
    if not pruned:
        return Broken(base.number, f"entries up to {base.number} are gone, and no entry says that they were pruned")
    return None


def pruning(base: Head, at: int) -> Event:
    """The entry that says up to where the log was pruned."""
    return Event(at, "system", PRUNED, f"{base.number}:{base.hash.hex()}", "local", "-")


def _removed(record: str) -> Head | None:
    values = json.loads(record)
    if values["what"] != PRUNED:
        return None
    number, _, digest = values["target"].partition(":")
    return Head(int(number), bytes.fromhex(digest))


def _number(record: str) -> int | None:
    try:
        values = json.loads(record)
    except ValueError:
        return None
    number = values.get("number") if isinstance(values, dict) else None
    return number if type(number) is int else None

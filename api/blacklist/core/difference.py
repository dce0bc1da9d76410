"""What changed from one snapshot to the next, and the log of it that each snapshot carries on.

Entries are those of the list of everything: live listings less the allowlist, exactly.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from blacklist.core.indicator import WIDTH, Indicator, parse_one
from blacklist.core.selection import select
from blacklist.core.snapshot import Snapshot

KEPT_ENTRIES = 200_000
KEPT_STEPS = 2_000


class Difference(NamedTuple):
    """Entries that appeared and that are gone, each sorted."""

    added: list[Indicator]
    removed: list[Indicator]


class TooOld(LookupError):  # noqa: N818 - a state of the caller's cursor
    """The log does not reach back so far, or the generation was never one of this log: take the full list."""


def difference(old: Snapshot, new: Snapshot) -> Difference:
    """What changed between two snapshots, each taken at the time it was compiled.

    Where no allowance splits a network, which is nearly always, entries are the listed prefixes that are not allowed
    as a whole, and only the changed ones are looked at.
    """
    if _same_allowlist(old, new) and not _splits(old) and not _splits(new):
        return Difference(_entries(new, old), _entries(old, new))
    before, after = set(select(old, "all", old.head.compiled_at)), set(select(new, "all", new.head.compiled_at))
    return Difference(sorted(after - before), sorted(before - after))


def extend_log(old: Snapshot, new: Snapshot) -> tuple[list[dict[str, int]], bytes]:
    """The log of a new snapshot: the steps of the old one that are still kept, and the one from it to the new."""
    step = difference(old, new)
    steps: list[tuple[dict[str, int], bytes]] = [(entry, _data(old, entry)) for entry in old.meta["changes"]]
    entry = {"from": old.head.generation, "to": new.head.generation}
    steps.append((entry | {"added": len(step.added), "removed": len(step.removed)}, _pack(step)))
    kept: list[tuple[dict[str, int], bytes]] = []
    entries = 0
    for one, data in reversed(steps[-KEPT_STEPS:]):
        entries += one["added"] + one["removed"]
        if entries > KEPT_ENTRIES:
            break
        kept.append((one, data))
    place, described = 0, []
    for one, data in reversed(kept):
        described.append(one | {"start": place, "end": place + len(data)})
        place += len(data)
    return described, b"".join(data for _, data in reversed(kept))


def changes_since(snapshot: Snapshot, generation: int) -> Difference:
    """What changed since a generation, in all: what came and went again is in neither. Raises TooOld."""
    current = snapshot.head.generation
    log: Sequence[dict[str, int]] = snapshot.meta["changes"]
    first = log[0]["from"] if log else current
    steps = [step for step in log if step["to"] > generation]
    if not first <= generation <= current:
        raise TooOld(f"changes are known since generation {first}, up to {current}")
    before: dict[str, bool] = {}
    after: dict[str, bool] = {}
    for step in steps:
        for text, present in _unpack(_data(snapshot, step), step["added"]):
            before.setdefault(text, not present)
            after[text] = present
    changed = [(parse_one(text), present) for text, present in after.items() if before[text] != present]
    return Difference(*(sorted(one for one, present in changed if present is side) for side in (True, False)))


def _data(snapshot: Snapshot, step: dict[str, Any]) -> bytes:
    return bytes(snapshot.section("changes")[step["start"] : step["end"]])


def _pack(step: Difference) -> bytes:
    return zlib.compress("\n".join(map(str, (*step.added, *step.removed))).encode(), 1)


def _unpack(data: bytes, added: int) -> Iterator[tuple[str, bool]]:
    """Each entry, and whether it appeared or is gone."""
    for place, text in enumerate(zlib.decompress(data).decode().split()):
        yield text, place < added


def _same_allowlist(old: Snapshot, new: Snapshot) -> bool:
    pairs = [(old.allowlist[version], new.allowlist[version]) for version in WIDTH]
    return not any(_any(one.minus(other)) or _any(other.minus(one)) for one, other in pairs)


def _any(items: Iterable[object]) -> bool:
    return next(iter(items), None) is not None


def _splits(snapshot: Snapshot) -> bool:
    """Whether some allowance lies within a wider listed network."""
    return any(
        length < allowed.length
        for version in WIDTH
        for allowed, _ in snapshot.allowlist[version]
        for length, _ in snapshot.listings[version].covering(allowed.start)
    )


def _entries(snapshot: Snapshot, other: Snapshot) -> list[Indicator]:
    """The entries that another snapshot with the same allowlist has not."""
    return [
        one
        for version in WIDTH
        for one in snapshot.listings[version].minus(other.listings[version])
        if not any(length <= one.length for length, _ in snapshot.allowlist[version].covering(one.start))
    ]

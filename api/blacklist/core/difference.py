"""What changed from one snapshot to the next, and the log of it that each snapshot carries on.

Entries are those of the list of everything: live listings less the allowlist, exactly.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from blacklist.core.indicator import WIDTH, Indicator, parse_one
from blacklist.core.snapshot import Snapshot
from blacklist.core.subtraction import subtract
from blacklist.core.table import Table

KEPT_ENTRIES = 200_000
KEPT_STEPS = 2_000
_TOO_MANY = 2 * KEPT_ENTRIES


class Difference(NamedTuple):
    """Entries that appeared and that are gone, each sorted."""

    added: list[Indicator]
    removed: list[Indicator]


class TooOld(LookupError):  # noqa: N818 - a state of the caller's cursor
    """The log does not reach back so far, or the generation was never one of this log: take the full list."""


def difference(old: Snapshot, new: Snapshot) -> Difference:
    """What changed between two snapshots, each taken at the time it was compiled.

    Only prefixes that may make a difference are looked at: those that one of the two has not, those that a changed
    allowance overlaps, and those that any allowance splits. All others are entries of both, or of neither.
    """
    added: list[Indicator] = []
    removed: list[Indicator] = []
    for version in WIDTH:
        touched = _touched(version, old, new)
        before, after = (_entries(version, snapshot, touched) for snapshot in (old, new))
        added += sorted(one for one in after - before if one in touched or not _lists(old, one))
        removed += sorted(one for one in before - after if one in touched or not _lists(new, one))
    return Difference(added, removed)


def extend_log(old: Snapshot, new: Snapshot) -> tuple[list[dict[str, int]], bytes]:
    """The log of a new snapshot: the steps of the old one that are still kept, and the one from it to the new.

    When almost everything is another, the log begins anew: that step would not be kept, and finding it takes more
    memory than an import has.
    """
    if sum(new.listings[version].apart(old.listings[version]) for version in WIDTH) > _TOO_MANY:
        return [], b""
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


def _touched(version: int, old: Snapshot, new: Snapshot) -> set[Indicator]:
    ours, theirs = new.listings[version], old.listings[version]
    touched = {*ours.minus(theirs), *theirs.minus(ours)}
    allowances = new.allowlist[version], old.allowlist[version]
    for allowed in (*allowances[0].minus(allowances[1]), *allowances[1].minus(allowances[0])):
        for listings in (ours, theirs):
            touched.update(one for one, _ in listings.between(allowed.start, allowed.end))
            touched.update(_around(listings, allowed))
    for listings, allowance in zip((ours, theirs), allowances, strict=True):
        for allowed, _ in allowance:
            touched.update(_around(listings, allowed))
    return touched


def _around(listings: Table, allowed: Indicator) -> list[Indicator]:
    """The listed networks that hold more than the allowed one."""
    version, start, length = allowed
    wider = [around for around, _ in listings.covering(start) if around < length]
    return [Indicator(version, start >> WIDTH[version] - one << WIDTH[version] - one, one) for one in wider]


def _entries(version: int, snapshot: Snapshot, touched: Iterable[Indicator]) -> set[Indicator]:
    """What the touched prefixes that a snapshot lists are on its list."""
    listed = sorted((one, ()) for one in touched if _lists(snapshot, one))
    return {one for one, _ in subtract(listed, (allowed for allowed, _ in snapshot.allowlist[version]))}


def _lists(snapshot: Snapshot, one: Indicator) -> bool:
    return any(length == one.length for length, _ in snapshot.listings[one.version].covering(one.start))

"""Whether history is sound: every line reads, times rise, nothing is there twice, roll-ups are what they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from statuspress.archive import Archive, lines_of
from statuspress.compaction import digest_of, reaching_into, whole_day
from statuspress.core.history import load_sample
from statuspress.core.rolled import dump_rollup
from statuspress.core.rollup import Rollup, roll_up
from statuspress.rollups import RolledFile, Rollups


def faults(archive: Archive) -> Iterator[str]:
    """What is wrong with the history, each with its place; nothing when it is sound. Raises DataError."""
    rollups = Rollups(archive.history)
    raw = archive.days()
    for day, paths in raw.items():
        yield from _samples(day, paths)
    for day, path in rollups.hour_files():
        file = rollups.read(path, "hours")
        yield from file.warnings
        yield from _placed(path, [one.start for one in file.rollups], day, day)
        yield from _order(path)
        yield from _hours(archive, rollups, day, file, raw.get(day, ()))
    for month, path in rollups.day_files():
        file = rollups.read(path, "days")
        yield from file.warnings
        yield from _placed(path, [one.start for one in file.rollups], month, _last_day(month))
        yield from _order(path)
        yield from _days(rollups, path, file)


def _samples(day: date, paths: Sequence[Path]) -> Iterator[str]:
    seen: dict[datetime, str] = {}
    for path in paths:
        last: datetime | None = None
        for number, line in lines_of(path):
            place = f"{path}:{number}"
            try:
                at = load_sample(line).at
            except ValueError as error:
                yield f"{place}: {error}"
                continue
            if at.date() != day:
                yield f"{place}: a sample of {at.date()} in the file of {day}"
            if at in seen:
                yield f"{place}: a second sample of {at.isoformat()}; the other is at {seen[at]}"
            elif last is not None and at < last:
                yield f"{place}: earlier than the line before it"
            seen[at], last = place, at


def _hours(archive: Archive, rollups: Rollups, day: date, file: RolledFile, paths: Sequence[Path]) -> Iterator[str]:
    path = rollups.hour_file(day)
    if file.head is None or file.head.sources.keys() - {one.name for one in paths}:
        return  # its samples are gone, so nothing can be made again
    changed = [one.name for one in paths if file.head.sources.get(one.name) != digest_of(one)]
    if changed:
        yield f"{path}: {', '.join(changed)} has changed since it was rolled up: run `statuspress history compact`"
        return
    samples, _ = archive.read(paths)
    before = reaching_into(rollups, day)
    yield from _same(path, file.rollups, roll_up(samples, before or file.head.before, day))


def _days(rollups: Rollups, path: Path, file: RolledFile) -> Iterator[str]:
    for one in file.rollups:
        day = one.start.date()
        hours = rollups.hour_file(day)
        if hours.exists():
            yield from _same(path, [one], [whole_day(rollups.read(hours, "hours").rollups, day)])


def _same(path: Path, found: Sequence[Rollup], made: Sequence[Rollup]) -> Iterator[str]:
    kept = {one.start: dump_rollup(one) for one in found}
    again = {one.start: dump_rollup(one) for one in made}
    for start in sorted(kept.keys() | again.keys()):
        if kept.get(start) != again.get(start):
            yield f"{path}: {start.isoformat()} is not what it was made of"


def _order(path: Path) -> Iterator[str]:
    starts = [line.partition(b'"at":"')[2][:20] for number, line in lines_of(path) if number > 1]
    for before, after in pairwise(starts):
        if after == before:
            yield f"{path}: {after.decode(errors='replace')} is there twice"
        elif after < before:
            yield f"{path}: {after.decode(errors='replace')} is not in order"


def _placed(path: Path, starts: Iterable[datetime], first: date, last: date) -> Iterator[str]:
    for start in starts:
        if not first <= start.date() <= last:
            yield f"{path}: {start.date()} does not belong into it"


def _last_day(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1) - date.resolution

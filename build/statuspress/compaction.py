"""Rolling history up: samples into hours, hours into days, and removing what is old and rolled up.

A closed UTC day is rolled up at once; its samples stay for a week and its hours for a quarter of a year, so that both
roll-ups can be checked against what they were made from. A crash between two steps leaves both, never neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from statuspress.archive import Archive
from statuspress.core.history import Sample
from statuspress.core.rolled import dump_file
from statuspress.core.rollup import DAY, Rollup, merge, roll_up
from statuspress.errors import DataError
from statuspress.rollups import RAW_DAYS, Rollups

HOUR_DAYS = 90


@dataclass(slots=True)
class Compaction:
    """What a compaction did: the days it rolled up, the files it removed, and what a person should look at."""

    days: list[date] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def compact(archive: Archive, now: datetime) -> Compaction:
    """Rolls up every closed day that is new or has changed, and removes what is old. Raises DataError.

    What cannot be read is kept, and named in the warnings.
    """
    today = now.astimezone(UTC).date()
    done = Compaction()
    rollups = Rollups(archive.history)
    raw = archive.days()
    for day in _closed(raw, today):
        _hours(archive, rollups, day, raw.get(day, ()), done)
        if day < today - timedelta(days=RAW_DAYS):
            _remove_rolled(rollups, day, raw.get(day, ()), done)
    _days(rollups, today, done)
    return done


def _closed(raw: Iterable[date], today: date) -> list[date]:
    """The days before today that have samples, or that a state reaches into from the day before."""
    days = {near for day in raw for near in (day, day + DAY)}
    return sorted(day for day in days if day < today)


def _hours(archive: Archive, rollups: Rollups, day: date, paths: Sequence[Path], done: Compaction) -> None:
    path = rollups.hour_file(day)
    digests = {one.name: digest_of(one) for one in paths}
    head = rollups.head(path)
    if head is None and path.exists() and not paths:
        done.warnings.append(f"{path}: its head is broken, and the samples it was made of are gone")
        return
    if head is not None and head.sources.keys() - digests.keys():
        late = [name for name, digest in digests.items() if head.sources.get(name) != digest]
        done.warnings += [
            f"{archive.history / name}: came after its day was closed; it is not counted" for name in late
        ]
        return
    before = reaching_into(rollups, day)
    if (
        head is not None
        and head.sources == digests
        and head.before == before
        and not rollups.read(path, "hours").warnings
    ):
        return
    samples, warnings = archive.read(paths)
    done.warnings += warnings
    hours = roll_up(samples, before, day)
    if hours:
        rollups.write(path, dump_file("hours", hours, digests, (before, samples[-1] if samples else None)))
        done.days.append(day)


def reaching_into(rollups: Rollups, day: date) -> Sample | None:
    """The last sample of the day before, with its states."""
    head = rollups.head(rollups.hour_file(day - DAY))
    return head.last if head else None


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex. Raises DataError."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None


def _remove_rolled(rollups: Rollups, day: date, paths: Sequence[Path], done: Compaction) -> None:
    head = rollups.head(rollups.hour_file(day))
    for path in paths:
        if head is not None and head.sources.get(path.name) == digest_of(path):
            _remove(path, done)


def _days(rollups: Rollups, today: date, done: Compaction) -> None:
    months: dict[date, list[tuple[date, Path]]] = {}
    for day, path in rollups.hour_files():
        if day < today:
            months.setdefault(day.replace(day=1), []).append((day, path))
    for month, files in months.items():
        path = rollups.day_file(month)
        old = rollups.read(path, "days") if path.exists() else None
        lines = {one.start.date(): one for one in old.rollups} if old else {}
        sources: dict[str, str] = dict(old.head.sources) if old and old.head else {}
        broken = bool(old and old.warnings)
        done.warnings += old.warnings if old else ()
        if made := _made_days(rollups, files, sources, lines, done):
            lines |= made
        if made or broken:
            ordered = [lines[day] for day in sorted(lines)]
            rollups.write(path, dump_file("days", ordered, dict(sorted(sources.items())), (None, None)))
        for day, file in files:
            if day < today - timedelta(days=HOUR_DAYS) and day in lines:
                _remove(file, done)


def _made_days(
    rollups: Rollups,
    files: Sequence[tuple[date, Path]],
    sources: dict[str, str],
    lines: Mapping[date, Rollup],
    done: Compaction,
) -> dict[date, Rollup]:
    """The days whose hours are new or have changed; their digests are entered into `sources`."""
    made: dict[date, Rollup] = {}
    for day, file in files:
        head = rollups.head(file)
        if head is None or (day in lines and sources.get(day.isoformat()) == head.digest):
            continue
        hours = rollups.read(file, "hours")
        if hours.warnings:
            done.warnings += hours.warnings
            if day in lines:
                continue
        made[day] = whole_day(hours.rollups, day)
        sources[day.isoformat()] = head.digest
    return made


def whole_day(hours: Sequence[Rollup], day: date) -> Rollup:
    """The hours of a day as one."""
    return merge(hours, datetime(day.year, day.month, day.day, tzinfo=UTC), DAY)


def _remove(path: Path, done: Compaction) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise DataError(f"is rolled up, but cannot be removed: {error.strerror}", path=path) from None
    done.removed.append(path)

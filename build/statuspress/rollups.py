"""The files of roll-ups: `history/hours/YYYY-MM-DD.jsonl`, a day each, and `history/days/YYYY-MM.jsonl`, a month each.

A file is replaced whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from statuspress.archive import Archive, lines_of
from statuspress.core.past import Past
from statuspress.core.rolled import Head, load_head, load_rollup
from statuspress.core.rollup import DAY, Rollup
from statuspress.errors import DataError

RAW_DAYS = 7
MONTH = 30


@dataclass(frozen=True, slots=True)
class RolledFile:
    """What could be read of a file: its head if that is whole, its roll-ups oldest first, and what is wrong with it."""

    head: Head | None
    rollups: tuple[Rollup, ...]
    warnings: tuple[str, ...]


class Rollups:
    """The roll-ups of one history folder. Nothing is made before something is written."""

    def __init__(self, history: Path) -> None:
        self._folders = {"hours": history / "hours", "days": history / "days"}

    def hours(self, since: date, until: date) -> tuple[tuple[Rollup, ...], tuple[str, ...]]:
        """The hours of the days from `since` to `until`, and a warning for whatever is broken. Raises DataError."""
        paths = [path for day, path in self.hour_files() if since <= day <= until]
        return self._join(paths, "hours", since, until)

    def days(self, since: date, until: date) -> tuple[tuple[Rollup, ...], tuple[str, ...]]:
        """The days from `since` to `until`, and a warning for whatever is broken. Raises DataError."""
        paths = [path for month, path in self.day_files() if since.replace(day=1) <= month <= until]
        return self._join(paths, "days", since, until)

    def hour_files(self) -> Iterator[tuple[date, Path]]:
        """Each day with a file of hours, oldest first."""
        return _dated(self._folders["hours"], "")

    def day_files(self) -> Iterator[tuple[date, Path]]:
        """The first of each month with a file of days, oldest first."""
        return _dated(self._folders["days"], "-01")

    def hour_file(self, day: date) -> Path:
        """Where the hours of a day are, or would be."""
        return self._folders["hours"] / f"{day.isoformat()}.jsonl"

    def day_file(self, day: date) -> Path:
        """Where the day is, or would be."""
        return self._folders["days"] / f"{day.isoformat()[:7]}.jsonl"

    def head(self, path: Path) -> Head | None:
        """The head of a file; None when there is none that is whole. Raises DataError."""
        try:
            with path.open("rb") as file:
                return load_head(file.readline(), path.parent.name)
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", path=path) from None

    def read(self, path: Path, of: str) -> RolledFile:
        """One file; a broken line is skipped. Raises DataError."""
        head: Head | None = None
        rollups: dict[object, Rollup] = {}
        warnings: list[str] = []
        body = sha256()
        for number, line in lines_of(path):
            try:
                if number == 1:
                    head = load_head(line, of)
                    continue
                body.update(line + b"\n")
                rollup = load_rollup(line, of)
                rollups[rollup.start] = rollup
            except ValueError as error:
                warnings.append(f"{path}:{number}: skipped: {error}")
        if head is not None and head.digest != body.hexdigest():
            warnings.append(f"{path}: its lines are not those its digest was made of")
        return RolledFile(head, tuple(sorted(rollups.values(), key=lambda one: one.start)), tuple(warnings))

    def write(self, path: Path, content: bytes) -> None:
        """Replaces a file. Raises DataError, and then leaves it as it was."""
        draft: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".rolling-")
            draft = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o644)
            draft.replace(path)
            _sync(path.parent)
        except OSError as error:
            if draft is not None:
                draft.unlink(missing_ok=True)
            reason = f"cannot be written: {error.strerror}; it is as it was. Make its folder writable"
            raise DataError(reason, path=path) from None

    def _join(
        self, paths: Iterable[Path], of: str, since: date, until: date
    ) -> tuple[tuple[Rollup, ...], tuple[str, ...]]:
        files = [self.read(path, of) for path in paths]
        rollups = [one for file in files for one in file.rollups if since <= one.start.date() <= until]
        return tuple(rollups), tuple(warning for file in files for warning in file.warnings)


def remember(archive: Archive, now: datetime, days: int) -> tuple[Past, tuple[str, ...]]:
    """What a report at `now` reads of the past: the samples of a week, hours of a month, days of all it shows.

    A day that was never rolled up is read from its samples. Raises DataError; the warnings name what is broken.
    """
    rollups = Rollups(archive.history)
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    rolled, broken = rollups.days(first, today - DAY)
    covered = {one.start.date() for one in rolled}
    recent = today - timedelta(days=RAW_DAYS)
    paths = [
        path
        for day, files in archive.days().items()
        if day >= recent or (first <= day and day not in covered)
        for path in files
    ]
    samples, skipped = archive.read(paths)
    begin = samples[0].at.date() if samples else today
    hours, more = rollups.hours(today - timedelta(days=MONTH), begin - DAY)
    return Past(samples, hours, rolled), (*skipped, *more, *broken)


def _dated(folder: Path, rest: str) -> Iterator[tuple[date, Path]]:
    for path in sorted(folder.glob("*.jsonl")):
        try:
            yield date.fromisoformat(path.stem + rest), path
        except ValueError:
            continue


def _sync(folder: Path) -> None:
    """Makes a rename outlast a crash, before what it replaces is removed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

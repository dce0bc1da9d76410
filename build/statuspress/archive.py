"""The data folder: `evidence.json` of the last collection, and `history/YYYY-MM-DD.jsonl` of all of them.

Collectors that write side by side each name their run and have `history/YYYY-MM-DD.RUN.jsonl` to themselves, so that
nothing needs merging. Old days are rolled up (rollups.py).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from statuspress.core.document import DocumentError, dump_dossier, load_dossier
from statuspress.core.evidence import Dossier
from statuspress.core.history import Sample, dump_sample, load_sample, order_samples
from statuspress.errors import DataError


class Archive:
    """One data folder. Nothing is made before something is saved. `run` names this collector among several."""

    def __init__(self, folder: Path, run: str = "") -> None:
        self.folder = folder
        self.run = run
        self.evidence = folder / "evidence.json"
        self.history = folder / "history"

    def save(self, dossier: Dossier, sample: Sample) -> None:
        """Adds the sample to history and replaces the evidence file; on any failure neither. Raises DataError."""
        line = dump_sample(sample)
        text = json.dumps(dump_dossier(dossier), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        draft: Path | None = None
        try:
            self.history.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".evidence-", suffix=".json")
            draft = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o644)
            name = ".".join(filter(None, (sample.at.date().isoformat(), self.run, "jsonl")))
            with _appended(self.history / name, line):
                draft.replace(self.evidence)
        except OSError as error:
            if draft is not None:
                draft.unlink(missing_ok=True)
            reason = f"cannot be written: {error.strerror}; nothing was saved. Make it writable, or name another folder"
            raise DataError(f"{reason} with --data", path=self.folder) from None

    def load(self, now: datetime) -> Dossier:
        """The last collection; an empty one of `now` when there was none. Raises DataError."""
        try:
            text = self.evidence.read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return Dossier(now, {})
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot be read: {error}", path=self.evidence) from None
        try:
            return load_dossier(json.loads(text, parse_constant=_no_constant))
        except (DocumentError, ValueError) as error:
            raise DataError(f"{error}: collect again", path=self.evidence) from None

    def samples(self, since: date) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
        """The samples of the days from `since` on, oldest first, and a warning for each line that is none.

        Raises DataError when a file cannot be read at all.
        """
        return self.read(path for day, paths in self.days().items() if day >= since for path in paths)

    def read(self, paths: Iterable[Path]) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
        """The samples of these files, as `samples` gives them."""
        samples: list[Sample] = []
        warnings: list[str] = []
        for path in paths:
            for number, line in lines_of(path):
                try:
                    samples.append(load_sample(line))
                except ValueError as error:
                    warnings.append(f"{path}:{number}: skipped: {error}")
        return order_samples(samples), tuple(warnings)

    def days(self) -> Mapping[date, tuple[Path, ...]]:
        """The files that hold samples, by day, oldest first."""
        found: dict[date, tuple[Path, ...]] = {}
        for path in sorted(self.history.glob("*.jsonl")):
            try:
                day = date.fromisoformat(path.name.partition(".")[0])
            except ValueError:
                continue
            found[day] = (*found.get(day, ()), path)
        return found


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, with their numbers. Raises DataError when it cannot be read."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from None
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())


@contextmanager
def _appended(path: Path, line: str) -> Iterator[None]:
    """Adds the line whole, after a torn one if need be. It is taken back if it, or what the block does, fails."""
    with path.open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        torn = before > 0 and not _ends_a_line(path, before)
        left = (b"\n" if torn else b"") + line.encode() + b"\n"
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
            yield
        except OSError:
            if before:
                file.truncate(before)
            else:
                path.unlink()
            raise


def _ends_a_line(path: Path, size: int) -> bool:
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no value")

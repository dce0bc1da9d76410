"""Local feeds: one file, or every file of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blacklist.errors import FeedError
from blacklist.feeds.content import Content, Limits, Part, Validators

_CHUNK = 1 << 18


@contextmanager
def open_local(path: Path, limits: Limits | None = None) -> Iterator[Content]:
    """The file, or the files of the folder by name, hidden ones left out. FeedError when there is nothing to read."""
    files = _files(path)
    yield Content((Part(file.name, _read(file, limits or Limits())) for file in files), Validators())


def _files(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            files = sorted(entry for entry in path.iterdir() if not entry.name.startswith(".") and entry.is_file())
            if not files:
                raise FeedError("the folder has no files", path=path)
            return files
        if path.is_file():
            return [path]
        there = path.exists()
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", path=path) from error
    raise FeedError("is neither a file nor a folder" if there else "there is no such file or folder", path=path)


def _read(path: Path, limits: Limits) -> Iterator[bytes]:
    seen = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                seen += len(chunk)
                if seen > limits.decompressed:
                    raise FeedError(f"it is larger than {limits.decompressed} bytes", path=path)
                yield chunk
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", path=path) from error

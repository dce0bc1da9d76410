"""Local feeds: one file, every file of a folder, or the newest one in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from blacklist.errors import FeedError
from blacklist.feeds.content import Content, Limits, Part, Validators

_CHUNK = 1 << 18


@contextmanager
def open_local(path: Path, limits: Limits | None = None, *, newest: bool = False) -> Iterator[Content]:
    """The file, or the files of the folder by name, hidden ones left out; or only the one changed last.

    FeedError when there is nothing to read, and while it is read when a file changes meanwhile.
    """
    files = _files(path)
    if newest:
        files = [max(files, key=_changed)]
    yield Content((_part(file, limits or Limits()) for file in files), Validators())


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


def _changed(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", path=path) from error


def _part(path: Path, limits: Limits) -> Part:
    return Part(path.name, _read(path, limits), _changed(path)[0] // 1_000_000_000)


def _read(path: Path, limits: Limits) -> Iterator[bytes]:
    """The bytes of a file as it was opened: one that is put in its place meanwhile is read the next time."""
    seen = 0
    try:
        with path.open("rb") as file:
            before = _state(file)
            while chunk := file.read(_CHUNK):
                seen += len(chunk)
                if seen > limits.decompressed:
                    raise FeedError(f"it is larger than {limits.decompressed} bytes", path=path)
                yield chunk
            if _state(file) != before or seen != before[0]:
                message = "it was written while it was read: write a new file and rename it, and it is read whole"
                raise FeedError(message, path=path)
    except OSError as error:
        raise FeedError(f"cannot be read: {error.strerror}", path=path) from error


def _state(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns

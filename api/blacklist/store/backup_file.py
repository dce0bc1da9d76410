"""The file of a backup: nobody else may read it, and it comes under its name whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from blacklist.errors import BackupError

_PARTIAL = ".blacklist-{}.partial"


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file of mode 0600 to write to. At the end it is on the disk, in the place of what has the name.

    After any failure it is gone; raises BackupError when it can't be written. What a writer that was killed has left in
    the folder is removed first.
    """
    if path.exists() and not path.is_file():
        raise BackupError("is there and is not a file: name another", path=path)
    try:
        _clear(path.parent)
        partial = path.with_name(_PARTIAL.format(token_hex(8)))
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # tells the next writer that this one lives
                yield file
                file.flush()
                os.fsync(file.fileno())
                partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        _sync(path.parent)
    except OSError as error:
        raise BackupError(f"cannot be written: {error.strerror}; nothing is left of it", path=path) from error


def _clear(folder: Path) -> None:
    for left in folder.glob(_PARTIAL.format("*")):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

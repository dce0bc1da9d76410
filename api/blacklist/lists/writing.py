"""Writing a list: whole or not at all, with its digest, and compressed beside it when that is asked for."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from blacklist.errors import BlacklistError
from blacklist.formats.interface import Tally
from blacklist.lists.paths import packed_path

LEVEL = 5  # of gzip: 1 is a third larger, 9 takes four times as long


def write_stream(write: Callable[[bytes], object], chunks: Iterable[bytes], tally: Tally) -> str:
    """Hands on the pieces of a list; the SHA-256 of all, in hex. Raises TooLargeError as the tally says."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        tally.check(size)
        write(chunk)
        digest.update(chunk)
    return digest.hexdigest()


def write_file(path: Path, chunks: Iterable[bytes], tally: Tally, *, packed: bool = False) -> str:
    """Writes a list under its final name in one step, with `packed` also as gzip beside it; the SHA-256, in hex."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    beside = packed_path(partial)
    try:
        try:
            with partial.open("wb") as file:
                if packed:
                    with beside.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as archive:
                        digest = write_stream(lambda chunk: (file.write(chunk), archive.write(chunk)), chunks, tally)
                else:
                    digest = write_stream(file.write, chunks, tally)
            if packed:
                beside.replace(packed_path(path))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise BlacklistError(f"cannot be written: {error.strerror}", path=path) from error
    return digest

"""`blacklist export`: one list of the newest snapshot, to a file or stdout. The server renders its lists with it."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import time
from typing import BinaryIO

from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.core.indicator import Indicator
from blacklist.core.selection import list_names, select
from blacklist.errors import BlacklistError, SettingsError
from blacklist.formats.registry import EXPORTS
from blacklist.replica.local import load_newest


def run(options: Namespace) -> int:
    """Writes the list. With a file: whole or not at all."""
    name, _, suffix = options.list.rpartition(".")
    if suffix not in EXPORTS:
        raise SettingsError(f"{options.list!r}: there is no format {suffix!r}; there are: {', '.join(EXPORTS)}")
    snapshot = load_newest(settings_of(options).snapshots)
    if name not in (names := list_names(snapshot)):
        raise SettingsError(f"{options.list!r}: there is no list {name!r}; there are: {', '.join(sorted(names))}")
    counted = _Counted(select(snapshot, name, time()))
    chunks = EXPORTS[suffix](counted)
    digest = _write(sys.stdout.buffer, chunks) if options.file is None else _replace(Path(options.file), chunks)
    summary = {
        "list": name,
        "format": suffix,
        "generation": snapshot.head.generation,
        "entries": counted.count,
        "sha256": digest,
    }
    if options.json and options.file is not None:
        print_json(summary)
    else:
        say(f"blacklist: {counted.count} entries of generation {snapshot.head.generation}")
    return 0


class _Counted:
    def __init__(self, networks: Iterable[Indicator]) -> None:
        self._networks = networks
        self.count = 0

    def __iter__(self) -> Iterator[Indicator]:
        for network in self._networks:
            self.count += 1
            yield network


def _replace(path: Path, chunks: Iterable[bytes]) -> str:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with partial.open("wb") as file:
                digest = _write(file, chunks)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise BlacklistError(f"cannot be written: {error.strerror}", path=path) from error
    return digest


def _write(file: BinaryIO, chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
    return digest.hexdigest()

"""`blacklist backup`: everything that the store holds, in one file that nobody else can read."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from time import time
from typing import BinaryIO

from blacklist import __version__
from blacklist.cli.auditing import write_down
from blacklist.cli.moving import describe, open_source, steadily
from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.cli.progress import progress
from blacklist.errors import BackupError, SettingsError
from blacklist.settings import Settings
from blacklist.store.backup import Summary, write_backup
from blacklist.store.backup_file import new_file
from blacklist.store.contents import Contents
from blacklist.store.opening import store_name

_STDOUT = "-"


def run(options: Namespace) -> int:
    """Writes the backup, whole or not at all, and writes down that there is one."""
    to_stdout = options.file == _STDOUT
    if to_stdout and options.json:
        raise SettingsError("--json goes with a FILE: with -, the backup itself is what is printed")
    if to_stdout and sys.stdout.isatty():
        raise SettingsError("a backup is no text for a terminal: name a FILE, or pipe it on")
    settings = settings_of(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that nothing is left half-written
    with closing(open_source(settings)) as contents:
        if to_stdout:
            with _spool(settings) as file:
                summary = _write(contents, file, settings, "stdout")
                file.seek(0)
                shutil.copyfileobj(file, sys.stdout.buffer)
        else:
            with new_file(Path(options.file)) as file:
                summary = _write(contents, file, settings, str(Path(options.file).resolve()))
    if options.json:
        told = {"generation": summary.generation, "at": summary.at, "rows": summary.rows}
        print_json({"file": options.file, **told, "size": summary.size, "sha256": summary.sha256})
    else:
        say(f"blacklist: generation {summary.generation}, {describe(summary.rows)}: {_size(summary.size)}")
        say("blacklist: who has the file can sign tokens, and guess passwords: keep it as you keep those")
    return 0


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"


def _write(contents: Contents, file: BinaryIO, settings: Settings, target: str) -> Summary:
    """The backup, on the disk and written down, though not yet where it will be."""

    def attempt() -> Summary:
        file.seek(0)
        file.truncate()
        with progress("backing up") as draw, closing(contents.rows()) as rows:
            return write_backup(file, rows, at=int(time()), program=__version__, progress=draw)

    summary = steadily(attempt)
    if not summary.generation and summary.rows == {"counter": 1}:
        raise BackupError("the store holds nothing: check --store and --data", path=store_name(settings))
    file.flush()
    os.fsync(file.fileno())
    write_down(settings, "store.backup", target)
    return summary


@contextmanager
def _spool(settings: Settings) -> Iterator[BinaryIO]:
    """A file without a name: what goes to stdout is whole as well."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.data) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BackupError(f"the backup can't be written: {error.strerror}", path=settings.data) from error

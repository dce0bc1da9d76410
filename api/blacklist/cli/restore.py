"""`blacklist restore`: what a backup holds, into an empty store or in the place of another's contents."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from time import time
from typing import BinaryIO

from blacklist.cli.auditing import local_event
from blacklist.cli.moving import describe, take_over
from blacklist.cli.options import settings_of
from blacklist.cli.output import moment, print_json, say
from blacklist.cli.progress import progress
from blacklist.errors import BackupError
from blacklist.settings import Settings
from blacklist.store.backup import Backup

_STDIN = "-"


def run(options: Namespace) -> int:
    """Verifies all of the backup, then loads all of it or nothing.

    The generation goes on after the backup's, by one for each second since: beyond what was published after it.
    """
    settings = settings_of(options)
    with _opened(options.file, settings) as file:
        backup = Backup(file, "stdin" if options.file == _STDIN else options.file)
        with progress("verifying") as draw:
            summary = backup.verify(draw)
        beyond = summary.generation + max(0, int(time()) - summary.at) + 1
        target = "stdin" if options.file == _STDIN else str(Path(options.file).resolve())
        event = local_event("store.restore", f"{target} of {moment(summary.at)}")
        told = take_over(settings, backup.rows, event, replace=options.replace, beyond=beyond)
    if options.json:
        print_json({"file": options.file, "at": summary.at, **told, "sha256": summary.sha256})
        return 0
    say(f"blacklist: {told['store']} is as it was at {moment(summary.at)}: {describe(told['rows'])}")
    published = told["published"]
    say(f"blacklist: generation {published} is published" if published else "blacklist: nothing is published")
    return 0


@contextmanager
def _opened(name: str, settings: Settings) -> Iterator[BinaryIO]:
    """The file; what comes from stdin is kept in one without a name, for it is read twice."""
    try:
        if name != _STDIN:
            with Path(name).open("rb") as file:
                yield file
            return
        settings.data.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.data) as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            yield spool
    except OSError as error:
        raise BackupError(f"can't be read: {error.strerror}", path=name) from error

"""The snapshot that a command answers from without a server."""

from __future__ import annotations

from contextlib import closing

from blacklist.cli.output import say
from blacklist.core.snapshot import Snapshot
from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.replica.local import load_newest
from blacklist.replica.share import RefusedSnapshotError, fetch, newest_generation
from blacklist.settings import Settings
from blacklist.store.opening import open_snapshots


def newest_snapshot(settings: Settings) -> Snapshot:
    """The newest snapshot that is whole. What a shared store has that is newer is fetched into the data folder first.

    When that fails it is told, and what is in the folder is taken. Raises StoreError or SnapshotUnavailable when there
    is nothing.
    """
    if settings.shared:
        have = newest_generation(settings.snapshots)
        try:
            with closing(open_snapshots(settings)) as source:
                fetch(source, settings.snapshots, have)
        except RefusedSnapshotError as error:
            if not have:
                raise SnapshotUnavailable(f"the snapshot of the store is refused: {error}") from error
            say(f"blacklist: answering from generation {have}, for that of the store is refused: {error}")
        except StoreError as error:
            if not have:
                raise
            say(f"blacklist: answering from generation {have}, the newest that is here: {error}")
    return load_newest(settings.snapshots)

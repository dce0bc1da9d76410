"""Snapshots between a folder and a shared store: fetched and verified on their way, published from their file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blacklist.core.snapshot import SnapshotError, verified
from blacklist.errors import SnapshotUnavailable
from blacklist.replica.local import generation_of, publish, published
from blacklist.store.sharing import Snapshots

_SLICE = 256 * 1024  # bytes


class RefusedSnapshotError(SnapshotError):
    """What the store has of a generation is no whole snapshot that this program reads."""

    def __init__(self, generation: int, reason: str) -> None:
        super().__init__(f"generation {generation}: {reason}")
        self.generation = generation


def newest_generation(folder: Path) -> int:
    """The generation of the newest snapshot in a folder; 0 when there is none."""
    return next(map(generation_of, published(folder)), 0)


def fetch(source: Snapshots[Any], folder: Path, beyond: int) -> int:
    """Fetches the store's snapshot when it is newer than that generation; the store's generation, 0 when it has none.

    A piece at a time, into a partial file that takes its name only when it is whole. Raises RefusedSnapshotError when
    what came is not whole or none that this program reads, StoreError when it could not be had.
    """
    current = source.current()
    if current is None:
        return 0
    generation: int = current.generation
    if generation > beyond:
        try:
            publish(folder, verified(source.chunks(current)), generation)
        except (SnapshotError, SnapshotUnavailable) as error:
            raise RefusedSnapshotError(generation, str(error)) from error
    return generation


def share(source: Snapshots[Any], folder: Path, *, fence: int | None) -> int:
    """Publishes the newest snapshot of a folder unless the store has it; its generation, 0 when there is none.

    Raises StoreError once another importer has the lease.
    """
    newest = next(iter(published(folder)), None)
    if newest is None:
        return 0
    generation = generation_of(newest)
    source.put(generation, _slices(newest), fence=fence)
    return generation


def _slices(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_SLICE):
                yield piece
    except OSError as error:
        raise SnapshotUnavailable(f"cannot be read: {error.strerror}", path=path) from error

"""Snapshots in a folder: published whole or not at all, verified before they are mapped."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from pathlib import Path

from blacklist.core.snapshot import Snapshot, SnapshotError, verify
from blacklist.errors import SnapshotUnavailable, StoreError

KEPT = 2  # the one that serves, and the one before it, should the newest turn out damaged
_PREFIX, _SUFFIX = "snapshot-", ".blk"


def publish(folder: Path, parts: Iterable[bytes], generation: int) -> Path:
    """Writes a snapshot under its final name in one step, then removes the ones that are no longer needed.

    One process at a time: what another left half-written is removed first.
    """
    target = snapshot_path(folder, generation)
    partial = folder / f".{target.name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f".{_PREFIX}*"):
            left.unlink(missing_ok=True)
        try:
            with partial.open("wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        _sync(folder)
        for old in published(folder)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write a snapshot: {error.strerror}; the last one stays", path=folder) from error
    return target


def snapshot_path(folder: Path, generation: int) -> Path:
    """The file of that generation."""
    return folder / f"{_PREFIX}{generation:012d}{_SUFFIX}"


def generation_of(path: Path) -> int:
    """The generation of a snapshot's file."""
    return int(path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX))


def published(folder: Path) -> list[Path]:
    """The snapshots in a folder, the newest generation first; none when there is no folder.

    Raises SnapshotUnavailable when the folder can't be read.
    """
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SnapshotUnavailable(f"cannot be read: {error.strerror}", path=folder) from error
    return [
        folder / name for name in sorted(names, reverse=True) if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    ]


def load(path: Path) -> Snapshot:
    """Verifies a snapshot by reading it, then maps it. Raises SnapshotError when it is not whole, OSError when gone."""
    with path.open("rb", buffering=0) as file:
        verify(lambda size: file.read(size) or b"")
        return Snapshot(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


def load_newest(folder: Path) -> Snapshot:
    """The newest snapshot that is whole. Raises SnapshotUnavailable when there is none, saying why."""
    refused = []
    for path in published(folder):
        try:
            return load(path)
        except (SnapshotError, OSError) as error:
            refused.append(f"{path.name}: {error}")
    reason = "; ".join(refused) or "nothing has been imported yet: run `blacklist import`"
    raise SnapshotUnavailable(reason, path=folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""From the store to a published snapshot: the place where the importer's rooms are joined."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from blacklist.core.compiler import CompiledFeed, compile_snapshot
from blacklist.core.listing import Allowed
from blacklist.core.snapshot import Snapshot
from blacklist.errors import SnapshotUnavailable, StoreError
from blacklist.replica.local import load_newest, publish
from blacklist.settings import Settings
from blacklist.store.interface import Store

_PROTECTED = "protected network (BLACKLIST_PROTECTED_NETWORKS)"


@contextmanager
def one_at_a_time(settings: Settings, *, wait: bool) -> Iterator[None]:
    """Holds the importer's lock, which ends with the process. Without `wait`, StoreError when another holds it."""
    path = settings.data / "import.lock"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", path=path) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            message = "another import is running: wait for it to end, then try again"
            raise StoreError(message, path=path) from None
        yield


def publish_changes(store: Store, settings: Settings, now: int) -> int:
    """Publishes a snapshot of the store unless the newest one is of it already; the generation that is published.

    Compiles again when the store, the protected networks, or by expiry the listings have changed.
    """
    protected = [str(network) for network in settings.protected_networks]
    try:
        newest = load_newest(settings.snapshots)
    except SnapshotUnavailable:
        newest = None
    if newest is not None and (newest.meta["protected"] != protected or _expired_since(newest, now)):
        store.touch()
    published = newest.head.generation if newest is not None else 0
    while (counter := store.counter()) > published:
        feeds = [
            CompiledFeed(state.info.name, state.info.category, state.last_success, store.generation(state.info.name))
            for state in store.feeds()
            if state.generation
        ]
        if not feeds:
            break  # nothing was ever imported: an empty snapshot would answer that nothing is listed
        allowlist = [
            *store.allowlist(),
            *(Allowed(network, _PROTECTED, 0, None, "protected") for network in settings.protected_networks),
        ]
        parts = compile_snapshot(feeds, allowlist, generation=counter, now=now, protected=protected)
        publish(settings.snapshots, parts, counter)
        published = counter
    return published


def _expired_since(snapshot: Snapshot, now: int) -> bool:
    compiled_at = snapshot.head.compiled_at
    return any(compiled_at < expires_at <= now for expires_at in snapshot.expires_at)

"""From the store to a published snapshot: the place where the importer's rooms are joined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from blacklist.cli.output import say
from blacklist.cli.turn import Turn, one_at_a_time
from blacklist.core.compiler import ALLOWLIST, PROTECTED, CompiledFeed, compile_snapshot
from blacklist.core.generation import GenerationBuilder
from blacklist.core.listing import Allowed, Facts
from blacklist.core.overlay import MANUAL, OPERATOR
from blacklist.core.snapshot import Snapshot
from blacklist.errors import SnapshotUnavailable
from blacklist.replica.local import load_newest, publish
from blacklist.replica.share import RefusedSnapshotError, fetch, newest_generation, share
from blacklist.settings import Settings
from blacklist.store.interface import Store
from blacklist.store.opening import open_requests, open_snapshots

_REASON = "protected network (BLACKLIST_PROTECTED_NETWORKS)"


@contextmanager
def operators_turn(settings: Settings) -> Iterator[None]:
    """For a command that changes what is listed: the importer's turn. On a shared store it has none: it asks."""
    if settings.shared:
        yield
        return
    with one_at_a_time(settings, wait=True):
        yield


def publish_or_ask(store: Store, settings: Settings, now: int) -> str:
    """Publishes what an operator has changed, or asks the importer to; what to tell, empty when there is nothing."""
    if settings.shared:
        requests = open_requests(settings)
        try:
            requests.ask()
        finally:
            requests.close()
        return "; the importer has been asked to publish it"
    generation = publish_changes(store, settings, now)
    return f"; generation {generation} is published" if generation else ""


def publish_everywhere(store: Store, settings: Settings, now: int, turn: Turn) -> int:
    """Publishes a snapshot of the store as `publish_changes` does; with a shared store, to all its servers.

    What another importer has published last is fetched first, for a snapshot continues the one before it.
    """
    if not settings.shared:
        return publish_changes(store, settings, now)
    source = open_snapshots(settings)
    try:
        try:
            fetch(source, settings.snapshots, newest_generation(settings.snapshots))
        except RefusedSnapshotError as error:
            say(f"blacklist: the snapshot of the store is replaced: {error}")
            store.touch(error.generation)  # so that the next one is newer
        turn.check()
        publish_changes(store, settings, now)
        turn.check()
        return share(source, settings.snapshots, fence=turn.fence)
    finally:
        source.close()


def publish_changes(store: Store, settings: Settings, now: int) -> int:
    """Publishes a snapshot of the store unless the newest one is of it already; the generation that is published.

    Compiles again when the store, the protected networks, or by expiry the listings have changed; also when the store
    is another one than the snapshot came from. A snapshot takes a generation of its own before it reads the store: what
    operators change meanwhile has a later one, and stays in the overlay.
    """
    protected = [str(network) for network in settings.protected_networks]
    try:
        newest = load_newest(settings.snapshots)
    except SnapshotUnavailable:
        newest = None
    published = newest.head.generation if newest is not None else 0
    stale = newest is not None and (
        newest.meta["protected"] != protected or _expired_since(newest, now) or _seen_since(newest, store, now)
    )
    while stale or store.counter() != published:
        feeds = _feeds(store)
        if newest is None and all(feed.role == ALLOWLIST for feed in feeds):
            break  # nothing was ever imported: an empty snapshot would answer that nothing is listed
        stale = False
        generation = store.touch(published)
        feeds = _feeds(store)
        always = [Allowed(network, _REASON, 0, None, PROTECTED) for network in settings.protected_networks]
        allowlist = [*store.allowlist(), *always]
        parts = compile_snapshot(feeds, allowlist, generation=generation, now=now, previous=newest)
        publish(settings.snapshots, parts, generation)
        newest = Snapshot(b"".join(parts))
        published = generation
    return published


def _feeds(store: Store) -> list[CompiledFeed]:
    feeds = [
        CompiledFeed(
            state.info.name,
            state.info.category,
            state.last_success,
            store.generation(state.info.name),
            state.info.role,
            state.info.ttl,
        )
        for state in store.feeds()
        if state.generation
    ]
    manual = GenerationBuilder()
    for one in store.manual():
        facts = (one.category, one.confidence, one.country, one.reason, one.first_seen, one.last_seen)
        manual.add(one.indicator, manual.fact(Facts(*facts, one.expires_at or 0)))
    if len(manual):
        feeds.append(CompiledFeed(MANUAL, OPERATOR, 0, manual.finish()))
    return feeds


def _expired_since(snapshot: Snapshot, now: int) -> bool:
    compiled_at = snapshot.head.compiled_at
    return any(compiled_at < expires_at <= now for expires_at in snapshot.expires_at)


def _seen_since(snapshot: Snapshot, store: Store, now: int) -> bool:
    """Whether listings would soon expire that were seen again meanwhile: half of the time they have is over."""
    seen = {state.info.name: state.last_success for state in store.feeds()}
    return any(
        seen.get(feed["name"], 0) > feed["seen_at"] and now > feed["seen_at"] + feed["ttl"] // 2
        for feed in (*snapshot.meta["feeds"], *snapshot.meta["allowlists"])
        if feed["ttl"]
    )

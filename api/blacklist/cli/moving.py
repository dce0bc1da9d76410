"""What `backup`, `restore` and `migrate` have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from time import time
from typing import TypeVar

from blacklist.cli.output import say
from blacklist.cli.pipeline import publish_everywhere
from blacklist.cli.progress import progress, watched
from blacklist.cli.turn import one_at_a_time
from blacklist.errors import BlacklistError, StoreError
from blacklist.settings import Settings
from blacklist.store.chain import Event
from blacklist.store.contents import Contents, Overtaken, Row
from blacklist.store.opening import open_contents, open_keys, open_store, store_name

_T = TypeVar("_T")
_ATTEMPTS = 5


def open_source(settings: Settings) -> Contents:
    """The contents of a store that is there. Raises StoreError when it is not."""
    if not settings.shared and not settings.store_path.is_file():
        raise StoreError("there is no store: check --store and --data", path=settings.store_path)
    return open_contents(settings)


def steadily(act: Callable[[], _T]) -> _T:
    """Does what reads a whole store, again when the store has overtaken it."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return act()
        except Overtaken:
            say("blacklist: the store has changed while it was read: reading it again")
    return act()


def take_over(
    settings: Settings,
    rows: Callable[[], Iterable[Row]],
    event: Event,
    *,
    replace: bool,
    beyond: int = 0,
) -> dict[str, object]:
    """Loads the rows into the store, writes the event down, and publishes; what there is to tell.

    No import happens meanwhile. Raises StoreError when something is there already, unless it is to be replaced.
    """
    now, counts = int(time()), Counter[str]()

    def counted() -> Iterator[Row]:
        counts.clear()
        with progress("loading") as draw:
            for row in watched(rows(), draw):
                counts[row.kind] += 1
                yield row

    with one_at_a_time(settings, wait=True) as turn:
        with closing(open_contents(settings, fence=turn.fence)) as contents:
            steadily(lambda: contents.load(counted(), replace=replace, beyond=beyond))
        with closing(open_keys(settings)) as keys:
            keys.log(event)
        with closing(open_store(settings, fence=turn.fence)) as store:
            try:
                published = publish_everywhere(store, settings, now, turn)
            except BlacklistError as error:
                message = f"all of it is in the store, but not published: {error}; run `blacklist import --publish`"
                raise StoreError(message) from error
            generation = store.counter()
    told = {"store": store_name(settings), "generation": generation, "published": published or None}
    return {**told, "rows": dict(counts)}


def describe(counts: object) -> str:
    """What rows of which kind there were, for people."""
    found = counts if isinstance(counts, dict) else {}
    names = (("feed", "feeds"), ("entry", "entries by hand"), ("key", "keys"), ("user", "operators"))
    parts = [f"{found.get(kind, 0):,} {name}" for kind, name in names]
    return ", ".join(parts) + f" and {found.get('audit', 0):,} entries of the audit log"

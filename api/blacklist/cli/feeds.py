"""`blacklist feeds`: what the store knows of each feed."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from time import time

from blacklist.cli.options import settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.cli.pipeline import one_at_a_time, publish_changes
from blacklist.errors import StoreError
from blacklist.store.interface import FeedState
from blacklist.store.sqlite import SqliteStore


def run(options: Namespace) -> int:
    """Lists the feeds, or removes one."""
    settings = settings_of(options)
    store = SqliteStore(settings.store_path)
    if options.action == "remove":
        if store.remove(options.name) is None:
            known = ", ".join(state.info.name for state in store.feeds()) or "none"
            raise StoreError(f"there is no feed {options.name!r}; there are: {known}", path=settings.store_path)
        with one_at_a_time(settings, wait=True):
            generation = publish_changes(store, settings, int(time()))
        say(f"blacklist: removed {options.name}; generation {generation} is published")
    elif options.json:
        print_json([_values(state) for state in store.feeds()])
    else:
        headings = ("FEED", "CATEGORY", "ENTRIES", "LAST SUCCESS", "LAST IMPORT", "REJECTED", "NOTE")
        print_table(headings, map(_row, store.feeds()))
    return 0


def _values(state: FeedState) -> dict[str, object]:
    return {
        **asdict(state.info),
        "generation": state.generation,
        "entries": state.entries,
        "last_success": state.last_success,
        "last": asdict(state.last),
        "held": None if state.held is None else asdict(state.held),
    }


def _row(state: FeedState) -> tuple[object, ...]:
    note = f"held back: {state.held.error}" if state.held else state.last.error or "-"
    success, info, last = moment(state.last_success), state.info, state.last
    return info.name, info.category, state.entries, success, last.outcome, last.rejected, note

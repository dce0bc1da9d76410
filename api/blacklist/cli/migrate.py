"""`blacklist migrate`: everything that one store holds, into another."""

from __future__ import annotations

import os
from argparse import Namespace
from contextlib import closing
from dataclasses import replace

from blacklist.cli.auditing import local_event
from blacklist.cli.moving import describe, open_source, take_over
from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.errors import SettingsError
from blacklist.settings import SETTINGS, Settings
from blacklist.store.opening import check_store, store_name

_PARSE = next(setting.parse for setting in SETTINGS if setting.name == "store")


def run(options: Namespace) -> int:
    """Loads all of it or nothing. The store that it comes from stays as it is.

    Without a data folder that is named, an embedded store's snapshots go where the store is.
    """
    settings = settings_of(options)
    source, target = _at(settings, options.source, "FROM"), _at(settings, options.target, "TO")
    if source.store == target.store or (not source.shared and source.keys_path.resolve() == _keys_path(target)):
        raise SettingsError("FROM and TO are the same store, or files in the same folder, which share their keys")
    if not target.shared and getattr(options, "data", None) is None and "BLACKLIST_DATA" not in os.environ:
        target = replace(target, data=target.store_path.parent)
    event = local_event("store.migrate", f"{store_name(source)} to {store_name(target)}")
    with closing(open_source(source)) as contents:
        told = take_over(target, contents.rows, event, replace=options.replace)
    if options.json:
        print_json({"from": store_name(source), **told})
        return 0
    say(f"blacklist: {store_name(target)} has what {store_name(source)} has: {describe(told['rows'])}")
    if told["published"]:
        say(f"blacklist: generation {told['published']} is published in {target.data}: give it as --data")
    else:
        say("blacklist: nothing is published, since no feed was ever imported")
    return 0


def _at(settings: Settings, address: str, name: str) -> Settings:
    if not address:
        raise SettingsError(f"{name} must be the address of a store: sqlite:///path, redis://host, …")
    try:
        chosen = replace(settings, store=_PARSE(address))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
    check_store(chosen, name)
    return chosen


def _keys_path(settings: Settings) -> object:
    return None if settings.shared else settings.keys_path.resolve()

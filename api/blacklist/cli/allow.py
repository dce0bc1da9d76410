"""`blacklist allow`: the allowlist, which wins over every feed. A change is published before the command ends."""

from __future__ import annotations

from argparse import Namespace
from time import time

from blacklist.cli.auditing import write_down
from blacklist.cli.options import expiry_of, settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.cli.pipeline import operators_turn, publish_or_ask
from blacklist.core.indicator import Indicator, IndicatorError, parse_one
from blacklist.core.listing import Allowed
from blacklist.core.overlay import Edit
from blacklist.core.policy import too_wide
from blacklist.errors import SettingsError, StoreError
from blacklist.store.interface import Store
from blacklist.store.opening import open_store, store_name


def run(options: Namespace) -> int:
    """Adds, removes or lists."""
    settings = settings_of(options)
    store = open_store(settings)
    if options.action == "list":
        _list(store, as_json=options.json)
        return 0
    indicator = _indicator(options.indicator)
    now = int(time())
    adding = options.action == "add"
    if adding and not options.force and (reason := too_wide(indicator)) is not None:
        raise SettingsError(f"{indicator} is {reason}: it would undo most of the lists; --force if that is meant")
    entry = Allowed(indicator, options.reason, now, expiry_of(options)) if adding else None
    if store.edit([Edit(indicator, allowlist=True, entry=entry)], at=now) is None:
        raise StoreError(
            f"{indicator} is not on the allowlist: `blacklist allow list` shows it", path=store_name(settings)
        )
    write_down(settings, f"allowlist.{options.action}", str(indicator))
    with operators_turn(settings):
        told = publish_or_ask(store, settings, now)
    done = "allowed" if adding else "no longer allowed"
    say(f"blacklist: {indicator} is {done}{told}")
    return 0


def _list(store: Store, *, as_json: bool) -> None:
    entries = store.allowlist()
    if as_json:
        print_json(
            [
                {
                    "indicator": str(entry.indicator),
                    "reason": entry.reason,
                    "added_at": entry.added_at,
                    "expires_at": entry.expires_at,
                }
                for entry in entries
            ]
        )
        return
    rows = [(entry.indicator, entry.reason, moment(entry.added_at), moment(entry.expires_at)) for entry in entries]
    print_table(("INDICATOR", "REASON", "ADDED", "EXPIRES"), rows)


def _indicator(text: str) -> Indicator:
    try:
        return parse_one(text)
    except IndicatorError as error:
        raise SettingsError(str(error)) from None

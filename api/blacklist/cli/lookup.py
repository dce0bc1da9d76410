"""`blacklist lookup`: verdicts from the newest snapshot and the changes since, without a server."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from time import time
from typing import Any

from blacklist.cli.newest import newest_snapshot
from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.core.index import Index
from blacklist.core.indicator import IndicatorError, parse_address
from blacklist.core.overlay import Change, Overlay
from blacklist.errors import StoreError
from blacklist.settings import Settings
from blacklist.store.opening import open_store
from blacklist.web.verdicts import verdict_dict


def run(options: Namespace) -> int:
    """0 when every address was answered, 1 when one of them is not an address."""
    settings = settings_of(options)
    snapshot = newest_snapshot(settings)
    index = Index(snapshot, Overlay(_changes(settings, snapshot.head.generation)))
    verdicts = [_verdict(index, text) for text in options.address]
    if options.json:
        print_json(verdicts)
    else:
        print("\n".join(map(_line, verdicts)))
    return 1 if any("error" in verdict for verdict in verdicts) else 0


def _changes(settings: Settings, since: int) -> Sequence[Change]:
    """What operators have changed since the snapshot; a store that can't be read is told, and answers go on."""
    if not settings.shared and not settings.store_path.exists():
        return []
    try:
        store = open_store(settings)
        changes = store.changes(since)
        store.close()
    except StoreError as error:
        say(f"blacklist: answering without the changes since generation {since}: {error}")
        return []
    return changes


def _verdict(index: Index, text: str) -> dict[str, Any]:
    try:
        return verdict_dict(index, index.lookup(*parse_address(text), time()))
    except IndicatorError as error:
        return {"address": text, "error": str(error)}


def _line(verdict: dict[str, Any]) -> str:
    if "error" in verdict:
        return f"{verdict['address']}: error: {verdict['error']}"
    listings = "".join(
        f"\n  {listing['indicator']} by {listing['feed']} ({listing['category']}, confidence {listing['confidence']})"
        f" since {listing['first_seen'] or 'unknown'}" + (f": {listing['reason']}" if listing["reason"] else "")
        for listing in verdict["listings"]
    )
    allowed = verdict["allowlisted"]
    state = "listed" if verdict["listed"] else "not listed"
    if allowed:
        state = f"not listed, because {allowed['indicator']} is allowed: {allowed['reason']}"
    return f"{verdict['address']}: {state}{listings}"

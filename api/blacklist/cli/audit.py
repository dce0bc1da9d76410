"""`blacklist audit`: is the log what was written, and what is in it."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.errors import SettingsError
from blacklist.store.chain import Head
from blacklist.store.interface import Keys
from blacklist.store.opening import open_keys


def run(options: Namespace) -> int:
    """Verifies or exports."""
    noted = _noted(getattr(options, "head", None))
    store = open_keys(settings_of(options))
    try:
        if options.action == "export":
            _export(store, as_json=options.json)
            return 0
        return _verify(store, noted, as_json=options.json)
    finally:
        store.close()


def _verify(store: Keys, noted: list[Head], *, as_json: bool) -> int:
    broken, head = store.verify(*noted), store.head()
    if as_json:
        trouble = None if broken is None else {"number": broken.number, "reason": broken.reason}
        print_json({"intact": broken is None, "number": head.number, "hash": head.hash.hex(), "broken": trouble})
    elif broken is None:
        print(f"{head.number}:{head.hash.hex()}")
        say(f"blacklist: the audit log is intact up to entry {head.number}; keep the line above elsewhere, for --head")
    if broken is not None:
        say(f"blacklist: the audit log is not what was written: {broken.reason}")
        return 1
    return 0


def _export(store: Keys, *, as_json: bool) -> None:
    """One entry a line, or one array of them; written as it is read."""
    if as_json:
        sys.stdout.write("[")
    for place, (_, record, digest) in enumerate(store.entries()):
        entry = json.dumps(json.loads(record) | {"hash": digest.hex()}, ensure_ascii=False)
        sys.stdout.write((",\n" if place else "\n") + entry if as_json else entry + "\n")
    if as_json:
        sys.stdout.write("\n]\n")


def _noted(text: str | None) -> list[Head]:
    if text is None:
        return []
    number, _, digest = text.partition(":")
    try:
        head = Head(int(number), bytes.fromhex(digest))
    except ValueError:
        head = Head()
    if head.number < 1 or len(head.hash) != 32:
        raise SettingsError(f"--head={text!r}: must be what `blacklist audit verify` printed, NUMBER:HASH")
    return [head]

"""`blacklist export`: one list of the newest snapshot, to a file or stdout. The server renders its lists with it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from time import time

from blacklist.cli.newest import newest_snapshot
from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.core.selection import Selection
from blacklist.errors import BlacklistError, SettingsError
from blacklist.formats.interface import Tally, TooLargeError
from blacklist.formats.registry import EXPORTS
from blacklist.lists.options import PARAMETERS, QueryError, UnknownError
from blacklist.lists.query import find_format, read_query
from blacklist.lists.writing import write_file, write_stream
from blacklist.replica.local import load_newest

NICE = 10  # a list for the server's callers waits while lookups are answered


def run(options: Namespace) -> int:
    """Writes the list. With a file: whole or not at all."""
    if options.json and options.file is None:
        raise SettingsError("--json goes with a FILE: without one, the list itself is what is printed")
    name, _, suffix = options.list.rpartition(".")
    given = ((parameter, getattr(options, parameter)) for parameter in PARAMETERS)
    try:
        find_format(suffix)
        settings = settings_of(options)
        of_a_server = options.packed or options.room  # which follows the store by itself
        snapshot = load_newest(settings.snapshots) if of_a_server else newest_snapshot(settings)
        criteria = read_query(snapshot, name, suffix, [(key, value) for key, value in given if value is not None])
    except UnknownError as error:
        raise SettingsError(f"{options.list!r}: {error}") from None
    except QueryError as error:
        raise SettingsError(str(error)) from None
    if options.room:
        os.nice(NICE)
    export = EXPORTS[suffix]
    tally = Tally(room=options.room)
    chunks = export.write(Selection(snapshot, criteria, time(), disjoint=export.disjoint), tally)
    try:
        if options.file is None:
            digest = write_stream(sys.stdout.buffer.write, chunks, tally)
        else:
            digest = write_file(Path(options.file), chunks, tally, packed=options.packed)
    except TooLargeError as error:
        if options.json:
            print_json({"too_large": True})
        raise BlacklistError(f"{options.list}: {error}") from None
    summary = {
        "list": name,
        "format": suffix,
        "generation": snapshot.head.generation,
        "compiled_at": snapshot.head.compiled_at,
        "entries": tally.entries,
        "omitted": tally.omitted,
        "sha256": digest,
    }
    if options.json:
        print_json(summary)
    else:
        left_out = f"; {tally.omitted} that {suffix} can't hold were left out" if tally.omitted else ""
        say(f"blacklist: {tally.entries} entries of generation {snapshot.head.generation}{left_out}")
    return 0

"""`blacklist import`: the configured feeds, or one file, into the store, and a snapshot of all of it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from pathlib import Path
from time import monotonic, time

from blacklist.cli import FAILED, QUARANTINED
from blacklist.cli.auditing import write_down
from blacklist.cli.options import settings_of
from blacklist.cli.output import print_json, say
from blacklist.cli.pipeline import publish_everywhere
from blacklist.cli.turn import Busy, Turn, one_at_a_time
from blacklist.cli.watching import watch
from blacklist.core.special import SPECIAL
from blacklist.errors import SettingsError
from blacklist.feeds.catalogue import Feed, category_taken, load_feeds, name_taken
from blacklist.feeds.due import DEFAULT_INTERVAL, due_at
from blacklist.feeds.importer import import_feed
from blacklist.feeds.options import OPTIONS
from blacklist.settings import Settings
from blacklist.store.interface import ImportRecord, Store
from blacklist.store.opening import open_store

_REDRAW = 0.1  # seconds
_SHOWN = 3  # rejected lines
_SPECIAL = {f"{one.name} ({one.source})" for one in SPECIAL}


def run(options: Namespace) -> int:
    """0 when every feed was imported or is unchanged, 3 when one was quarantined, 1 when one failed."""
    settings = settings_of(options)
    if options.watch:
        return watch(options, settings)
    feeds = _chosen(options, settings)
    try:
        with one_at_a_time(settings, wait=options.wait) as turn:
            records, generation = _import_all(feeds, settings, turn, options)
    except Busy:
        if options.due:
            return 0  # another importer looks at what is due
        raise
    if options.file and not options.dry_run:
        write_down(settings, "feed.import", options.feed)
    if options.json:
        summary = [asdict(record) for record in records]
        print_json({"dry_run": options.dry_run, "generation": generation or None, "feeds": summary})
    elif options.due and not records:
        pass  # asked once a minute, with nothing to tell
    elif generation:
        say(f"blacklist: generation {generation} is published")
    elif options.dry_run:
        say("blacklist: a dry run, nothing was stored")
    else:
        say("blacklist: nothing is published, since no feed was ever imported")
    outcomes = {record.outcome for record in records}
    return FAILED if "failed" in outcomes else QUARANTINED if "quarantined" in outcomes else 0


def _import_all(
    feeds: Sequence[Feed], settings: Settings, turn: Turn, options: Namespace
) -> tuple[list[ImportRecord], int]:
    """What came of each feed, and the generation that is published; 0 for none."""
    store, records = open_store(settings, fence=turn.fence), []
    try:
        if options.due:
            feeds = _due(feeds, store, settings)
        for feed in feeds:
            turn.check()
            records.append(_import(store, feed, dry_run=options.dry_run))
        return records, 0 if options.dry_run else publish_everywhere(store, settings, int(time()), turn)
    finally:
        store.close()


def _due(feeds: Sequence[Feed], store: Store, settings: Settings) -> list[Feed]:
    now, every = int(time()), settings.import_every or DEFAULT_INTERVAL
    known = {state.info.name: state for state in store.feeds()}
    return [feed for feed in feeds if due_at(feed, known.get(feed.name), every) <= now]


def _chosen(options: Namespace, settings: Settings) -> Sequence[Feed]:
    if options.publish and (options.name or options.file or options.feed or options.dry_run):
        raise SettingsError("--publish imports nothing: it goes with neither feeds, nor a file, nor --dry-run")
    if options.publish:
        return []
    if options.due and (options.file or options.feed):
        raise SettingsError("--due is for the configured feeds: it goes with neither --file nor --feed")
    return _one_file(options, settings) if options.file or options.feed else _configured(options, settings)


def _configured(options: Namespace, settings: Settings) -> Sequence[Feed]:
    alone = [name for name in ("format", "category", "allow_special") if getattr(options, name)]
    if alone:
        raise SettingsError(f"--{alone[0].replace('_', '-')} goes with --file; for a configured feed, edit feeds.toml")
    feeds = {feed.name: feed for feed in load_feeds(settings.feeds)}
    for name in options.name:
        if name not in feeds:
            near = get_close_matches(name, feeds, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(feeds)}"
            raise SettingsError(f"there is no feed {name!r}; {remedy}", path=settings.feeds)
    return [feeds[name] for name in dict.fromkeys(options.name)] if options.name else list(feeds.values())


def _one_file(options: Namespace, settings: Settings) -> Sequence[Feed]:
    """A feed of feeds.toml read from another file, or one that is only here."""
    if not (options.file and options.feed):
        raise SettingsError("--file and --feed go together: --file PATH --feed NAME")
    if options.name:
        raise SettingsError("name feeds, or import one --file, not both")
    if not Path(options.file).exists():
        raise SettingsError("there is no such file or folder", path=options.file)
    given = {name: getattr(options, name) for name in ("format", "category") if getattr(options, name) is not None}
    for name, value in {"name": options.feed, **given}.items():
        if not OPTIONS[name].check(value):
            raise SettingsError(f"{value!r}: the {name} must be {OPTIONS[name].rule}")
    known = {feed.name: feed for feed in load_feeds(settings.feeds)}
    feed = known.get(options.feed) or Feed(options.feed, format="plain", category="custom")
    feed = replace(feed, url="", pages=0, path=Path(options.file), **given)
    if options.allow_special:
        feed = replace(feed, policy=replace(feed.policy, allow_special=True))
    taken = name_taken(feed.name, {feed.category, *(other.category for other in known.values())})
    if taken is not None:
        remedy = f"that is {taken}, and a feed can't be named like it; choose another"
        raise SettingsError(f"--feed={feed.name!r}: {remedy}")
    if (taken := category_taken(feed.category, known)) is not None:
        remedy = f"that is {taken}, and a category can't be named like it; choose another"
        raise SettingsError(f"--category={feed.category!r}: {remedy}")
    return [feed]


def _import(store: Store, feed: Feed, *, dry_run: bool) -> ImportRecord:
    started = monotonic()
    progress = _progress_of(feed) if sys.stderr.isatty() else None
    record = import_feed(store, feed.with_secrets(os.environ), now=int(time()), dry_run=dry_run, progress=progress)
    if progress is not None:
        print("\r\033[K", end="", file=sys.stderr)
    seconds = monotonic() - started
    kept = "held back" if record.outcome == "quarantined" else "accepted"
    counts = f"{record.accepted:,} {kept}, {record.rejected:,} rejected" if record.accepted + record.rejected else ""
    why = f": {record.error}" if record.error else ""
    say(f"{feed.name}: {record.outcome}{why}" + (f" ({counts}, {seconds:.1f} s)" if counts else ""))
    if record.outcome == "quarantined":
        _explain(feed, record)
        if not dry_run:
            name = feed.name
            say(f"  see `blacklist feeds show {name}`, then `blacklist feeds approve {name}` or `… reject {name}`")
    return record


def _explain(feed: Feed, record: ImportRecord) -> None:
    """What a person needs to decide on an update that is held back."""
    for sample in record.samples[:_SHOWN]:
        say(f"  line {sample.line}: {sample.text!r}: {sample.reason}")
    if not feed.policy.allow_special and _SPECIAL & record.reasons.keys():
        say("  addresses of special-purpose networks are accepted with allow_special = true, or --allow-special")


def _progress_of(feed: Feed) -> Callable[[int], None]:
    drawn = monotonic()

    def draw(lines: int) -> None:
        nonlocal drawn
        if (now := monotonic()) - drawn >= _REDRAW:
            drawn = now
            print(f"\r\033[K{feed.name}: {lines:,} lines", end="", file=sys.stderr, flush=True)

    return draw

"""The importer: one feed, fetched, parsed, guarded, merged with what is known of it, and handed to the store.

A bad feed is never an exception: the outcome is in the record and in the store, and the last good generation stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from blacklist import __version__
from blacklist.core.generation import EMPTY, Generation, GenerationError, merge, same
from blacklist.core.policy import suspicions
from blacklist.errors import FeedError, StoreError
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.content import Content, NotModified, Part, Validators
from blacklist.feeds.fetch import fetch
from blacklist.feeds.intake import Intake
from blacklist.feeds.local import open_local
from blacklist.formats.interface import Context
from blacklist.formats.lines import BEGINNING, is_html
from blacklist.formats.registry import READERS
from blacklist.store.interface import FeedState, ImportRecord, Store

MOST = 2_000_000
"""Indicators of one feed: what fits the importer's memory."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Update:
    """What was read: the new generation, before it is merged, and what the files say of themselves."""

    generation: Generation
    intake: Intake
    source_date: int
    problems: tuple[str, ...]
    validators: Validators


def import_feed(
    store: Store, feed: Feed, *, now: int, dry_run: bool = False, progress: Progress | None = None
) -> ImportRecord:
    """Imports one feed at `now`, in Unix seconds. What was found is returned, and unless it is a dry run, stored.

    `progress` is called with the number of lines read so far. Raises StoreError alone.
    """
    state = store.feed(feed.name)
    old = _last_good(store, feed)
    generation = EMPTY
    try:
        update = _read(feed, Validators() if old is None else _validators(feed, state), now, progress)
    except (FeedError, GenerationError) as error:
        record = _failed(feed, state, now, str(error))
    else:
        if update is None:
            record = _unchanged(feed, state, now)
        else:
            generation = merge(old or EMPTY, update.generation)
            record = _judged(feed, state, update, generation, now)
            if record.outcome == "imported" and _nothing_new(feed, state, old, generation):
                record = replace(record, outcome="unchanged")
    if not dry_run:
        _keep(store, feed, generation, record)
    return record


def _keep(store: Store, feed: Feed, generation: Generation, record: ImportRecord) -> None:
    if record.outcome == "imported":
        store.commit(feed.info, generation, record)
    elif record.outcome == "unchanged":
        store.confirm(feed.name, record)
    elif record.outcome == "quarantined":
        store.hold(feed.info, generation, record)
    else:
        store.fail(feed.info, record)


def _last_good(store: Store, feed: Feed) -> Generation | None:
    """The last good generation, or None when the store's bytes of it are damaged: importing again mends that."""
    try:
        return store.generation(feed.name)
    except StoreError:
        return None  # a store that is out of reach says so again when the outcome is kept


def _judged(feed: Feed, state: FeedState | None, update: _Update, generation: Generation, now: int) -> ImportRecord:
    """What was found, imported unless there is a doubt."""
    doubts = [
        *update.problems,
        *_older(update, state),
        *suspicions(
            feed.policy,
            before=state.entries if state is not None and state.generation else None,
            after=len(generation),
            accepted=update.intake.accepted,
            rejected=update.intake.rejected,
        ),
    ]
    record = _found(feed, update, now)
    # The date of what was accepted last stays whatever comes between, so that an older file is older a second time too.
    known = _known_date(state)
    if doubts:
        return replace(record, outcome="quarantined", error="; ".join(doubts), source_date=known or record.source_date)
    return replace(record, source_date=max(known, record.source_date))


def _nothing_new(feed: Feed, state: FeedState | None, old: Generation | None, generation: Generation) -> bool:
    known = state is not None and state.generation > 0 and state.info == feed.info
    return known and old is not None and same(old, generation)


def _read(feed: Feed, validators: Validators, now: int, progress: Progress | None) -> _Update | None:
    """The update; None when the server says that nothing changed. Raises FeedError or GenerationError."""
    read = READERS[feed.format]
    context = Context(now, feed.confidence)
    intake = Intake(feed.policy)
    source_date, problems, parts = 0, [], 0
    with _open(feed, validators) as content:
        if isinstance(content, NotModified):
            return None
        for part in content.parts:
            parts += 1
            chunks = _watched(part, intake, progress)
            beginning = _beginning(chunks)
            if is_html(beginning):
                problems.append((part.name, "it is a web page (HTML), not a list"))
                continue
            about = read(_chained(beginning, chunks), context, intake)
            source_date = max(source_date, about.source_date)
            if about.problem:
                problems.append((part.name, about.problem))
        told = tuple(f"{name}: {problem}" if parts > 1 else problem for name, problem in problems)
        return _Update(intake.finish(), intake, source_date, told, content.validators)


def _open(feed: Feed, validators: Validators) -> AbstractContextManager[Content | NotModified]:
    if feed.path is not None:
        return open_local(feed.path)
    return fetch(feed.url, validators, allow_http=feed.allow_http, allow_private=feed.allow_private)


def _watched(part: Part, intake: Intake, progress: Progress | None) -> Iterator[bytes]:
    for chunk in part.chunks:
        if chunk:
            yield chunk
        if len(intake) > MOST:
            raise FeedError(f"it has more than {MOST} entries")
        if progress is not None:
            progress(intake.accepted + intake.rejected)


def _beginning(chunks: Iterator[bytes]) -> bytes:
    """Enough of a file to tell what it is, however small its chunks."""
    beginning = b""
    while len(beginning) < BEGINNING and (chunk := next(chunks, b"")):
        beginning += chunk
    return beginning


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _older(update: _Update, state: FeedState | None) -> list[str]:
    """The doubt whether this is an older file than the one that was accepted last."""
    known = _known_date(state)
    if not 0 < update.source_date < known:
        return []
    return [f"it is of {_date(update.source_date)}, older than the one of {_date(known)}"]


def _known_date(state: FeedState | None) -> int:
    """The feed's own date of what was accepted last; 0 when there is none."""
    return state.last.source_date if state is not None and state.generation else 0


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _found(feed: Feed, update: _Update, now: int) -> ImportRecord:
    intake, validators = update.intake, update.validators
    return ImportRecord(
        feed=feed.name,
        at=now,
        outcome="imported",
        accepted=intake.accepted,
        rejected=intake.rejected,
        masked=intake.masked,
        duplicates=intake.duplicates,
        source_date=update.source_date,
        etag=f"{_rules(feed)} {validators.etag}",
        last_modified=validators.last_modified,
        reasons=intake.reasons,
        samples=intake.samples,
    )


def _unchanged(feed: Feed, state: FeedState | None, now: int) -> ImportRecord:
    if state is None:
        return ImportRecord(feed.name, now, "unchanged")
    last = state.last if state.last.outcome != "failed" else replace(state.last, accepted=state.entries)
    return replace(last, at=now, outcome="unchanged", error="")


def _failed(feed: Feed, state: FeedState | None, now: int, error: str) -> ImportRecord:
    """The record of a failure: what the next import needs to know is kept from the last one."""
    record = ImportRecord(feed.name, now, "failed", error=error)
    if state is None:
        return record
    validators = _validators(feed, state)
    etag = f"{_rules(feed)} {validators.etag}" if validators != Validators() else ""
    return replace(record, source_date=_known_date(state), etag=etag, last_modified=validators.last_modified)


def _validators(feed: Feed, state: FeedState | None) -> Validators:
    """What to ask with. Nothing unless the last content was accepted, and would be read the same way today."""
    if state is None or not state.generation or state.last.outcome == "quarantined":
        return Validators()
    rules, _, etag = state.last.etag.partition(" ")
    return Validators(etag, state.last.last_modified) if rules == _rules(feed) else Validators()


def _rules(feed: Feed) -> str:
    """A digest of all that decides how the same bytes are read: kept before the etag of the last import."""
    rules = (__version__, feed.url, feed.format, feed.category, feed.confidence, feed.licence, feed.attribution)
    return hashlib.sha256(repr((rules, feed.policy)).encode()).hexdigest()[:16]

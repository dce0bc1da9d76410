"""The importer: one feed, fetched, parsed, guarded, merged with what is known of it, and handed to the store.

A bad feed is never an exception: the outcome is in the record and in the store, and the last good generation stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from blacklist import __version__
from blacklist.core.generation import EMPTY, Generation, merge, same
from blacklist.core.impact import impact
from blacklist.core.interned import TooManyFactsError
from blacklist.core.policy import Doubt, FeedPolicy, suspicions
from blacklist.core.together import wider_together
from blacklist.errors import FeedError, StoreError
from blacklist.feeds.catalogue import Feed
from blacklist.feeds.content import Validators
from blacklist.feeds.update import Progress, Update, read_update
from blacklist.store.interface import FeedState, ImportRecord, Store

_LIMIT = FeedPolicy()


class _Known(NamedTuple):
    """A feed, what the store knows of it, and its last good generation, None when the bytes of that are damaged."""

    feed: Feed
    state: FeedState | None
    old: Generation | None


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
        update = read_update(feed, Validators() if old is None else _validators(feed, state), now, progress)
        if update is not None:
            generation = merge(old or EMPTY, update.generation)
    except (FeedError, TooManyFactsError) as error:
        record = _failed(feed, state, now, str(error))
    else:
        if update is None:
            record = _unchanged(feed, state, now)
        else:
            record = _judged(_Known(feed, state, old), update, generation, now)
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


def _judged(known: _Known, update: Update, generation: Generation, now: int) -> ImportRecord:
    """The record of an update that was read: quarantined when there is a doubt, else imported, or unchanged."""
    feed, state, old = known.feed, known.state, known.old
    doubts = _doubts(feed, state, update, generation)
    error = "; ".join(doubt.text for doubt in doubts)
    nothing_new = _nothing_new(feed, state, old, generation)
    good = state.good if state is not None else None
    record = _found(feed, update, now)
    # The date of what was accepted last stays whatever comes between, so that an older file is older a second time too.
    date = _known_date(state)
    if doubts and not (nothing_new and good is not None and good.approved == error):
        guards = tuple(sorted({doubt.guard for doubt in doubts}))
        change = impact(old or EMPTY, generation)
        held = replace(record, outcome="quarantined", error=error, guards=guards, change=change)
        held = replace(held, source_date=date or record.source_date)
        return replace(held, outcome="rejected") if _was_rejected(held, state) else held
    outcome = "unchanged" if nothing_new else "imported"
    approved = good.approved if nothing_new and good is not None else ""
    return replace(record, outcome=outcome, approved=approved, source_date=max(date, record.source_date))


def _was_rejected(record: ImportRecord, state: FeedState | None) -> bool:
    """Whether an operator has rejected just this the last time: it is not put before them again."""
    if state is None or state.last.outcome != "rejected":
        return False
    last = state.last
    return (last.error, last.change, last.accepted) == (record.error, record.change, record.accepted)


def _doubts(feed: Feed, state: FeedState | None, update: Update, generation: Generation) -> list[Doubt]:
    doubts = [
        *update.doubts,
        *_older(update, state),
        *_fewer_pages(update, state),
        *suspicions(
            feed.policy,
            before=state.entries if state is not None and state.generation else None,
            after=len(generation),
            accepted=update.intake.accepted,
            rejected=update.intake.rejected,
        ),
    ]
    policy = feed.policy
    widest = {4: min(policy.min_prefix_v4, _LIMIT.min_prefix_v4), 6: min(policy.min_prefix_v6, _LIMIT.min_prefix_v6)}
    if (wide := wider_together(generation, widest)) is not None:
        doubts.append(Doubt("wide", f"its networks together cover {wide}, wider than /{widest[wide.version]}"))
    return doubts


def _nothing_new(feed: Feed, state: FeedState | None, old: Generation | None, generation: Generation) -> bool:
    known = state is not None and state.generation > 0 and state.info == feed.info
    return known and old is not None and same(old, generation)


def _older(update: Update, state: FeedState | None) -> list[Doubt]:
    """The doubt whether this is an older file than the one that was accepted last."""
    known = _known_date(state)
    if not 0 < update.source_date < known:
        return []
    text = f"it is of {_date(update.source_date)}, older than the one of {_date(known)}"
    return [Doubt("older", text)]


def _fewer_pages(update: Update, state: FeedState | None) -> list[Doubt]:
    """The doubt whether only the first page was read."""
    known = state.good.pages if state is not None and state.good is not None else 0
    if update.pages != 1 or known <= 1:
        return []
    return [Doubt("pages", f"only its first page had entries, and it had {known} pages")]


def _known_date(state: FeedState | None) -> int:
    """The feed's own date of what was accepted last; 0 when there is none."""
    return state.good.source_date if state is not None and state.good is not None else 0


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _found(feed: Feed, update: Update, now: int) -> ImportRecord:
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
        skipped=intake.skipped,
        pages=update.pages,
    )


def _unchanged(feed: Feed, state: FeedState | None, now: int) -> ImportRecord:
    if state is None or state.good is None:
        return ImportRecord(feed.name, now, "unchanged")
    return replace(state.good, at=now, outcome="unchanged")


def _failed(feed: Feed, state: FeedState | None, now: int, error: str) -> ImportRecord:
    failures = state.last.failures + 1 if state is not None else 1
    return ImportRecord(feed.name, now, "failed", error=error, failures=failures, source_date=_known_date(state))


def _validators(feed: Feed, state: FeedState | None) -> Validators:
    """What to ask with. Nothing unless the last content was accepted, and would be read the same way today."""
    if state is None or state.good is None or state.last.outcome in {"quarantined", "rejected"}:
        return Validators()
    rules, _, etag = state.good.etag.partition(" ")
    return Validators(etag, state.good.last_modified) if rules == _rules(feed) else Validators()


def _rules(feed: Feed) -> str:
    """A digest of all that decides how the same bytes are read: kept before the etag of the last import."""
    rules = (__version__, feed.url, feed.format, feed.category, feed.confidence, feed.licence, feed.attribution)
    how = (
        feed.role,
        feed.ttl,
        feed.timezone,
        sorted(feed.columns.items()),
        feed.pages,
        feed.files,
        sorted(feed.headers),
    )
    return hashlib.sha256(repr((rules, how, feed.policy)).encode()).hexdigest()[:16]

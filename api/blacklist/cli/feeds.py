"""`blacklist feeds`: what the store knows of each feed, and the decision on what is held back."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from time import time

from blacklist.cli.auditing import write_down
from blacklist.cli.options import settings_of
from blacklist.cli.output import moment, print_json, print_table, say
from blacklist.cli.pipeline import operators_turn, publish_or_ask
from blacklist.errors import StoreError
from blacklist.settings import Settings
from blacklist.store.interface import FeedState, ImportRecord, Store
from blacklist.store.opening import open_store, store_name


def run(options: Namespace) -> int:
    """Lists the feeds, shows or removes one, approves or rejects what is held back."""
    settings = settings_of(options)
    store = open_store(settings)
    if options.action in {"remove", "approve"}:
        _publish(options.action, options.name, store, settings)
    elif options.action == "reject":
        state = _known(options.name, store, settings)
        if not store.reject(options.name, int(time())):
            raise _nothing_held(state, settings)
        write_down(settings, "feed.reject", options.name)
        say(f"blacklist: rejected the update of {options.name}; what is in use stays")
    elif options.action == "show":
        _show(_known(options.name, store, settings), as_json=options.json)
    elif options.json:
        print_json([_values(state) for state in store.feeds()])
    else:
        headings = ("FEED", "CATEGORY", "ENTRIES", "LAST SUCCESS", "LAST IMPORT", "REJECTED", "NOTE")
        print_table(headings, map(_row, store.feeds()))
    store.close()
    return 0


def _publish(action: str, name: str, store: Store, settings: Settings) -> None:
    state = _known(name, store, settings)
    with operators_turn(settings):
        if action == "approve" and store.approve(name, int(time())) is None:
            raise _nothing_held(state, settings)
        if action == "remove":
            store.remove(name)
        write_down(settings, f"feed.{action}", name)
        told = publish_or_ask(store, settings, int(time()))
    say(f"blacklist: {action}d {name}{told}")


def _known(name: str, store: Store, settings: Settings) -> FeedState:
    state = store.feed(name)
    if state is None:
        known = ", ".join(state.info.name for state in store.feeds()) or "none"
        raise StoreError(f"there is no feed {name!r}; there are: {known}", path=store_name(settings))
    return state


def _nothing_held(state: FeedState, settings: Settings) -> StoreError:
    return StoreError(f"nothing of {state.info.name!r} is held back", path=store_name(settings))


def _values(state: FeedState) -> dict[str, object]:
    def record(one: ImportRecord | None) -> dict[str, object] | None:
        return None if one is None else asdict(one)

    return {
        **asdict(state.info),
        "generation": state.generation,
        "entries": state.entries,
        "last_success": state.last_success,
        "last": record(state.last),
        "good": record(state.good),
        "held": record(state.held),
    }


def _row(state: FeedState) -> tuple[object, ...]:
    note = f"held back: {state.held.error}" if state.held else state.last.error or "-"
    success, info, last = moment(state.last_success), state.info, state.last
    return info.name, info.category, state.entries, success, last.outcome, last.rejected, note


def _show(state: FeedState, *, as_json: bool) -> None:
    if as_json:
        print_json(_values(state))
        return
    info, last, held = state.info, state.last, state.held
    own_date = state.good.source_date if state.good is not None else 0
    rows: list[tuple[str, object]] = [
        ("source", info.url),
        ("role", info.role),
        ("category", info.category),
        ("licence", info.licence or "-"),
        ("attribution", info.attribution or "-"),
        ("entries", state.entries),
        ("last success", moment(state.last_success)),
        ("its own date", moment(own_date)),
        ("last import", f"{last.outcome}, {moment(last.at)}"),
        ("error", last.error or "-"),
        ("lines", f"{last.accepted} accepted, {last.rejected} rejected, {last.skipped} skipped"),
        *((f"  {count}", reason) for reason, count in last.reasons.items()),
    ]
    if held is not None:
        rows += [("held back", f"{held.error}, {moment(held.at)}")]
        if held.change is not None:
            rows += [("  would add", held.change.added), ("  would remove", held.change.removed)]
            rows += [("  +", text) for text in held.change.added_samples]
            rows += [("  -", text) for text in held.change.removed_samples]
    print_table((info.name, ""), [(key, str(value)) for key, value in rows])
    if last.samples:
        print()
        print_table(("LINE", "REJECTED", "WHY"), [(one.line, one.text, one.reason) for one in last.samples])

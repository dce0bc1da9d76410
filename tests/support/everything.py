"""A store that holds one of everything that a store can hold, and more of what comes in different states."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from io import BytesIO

from blacklist.core.generation import GenerationBuilder
from blacklist.core.impact import Impact
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts, Listing
from blacklist.core.overlay import Edit
from blacklist.store.accounts import Session, SigningKey, UserRecord
from blacklist.store.backup import write_backup
from blacklist.store.chain import Event
from blacklist.store.contents import Contents, Row
from blacklist.store.interface import FeedInfo, ImportRecord, KeyRecord, Once, Rejected
from blacklist.store.pulls import Pull, Taken
from blacklist.store.redis_contents import RedisContents
from blacklist.store.sqlite_contents import SqliteContents
from places import Place

AT = 1_900_000_000


def fill_with_everything(place: Place) -> None:
    """Makes every kind of row, by the calls that make them in use."""
    _fill_feeds(place)
    _fill_edits(place)
    _fill_keys(place)


def contents(place: Place) -> SqliteContents | RedisContents:
    """All that is there, to read and to load."""
    if place.url:
        made: SqliteContents | RedisContents = RedisContents(place.url, witness=place.folder / "audit-head.json")
    else:
        made = SqliteContents(place.folder / "store.sqlite3", place.folder / "keys.sqlite3")
    return place.opened.enter_context(closing(made))


def backed_up(held: Contents) -> bytes:
    """A backup of it."""
    file = BytesIO()
    write_backup(file, held.rows(), at=AT, program="1")
    return file.getvalue()


def comparable(rows: Iterable[Row], *, counter: bool = True) -> list[Row]:
    """Rows to compare, without the counter if that may differ."""
    return [row for row in rows if counter or row.kind != "counter"]


def event(target: str, at: int = AT) -> Event:
    """An event for the audit log."""
    return Event(at, "cli:tester", "key.create", target, "local", "request")


def _fill_feeds(place: Place) -> None:
    store = place.store()
    for number, name in enumerate(("plain", "held", "failed", "allowing")):
        builder = GenerationBuilder()
        builder.add(parse_one(f"192.0.2.{number}"), builder.fact(Facts("", 50, "KR", 'a "reason" - é', AT, 0, 0)))
        builder.add(parse_one("2001:db8::/33"), builder.fact(Facts("spam", 90, "", "", AT, AT, AT + 9)))
        generation = builder.finish()
        info = FeedInfo(name, "attacks", "https://feed.example/x", "CC0", "them", "blocklist", ttl=60)
        record = ImportRecord(name, AT, "imported", 2, 1, samples=(Rejected(3, "x", "why"),), reasons={"why": 1})
        if name == "failed":
            store.fail(info, ImportRecord(name, AT, "failed", error="no answer", failures=2))
            continue
        store.commit(info, generation, record)
        if name == "held":
            change = Impact(1, 2, ("192.0.2.9",), ("192.0.2.8",))
            held = ImportRecord(name, AT + 1, "quarantined", error="halved", guards=("shrunk",), change=change)
            builder.add(parse_one("198.51.100.0/24"), builder.fact(Facts("", 1, "", "", AT, 0, 0)))
            store.hold(FeedInfo(name, "spam"), builder.finish(), held)


def _fill_edits(place: Place) -> None:
    store = place.store()
    ours, theirs = parse_one("192.0.2.1"), parse_one("2001:db8::1")
    listing = Listing(theirs, "manual", "operator", 100, "", "seen - here", AT, AT, AT + 100)
    once = Once("request-1", "digest")
    store.edit(
        [
            Edit(ours, allowlist=True, entry=Allowed(ours, "ours", AT, None)),
            Edit(theirs, allowlist=False, entry=listing),
        ],
        at=AT,
        once=once,
    )
    store.edit([Edit(theirs, allowlist=True, entry=Allowed(theirs, "for a day", AT, AT + 86_400))], at=AT)
    store.edit([Edit(theirs, allowlist=True, entry=None)], at=AT)
    store.edit([Edit(parse_one("192.0.2.77"), allowlist=True, entry=None)], at=AT, once=Once("request-2", "other"))


def _fill_keys(place: Place) -> None:
    keys = place.keys()
    networks = (parse_one("192.0.2.0/24"), parse_one("2001:db8::/32"))
    for id, more in (("zz", {}), ("aa", {"expires_at": AT + 5}), ("mm", {"revoked_at": AT + 1})):
        record = KeyRecord(id, f"key {id}", bytes(range(32)), frozenset({"lookup", "lists"}), networks, AT, **more)
        with keys.audited(event(id)):
            keys.add(record)
    keys.note_uses({"zz": AT + 3})
    for name in ("ann", "bob"):
        keys.add_user(UserRecord(name, f"$argon2id${name}", frozenset({"dashboard"}), AT))
    for number in range(3):
        keys.open_session(
            Session(f"session-{number}", "ann", f"token-{number}", AT + number, AT + 900), "$argon2id$ann"
        )
    keys.revoke_session("session-1", AT + 5)
    keys.disable_user("bob", AT + 6)
    for id in ("zz", "aa"):
        taken = Taken(id, "all.txt", "family=4")
        keys.note_pulls([Pull(taken, "", 3, 9, sent=id == "zz", first_at=AT, at=AT + 1)], AT + 2)
    keys.rotate_signing_key(SigningKey("first", bytes(32), AT))
    keys.rotate_signing_key(SigningKey("second", bytes(range(32)), AT + 1))

"""Whatever is done to them, a store in Redis and one in SQLite answer the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from secrets import token_hex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blacklist.core.generation import GenerationBuilder
from blacklist.core.impact import Impact
from blacklist.core.indicator import parse_one
from blacklist.core.listing import Allowed, Facts, Listing
from blacklist.core.overlay import Edit
from blacklist.errors import Conflict
from blacklist.store.accounts import Session, SigningKey, UserRecord
from blacklist.store.chain import Event
from blacklist.store.interface import FeedInfo, ImportRecord, KeyRecord, Once, Store
from blacklist.store.redis import RedisStore
from blacklist.store.redis_keys import RedisKeyStore
from blacklist.store.sqlite import SqliteStore
from blacklist.store.sqlite_keys import SqliteKeyStore
from places import AnyKeys
from redises import Server

Step = tuple[str, dict[str, Any]]
INDICATORS = [parse_one(text) for text in ("192.0.2.1", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32")]
NAMES = st.sampled_from(["one", "two"])
TIMES = st.integers(1_000, 1_000 + 3 * 86_400)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def calls(method: str, /, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(method), st.fixed_dictionaries(arguments))


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    indicator, allowlist = draw(st.sampled_from(INDICATORS)), draw(st.booleans())
    if draw(st.booleans()):
        return Edit(indicator, allowlist, None)
    if allowlist:
        return Edit(indicator, allowlist, Allowed(indicator, draw(TEXTS), draw(TIMES), draw(st.none() | TIMES)))
    entry = Listing(indicator, "manual", "operator", 90, "KR", draw(TEXTS), draw(TIMES), 5, draw(st.none() | TIMES))
    return Edit(indicator, allowlist, entry)


@st.composite
def generations(draw: st.DrawFn) -> object:
    builder = GenerationBuilder()
    for indicator in draw(st.sets(st.sampled_from(INDICATORS))):
        builder.add(indicator, builder.fact(Facts("", 50, "", draw(TEXTS), 100, 0, 0)))
    return builder.finish()


INFOS = st.builds(FeedInfo, NAMES, st.sampled_from(["attacks", "scans"]), ttl=st.sampled_from([0, 60]))
RECORDS = st.builds(
    ImportRecord,
    NAMES,
    TIMES,
    st.just("imported"),
    error=TEXTS,
    reasons=st.dictionaries(TEXTS, st.integers(0, 9), max_size=2),
    guards=st.sampled_from([(), ("shrunk",)]),
    change=st.sampled_from([None, Impact(1, 2, ("192.0.2.1",), ())]),
)
STORE_STEPS = st.one_of(
    calls("commit", info=INFOS, generation=generations(), record=RECORDS),
    calls("confirm", name=NAMES, record=RECORDS),
    calls("hold", info=INFOS, generation=generations(), record=RECORDS),
    calls("approve", name=NAMES, at=TIMES),
    calls("reject", name=NAMES, at=TIMES),
    calls("fail", info=INFOS, record=RECORDS),
    calls("remove", name=NAMES),
    calls("touch", beyond=st.integers(0, 9)),
    calls(
        "edit",
        edits=st.lists(edits(), min_size=1, max_size=4),
        at=TIMES,
        once=st.none() | st.builds(Once, NAMES, st.sampled_from(["same", "other"])),
    ),
)
KEYS = st.builds(
    KeyRecord,
    st.uuids().map(str),
    TEXTS,
    st.just(bytes(range(32))),
    st.sampled_from([frozenset[str](), frozenset({"lookup", "lists"})]),
    st.sampled_from([(), (INDICATORS[1],)]),
    TIMES,
    st.none() | TIMES,
)
SESSIONS = st.builds(Session, st.uuids().map(str), NAMES, st.sampled_from(["t1", "t2"]), TIMES, TIMES)
KEY_STEPS = st.one_of(
    calls("add", record=KEYS),
    calls("revoke", id=NAMES, at=TIMES),
    calls("replace", id=NAMES, fresh=KEYS, expires_at=TIMES),
    calls("note_uses", uses=st.dictionaries(NAMES, TIMES)),
    calls("add_user", record=st.builds(UserRecord, NAMES, st.just("hash"), st.just(frozenset({"lookup"})), TIMES)),
    calls("set_password", name=NAMES, password=st.sampled_from(["hash", "new"]), at=TIMES),
    calls("set_scopes", name=NAMES, scopes=st.just(frozenset({"lists"})), at=TIMES),
    calls("enable_user", name=NAMES),
    calls("disable_user", name=NAMES, at=TIMES),
    calls("open_session", session=SESSIONS, password=st.sampled_from(["hash", "new"])),
    calls("renew", session=NAMES, token=st.sampled_from(["t1", "t2"]), fresh=st.just("t2"), at=TIMES, expires_at=TIMES),
    calls("revoke_session", session=NAMES, at=TIMES),
    calls("rotate_signing_key", fresh=st.builds(SigningKey, st.uuids().map(str), st.just(bytes(32)), TIMES)),
    calls("log", event=st.builds(Event, TIMES, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)),
)


def answer(store: object, step: Step) -> object:
    """What a step comes to: an answer, or a conflict."""
    name, arguments = step
    try:
        return getattr(store, name)(**arguments)
    except Conflict as conflict:
        return str(conflict)


def seen(store: Store) -> list[object]:
    """All that can be seen of a store."""
    content = [[*store.generation(name)] for name in ("one", "two")]
    held = [None if (one := store.held(name)) is None else [*one] for name in ("one", "two")]
    changes = [list(store.changes(since)) for since in (0, 3)]
    return [store.counter(), [*store.feeds()], content, held, [*store.allowlist()], [*store.manual()], changes]


def seen_keys(store: AnyKeys) -> list[object]:
    revoked = [store.revoked_sessions(since) for since in (0, 50_000)]
    logged = [store.head(), [*store.entries()], store.verify()]
    return [[*store.records()], store.uses(), [*store.users()], revoked, [*store.signing_keys()], logged]


@pytest.fixture(scope="module")
def url(redis_server: Server) -> Callable[[], str]:
    return lambda: f"{redis_server.url}?prefix={token_hex(8)}"


@settings(max_examples=25)
@given(steps=st.lists(STORE_STEPS, max_size=12))
def test_stores_of_feeds_are_alike(url: Callable[[], str], fresh: Callable[[], Any], steps: list[Step]) -> None:
    with closing(RedisStore(url())) as ours, closing(SqliteStore(fresh() / "store.sqlite3")) as theirs:
        for step in steps:
            assert answer(ours, step) == answer(theirs, step)
        assert seen(ours) == seen(theirs)


def _known(steps: list[Step]) -> list[Step]:
    """The same steps, of keys and sessions that earlier steps have made."""
    ids: dict[str, list[str]] = {"key": [], "session": []}
    made: list[Step] = []
    for name, arguments in steps:
        if name == "add":
            ids["key"].append(arguments["record"].id)
        if name == "open_session":
            ids["session"].append(arguments["session"].id)
        known = dict(arguments)
        for argument, kind in (("id", "key"), ("session", "session")):
            if isinstance(known.get(argument), str) and ids[kind]:
                known[argument] = ids[kind][len(made) % len(ids[kind])]
        made.append((name, known))
    return made


@settings(max_examples=25)
@given(steps=st.lists(KEY_STEPS, max_size=16))
def test_stores_of_keys_are_alike(url: Callable[[], str], fresh: Callable[[], Any], steps: list[Step]) -> None:
    with closing(RedisKeyStore(url())) as ours, closing(SqliteKeyStore(fresh() / "keys.sqlite3")) as theirs:
        for store in (ours, theirs):
            store.add_user(UserRecord("one", "hash", frozenset({"lookup"}), 1_000))
        for step in _known(steps):
            assert answer(ours, step) == answer(theirs, step)
        assert seen_keys(ours) == seen_keys(theirs)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    return lambda: tmp_path_factory.mktemp("alike")

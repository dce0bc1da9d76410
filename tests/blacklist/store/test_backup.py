"""Backups and moves: everything a store holds comes through, and nothing of what is not whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from struct import unpack
from threading import Event, Thread
from time import monotonic

import pytest

from blacklist.core.generation import GenerationBuilder, decode
from blacklist.core.indicator import Indicator
from blacklist.core.listing import Allowed, Facts
from blacklist.core.overlay import Edit
from blacklist.errors import BackupError, StoreError
from blacklist.store.backup import FORMAT, MAGIC, Backup, write_backup
from blacklist.store.contents import KINDS, Overtaken, Row
from blacklist.store.database import UNFINISHED
from blacklist.store.interface import FeedInfo, ImportRecord, Once
from blacklist.store.sqlite_contents import SqliteContents
from everything import AT, backed_up, contents, event, fill_with_everything
from places import Place


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """A SQLite store with one of everything."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    place = Place(folder)
    with place.opened:
        fill_with_everything(place)
        yield place


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Place]:
    """An empty SQLite store."""
    folder = tmp_path / "other"
    folder.mkdir()
    place = Place(folder)
    with place.opened:
        yield place


@pytest.fixture
def shared(redis_url: str, tmp_path: Path) -> Iterator[Place]:
    """An empty Redis store."""
    place = Place(tmp_path, redis_url)
    with place.opened:
        yield place


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup of one of everything."""
    place = Place(tmp_path_factory.mktemp("backup"))
    with place.opened:
        fill_with_everything(place)
        return backed_up(contents(place))


def verified(data: bytes) -> Backup:
    found = Backup(BytesIO(data), "the backup")
    found.verify()
    return found


def boundaries(data: bytes) -> list[int]:
    """Where the header and each row ends."""
    place = data.index(b"\n") + 1
    ends = [place]
    while place < len(data) - 44:
        head, size = unpack(">IQ", data[place : place + 12])
        place += 12 + head + size
        ends.append(place)
    return ends


def test_every_kind_of_row_is_in_the_test(place: Place) -> None:
    fill_with_everything(place)
    assert {row.kind for row in contents(place).rows()} == set(KINDS)


def test_every_store_gives_the_rows_it_was_loaded_with(place: Place, backup: bytes) -> None:
    rows = list(verified(backup).rows())
    held = contents(place)
    assert held.load(rows, replace=False) == rows[0].values["value"]
    assert list(held.rows()) == rows
    assert backed_up(held) == backup


def test_what_is_loaded_works_as_what_was_made(place: Place, embedded: Place, backup: bytes) -> None:
    contents(place).load(verified(backup).rows(), replace=False)
    made, loaded = embedded.store(), place.store()
    assert loaded.feeds() == made.feeds()
    for name in ("plain", "held", "failed", "allowing"):
        assert list(loaded.generation(name)) == list(made.generation(name))
    held, original = loaded.held("held"), made.held("held")
    assert held is not None
    assert original is not None
    assert list(held) == list(original)
    assert (loaded.allowlist(), loaded.manual()) == (made.allowlist(), made.manual())
    assert (loaded.changes(0), loaded.counter()) == (made.changes(0), made.counter())
    assert loaded.edit([], at=AT, once=Once("request-1", "digest")) == made.edit(
        [], at=AT, once=Once("request-1", "digest")
    )
    assert loaded.approve("held", AT + 9) == made.counter() + 1
    keys, theirs = embedded.keys(), place.keys()
    assert (theirs.records(), theirs.uses(), theirs.users()) == (keys.records(), keys.uses(), keys.users())
    assert (theirs.signing_keys(), theirs.revoked_sessions(0)) == (keys.signing_keys(), keys.revoked_sessions(0))
    assert theirs.verify(keys.head()) is None
    assert theirs.log(event("after")).number == keys.head().number + 1
    assert theirs.verify() is None
    assert theirs.renew("session-0", "token-0", "fresh", at=AT + 10, expires_at=AT + 950)[0] == "renewed"
    assert theirs.disable_user("ann", AT + 20)
    assert theirs.revoked_sessions(AT + 20) == {"session-0", "session-2"}


def test_there_and_back_again_is_the_same(embedded: Place, shared: Place, other: Place) -> None:
    contents(shared).load(contents(embedded).rows(), replace=False)
    contents(other).load(contents(shared).rows(), replace=False)
    assert backed_up(contents(other)) == backed_up(contents(embedded)) == backed_up(contents(shared))


def test_a_store_that_is_not_empty_is_replaced_only_on_demand(place: Place, embedded: Place) -> None:
    held = contents(place)
    place.store().commit(
        FeedInfo("old", "spam"), embedded.store().generation("plain"), ImportRecord("old", 1, "imported")
    )
    place.keys().log(event("of the old"))
    before = list(held.rows())
    with pytest.raises(StoreError, match="not empty: --replace"):
        held.load(contents(embedded).rows(), replace=False)
    assert list(held.rows()) == before
    held.load(contents(embedded).rows(), replace=True)
    assert list(held.rows()) == list(contents(embedded).rows())
    assert place.keys().verify() is None


def test_only_keys_are_not_an_empty_store(place: Place, embedded: Place) -> None:
    place.keys().log(event("something"))
    with pytest.raises(StoreError, match="not empty"):
        contents(place).load(contents(embedded).rows(), replace=False)


def test_generations_never_go_back(place: Place, embedded: Place) -> None:
    store, held = place.store(), contents(place)
    before = store.touch(5_000)
    assert held.load(contents(embedded).rows(), replace=True) == before + 1 == store.counter()
    assert held.load(contents(embedded).rows(), replace=True, beyond=9_000) == 9_000 == store.counter()


def test_servers_are_told_that_all_has_changed(place: Place, embedded: Place) -> None:
    store, keys = place.store(), place.keys()
    keys.log(event("so that there is a version"))
    before = store.version(), keys.version()
    contents(place).load(contents(embedded).rows(), replace=True)
    after = store.version(), keys.version()
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_nothing_of_rows_that_end_in_an_error_is_loaded(place: Place, embedded: Place) -> None:
    held = contents(place)
    place.store().touch()
    before = list(held.rows())

    def dying() -> Iterator[Row]:
        yield from contents(embedded).rows()
        raise BackupError("the end is not what it was")

    with pytest.raises(BackupError):
        held.load(dying(), replace=True)
    assert list(held.rows()) == before


def test_a_backup_that_is_cut_short_anywhere_is_refused(backup: bytes) -> None:
    ends = boundaries(backup)
    assert len(ends) > 25
    for end in {0, 1, 10, *ends, *(end + 3 for end in ends), *(end - 1 for end in ends), len(backup) - 1}:
        with pytest.raises(BackupError, match=r"cut short|empty file|not a backup|first line"):
            verified(backup[:end])


def test_a_flipped_bit_anywhere_is_refused(backup: bytes) -> None:
    file = BytesIO()
    write_backup(file, [Row("counter", {"value": 1}), Row("held", {"feed": "x"}, b"data")], at=AT, program="1")
    small = file.getvalue()
    places = [(small, place) for place in range(len(small))]
    for whole, place in [*places, *((backup, place) for place in range(0, len(backup), 61))]:
        altered = bytearray(whole)
        altered[place] ^= 1 << place % 8
        with pytest.raises(BackupError):
            verified(bytes(altered))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data + b"x", "something follows its end"),
        (lambda data: data[:-44] + data[-44:-40] + bytes(8) + data[-32:], "checksum does not match"),
        (lambda data: data.replace(f"{MAGIC} {FORMAT}".encode(), f"{MAGIC} {FORMAT + 1}".encode()), "newer program"),
        (lambda data: data.replace(f"{MAGIC} {FORMAT}".encode(), f"{MAGIC} x".encode()), "first line"),
        (lambda data: data.replace(b'"at":', b'"ta":', 1), "first line"),
        (lambda _: b"", "empty file"),
        (lambda _: b"SQLite format 3\0", "not a backup of blacklist"),
        (lambda _: f"{MAGIC} 1 {{}}\n".encode() + b"[" * 100_000, "first line"),
    ],
)
def test_what_is_no_whole_backup_is_told_apart(backup: bytes, change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(BackupError, match=reason):
        verified(change(backup))


def test_a_row_of_a_kind_that_only_a_newer_program_knows_is_refused() -> None:
    file = BytesIO()
    write_backup(file, [Row("counter", {"value": 1}), Row("weather", {})], at=AT, program="9")
    with pytest.raises(BackupError, match="newer program wrote this backup: it holds weather"):
        verified(file.getvalue())


def test_a_file_that_changes_after_it_was_verified_is_not_loaded(place: Place, backup: bytes) -> None:
    file = BytesIO(backup)
    found = Backup(file, "the backup")
    found.verify()
    altered = bytearray(backup)
    altered[altered.index(b"argon2id$ann")] ^= 1
    file.getbuffer()[:] = altered
    held = contents(place)
    with pytest.raises(BackupError, match="checksum"):
        held.load(found.rows(), replace=False)
    assert list(held.rows()) == [Row("counter", {"value": 0})]


@pytest.mark.parametrize(
    "row",
    [
        Row("entry", {"allowlist": True}),
        Row("key", {"id": "x"}),
        Row("audit", {"number": "one", "record": "", "hash": "xx"}),
        Row("signing_key", {"id": "x", "secret": "no hex", "created_at": 1, "retired_at": None}),
    ],
    ids=lambda row: row.kind,
)
def test_a_row_without_the_values_of_its_kind_changes_nothing(place: Place, row: Row) -> None:
    held = contents(place)
    with pytest.raises(StoreError, match=f"a row of the kind '{row.kind}' can't be read; nothing was changed"):
        held.load([Row("counter", {"value": 7}), row], replace=False)
    assert list(held.rows()) == [Row("counter", {"value": 0})]


def test_what_is_written_meanwhile_is_not_in_a_backup(embedded: Place, other: Place) -> None:
    held = contents(embedded)
    before = list(held.rows())
    rows = held.rows()
    first = next(rows)
    store = embedded.store()
    assert store.remove("plain")
    embedded.keys().log(event("meanwhile"))
    assert [first, *rows] == before
    assert list(held.rows()) != before


def test_a_store_between_its_two_files_is_opened_by_a_restore_alone(embedded: Place, other: Place) -> None:
    held = contents(other)
    held._feeds.mark(UNFINISHED)  # type: ignore[union-attr]  # where a restore that is killed between both commits is
    with pytest.raises(StoreError, match="did not end: restore again, with --replace"):
        other.store()
    with pytest.raises(StoreError, match="did not end"):
        list(contents(other).rows())
    contents(other).load(contents(embedded).rows(), replace=True)
    assert other.store().counter() == embedded.store().counter()


def test_keys_that_can_not_be_committed_leave_the_store_marked(
    embedded: Place, other: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window between the two commits, with a failure in it."""
    held = contents(other)
    assert isinstance(held, SqliteContents)
    connection = held._keys._database._connection
    rows = list(contents(embedded).rows())

    def dropping() -> Iterator[Row]:
        yield from rows
        connection.execute("ROLLBACK")  # so that the COMMIT that is to come fails

    with pytest.raises(StoreError):
        held.load(dropping(), replace=False)
    with pytest.raises(StoreError, match="did not end"):
        other.store()
    held.load(rows, replace=True)
    assert list(contents(other).rows())[1:] == rows[1:]


class Writer(Thread):
    """An importer and an operator who never rest: a feed that changes, and one allowed address after the other."""

    def __init__(self, place: Place) -> None:
        super().__init__(daemon=True)
        self.over = Event()
        self._place = place

    def run(self) -> None:
        """Every state has one allowed address, and a counter that its newest feed or change has."""
        store, builder, number = self._place.store(), GenerationBuilder(), 0
        while not self.over.is_set():
            number += 1
            builder.add(indicator := Indicator(6, number << 64, 128), builder.fact(Facts("", 1, "", "", 1, 0, 0)))
            before = Edit(Indicator(6, number - 1 << 64, 128), allowlist=True, entry=None)
            allowed = Edit(indicator, allowlist=True, entry=Allowed(indicator, "next", number, None))
            store.edit([before, allowed], at=AT)
            generation = builder.finish()
            store.commit(FeedInfo("one", "spam"), generation, ImportRecord("one", AT, "imported", len(generation)))


def test_what_is_read_while_others_write_is_one_state(place: Place) -> None:
    place.store().touch()
    writer = Writer(place)
    writer.start()
    held, seen = contents(place), set[int]()
    deadline = monotonic() + 20
    while len(seen) < 5 and monotonic() < deadline:
        try:
            rows = list(held.rows())
        except Overtaken:
            continue
        counter = rows[0].values["value"]
        feeds = [row for row in rows if row.kind == "feed"]
        numbers = [row.values["generation"] for row in rows if row.kind in {"feed", "change"}]
        assert counter == max(numbers, default=1)
        assert [len(decode(row.data)) for row in feeds] == [row.values["entries"] for row in feeds]
        assert len([row for row in rows if row.kind == "entry"]) == (1 if counter > 1 else 0)
        seen.add(counter)
    writer.over.set()
    writer.join()
    assert len(seen) == 5


_DYING = """
import os, signal, sys
from pathlib import Path
from blacklist.store.backup import Backup
from blacklist.store.redis_contents import RedisContents
from blacklist.store.sqlite_contents import SqliteContents

folder, url, last = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def dying():
    for number, row in enumerate(Backup(open(sys.argv[4], "rb"), "backup").rows()):
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
        yield row
    os.kill(os.getpid(), signal.SIGKILL)

made = RedisContents(url) if url else SqliteContents(folder / "store.sqlite3", folder / "keys.sqlite3")
made.load(dying(), replace=True)
"""


@pytest.mark.parametrize("last", [0, 12, 1_000])
@pytest.mark.parametrize("shared", [False, True], ids=["sqlite", "redis"])
def test_a_load_that_is_killed_leaves_what_was_there(
    redis_url: str, tmp_path: Path, backup: bytes, last: int, *, shared: bool
) -> None:
    (tmp_path / "file").write_bytes(backup)
    place = Place(tmp_path, redis_url if shared else "")
    with place.opened:
        held = contents(place)
        held.load([Row("counter", {"value": 7}), Row("use", {"id": "key", "at": AT})], replace=False)
        before = list(held.rows())
        arguments = [str(tmp_path), place.url, str(last), str(tmp_path / "file")]
        done = subprocess.run([sys.executable, "-c", _DYING, *arguments], timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL
        assert list(contents(place).rows()) == before
        assert held.load(verified(backup).rows(), replace=True) > 7

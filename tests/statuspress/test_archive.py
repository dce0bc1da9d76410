"""The data folder: whole or not at all, and tolerant of what a crash left in it."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.archive import Archive
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.core.history import Held, Sample
from statuspress.core.state import State
from statuspress.errors import DataError

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
LINES = "history/2031-03-18.jsonl"


def dossier(value: float = 1.5, at: datetime = NOW) -> Dossier:
    items: list[Evidence | Gap] = [
        Evidence("a.b", "Ä", value, "s", "a", "asked", at, timedelta(minutes=15), "0" * 64),
        Gap("a.c", "C", "a", "away", at, "wait"),
    ]
    return Dossier(at, {item.id: item for item in items})


def sample(value: float = 1.5, at: datetime = NOW) -> Sample:
    return Sample(at, {"a.b": value, "a.c": None}, {"a": 900}, {"x": Held(State.OPERATIONAL, 900)})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive that nothing was saved in."""
    return Archive(tmp_path / "data")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_saved_comes_back(archive: Archive) -> None:
    archive.save(dossier(), sample())
    assert archive.load(NOW) == dossier()
    assert archive.samples(NOW.date()) == ((sample(),), ())
    assert sorted(everything(archive.folder)) == ["evidence.json", LINES]


def test_nothing_saved_is_an_empty_collection_of_now(archive: Archive) -> None:
    assert archive.load(NOW) == Dossier(NOW, {})
    assert archive.samples(NOW.date()) == ((), ())
    assert not archive.folder.exists()


def test_history_grows_by_a_line_and_evidence_is_replaced(archive: Archive) -> None:
    later = NOW + timedelta(minutes=5)
    archive.save(dossier(1), sample(1))
    archive.save(dossier(2, later), sample(2, later))
    assert archive.load(NOW) == dossier(2, later)
    assert archive.samples(NOW.date())[0] == (sample(1), sample(2, later))


def test_each_utc_day_has_its_file_and_earlier_ones_are_not_read(archive: Archive) -> None:
    archive.save(dossier(), sample(1, NOW - timedelta(days=1)))
    archive.save(dossier(), sample(2))
    (archive.history / "2031-03-16.jsonl").write_text("broken")
    (archive.history / "notes.jsonl").write_text("broken")
    assert archive.samples(date(2031, 3, 17)) == ((sample(1, NOW - timedelta(days=1)), sample(2)), ())
    assert archive.samples(date(2031, 3, 18)) == ((sample(2),), ())


def test_a_torn_last_line_is_skipped_and_the_next_sample_does_not_join_it(archive: Archive) -> None:
    later = NOW + timedelta(minutes=5)
    archive.save(dossier(), sample(1))
    path = archive.folder / LINES
    path.write_bytes(path.read_bytes() + b'{"at":"2031-03-18T14:0')
    archive.save(dossier(), sample(2, later))
    samples, warnings = archive.samples(NOW.date())
    assert samples == (sample(1), sample(2, later))
    assert warnings == (f"{path}:2: skipped: not JSON",)


def test_broken_lines_are_skipped_with_their_place_and_the_rest_is_kept(archive: Archive) -> None:
    archive.save(dossier(), sample())
    path = archive.folder / LINES
    path.write_bytes(b"\n\xff\xfe\n[]\n" + path.read_bytes())
    samples, warnings = archive.samples(NOW.date())
    assert samples == (sample(),)
    assert warnings == (f"{path}:2: skipped: not JSON", f"{path}:3: skipped: not a sample")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "not an evidence document"),
        ('{"version": 9, "items": []}', "version 9"),
        ('{"version": 1, "items": []}', "collected_at is not a time"),
    ],
)
def test_a_broken_evidence_file_is_refused_with_its_place(archive: Archive, text: str, reason: str) -> None:
    archive.save(dossier(), sample())
    archive.evidence.write_text(text)
    with pytest.raises(DataError, match=reason) as caught:
        archive.load(NOW)
    assert str(caught.value).startswith(f"{archive.evidence}: ")


def test_an_evidence_file_with_a_value_that_is_no_number_is_refused(archive: Archive) -> None:
    archive.save(dossier(), sample())
    archive.evidence.write_text(archive.evidence.read_text().replace("1.5", "NaN"))
    with pytest.raises(DataError, match="NaN is no value"):
        archive.load(NOW)


@pytest.mark.parametrize("taken", ["data", "data/history"])
def test_a_folder_that_cannot_be_made_is_one_clear_error(archive: Archive, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("in the way")
    before = everything(tmp_path)
    with pytest.raises(DataError, match=r"cannot be written: .*nothing was saved") as caught:
        archive.save(dossier(), sample())
    assert str(caught.value).startswith(f"{archive.folder}: ")
    assert everything(tmp_path) == before


def test_a_failure_while_writing_leaves_both_as_they_were(archive: Archive) -> None:
    archive.save(dossier(1), sample(1))
    (archive.history / "2031-03-19.jsonl").mkdir()
    before = everything(archive.folder)
    with pytest.raises(DataError, match="nothing was saved"):
        archive.save(dossier(2), sample(2, NOW + timedelta(days=1)))
    assert everything(archive.folder) == before


def test_when_evidence_cannot_be_replaced_history_is_as_it_was(archive: Archive) -> None:
    archive.evidence.mkdir(parents=True)
    archive.history.mkdir()
    with pytest.raises(DataError, match="nothing was saved"):
        archive.save(dossier(), sample())
    assert everything(archive.folder) == {}


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_fills_up_in_the_middle_of_a_line_leaves_history_whole(archive: Archive) -> None:
    for minute in range(40):
        archive.save(dossier(minute), sample(minute, NOW + timedelta(minutes=minute)))
    before = everything(archive.folder)
    size = (archive.folder / LINES).stat().st_size
    assert size > archive.evidence.stat().st_size
    with files_no_larger_than(size + 10), pytest.raises(DataError, match="File too large; nothing was saved"):
        archive.save(dossier(99), sample(99, NOW + timedelta(minutes=99)))
    assert everything(archive.folder) == before


def test_the_evidence_file_is_plain_json_that_people_can_read(archive: Archive) -> None:
    archive.save(dossier(), sample())
    text = archive.evidence.read_text("utf-8")
    assert "Ä" in text
    assert json.loads(text)["items"][1]["reason"] == "away"
    assert archive.evidence.stat().st_mode & 0o777 == 0o644

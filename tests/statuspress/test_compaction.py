"""Rolling up on disk: what is kept for how long, that nothing is lost, and that faults are found."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from statuspress.archive import Archive
from statuspress.compaction import compact
from statuspress.core.availability import availability, days_of, spans
from statuspress.core.history import Held, Sample, dump_sample
from statuspress.core.state import State
from statuspress.errors import DataError
from statuspress.rollups import Rollups, remember
from statuspress.soundness import faults

FIRST = date(2031, 1, 1)
START = datetime(2031, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def sample(at: datetime, number: int) -> Sample:
    state = State.MAJOR if number % 17 == 0 else State.OPERATIONAL
    values: dict[str, float | None] = {"a.count": number % 50, "a.gauge": number / 8 if number % 7 else None}
    return Sample(at, values, {"a": 5400}, {"x": Held(state, 5400)})


def line(one: Sample) -> str:
    return dump_sample(one) + "\n"


def fill(history: Path, days: int, *, first: int = 0) -> None:
    """A sample each hour and twenty minutes, so that states reach over midnight; day 3 is silent."""
    history.mkdir(parents=True, exist_ok=True)
    for day in range(first, days):
        if day == 3:
            continue
        midnight = START + day * DAY
        samples = [sample(midnight + timedelta(minutes=10 + 80 * n), day * 18 + n) for n in range(18)]
        (history / f"{midnight.date()}.jsonl").write_text("".join(map(line, samples)))


def files(archive: Archive) -> dict[str, bytes]:
    found = archive.history.rglob("*")
    return {p.relative_to(archive.history).as_posix(): p.read_bytes() for p in found if p.is_file()}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred and ten days, compacted three times."""
    archive = Archive(tmp_path_factory.mktemp("grown"))
    for first, day in pairwise((0, 60, 105, 110)):
        fill(archive.history, day, first=first)
        compact(archive, START + day * DAY + timedelta(hours=12))
    return archive.folder


@pytest.fixture
def archive(grown: Path, tmp_path: Path) -> Archive:
    """A copy of it, to be changed at will."""
    shutil.copytree(grown, tmp_path / "data")
    return Archive(tmp_path / "data")


NOW = START + 110 * DAY + timedelta(hours=12)


def test_samples_stay_for_a_week_hours_for_a_quarter_and_days_for_ever(archive: Archive) -> None:
    names = files(archive)
    assert min(name for name in names if "/" not in name) == f"{(START + 103 * DAY).date()}.jsonl"
    assert sum(name.startswith("hours/") for name in names) == 90
    assert sorted(name for name in names if name.startswith("days/")) == [
        f"days/2031-0{month}.jsonl" for month in (1, 2, 3, 4)
    ]
    days, warnings = Rollups(archive.history).days(FIRST, NOW.date())
    assert warnings == ()
    assert [one.start.date() for one in days] == [FIRST + n * DAY for n in range(110)]


def test_rolled_up_history_says_what_the_samples_said(archive: Archive, tmp_path: Path) -> None:
    raw = Archive(tmp_path / "raw")
    fill(raw.history, 110)
    samples, _ = raw.samples(FIRST)
    expected = days_of(spans(samples, "x", NOW), NOW, 110)
    past, _ = remember(archive, NOW, 110)
    stretches = spans(past.unrolled(), "x", NOW)
    found = days_of(stretches, NOW, 110, past.rolled("x"))
    assert found == expected
    assert availability(found) == availability(expected)
    assert 0 < availability(found).known < availability(found).period
    window = (NOW - 29 * DAY, NOW)
    rolled, whole = (one.counted("a.count", *window) for one in (past, remember(raw, NOW, 110)[0]))
    assert 0 <= whole - rolled <= 1  # the step over the beginning of the window, when it is longer than an hour


def test_a_silent_day_has_no_line_but_for_what_reached_into_it(archive: Archive) -> None:
    (silent,), _ = Rollups(archive.history).days(FIRST + 3 * DAY, FIRST + 3 * DAY)
    assert (silent.samples, silent.values) == (0, {})
    # The last sample of the day before came at 22:50 and held for an hour and a half.
    assert sum(silent.states["x"].values()) == 20 * 60
    (after,), _ = Rollups(archive.history).days(FIRST + 4 * DAY, FIRST + 4 * DAY)
    assert after.samples == 18


def test_compacting_again_changes_nothing(archive: Archive) -> None:
    before = files(archive)
    done = compact(archive, NOW)
    assert (done.days, done.removed, done.warnings) == ([], [], [])
    assert files(archive) == before


def test_a_history_that_was_compacted_is_sound(archive: Archive) -> None:
    assert list(faults(archive)) == []


def test_nothing_at_all_is_sound_and_nothing_is_made_of_it(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "none")
    assert compact(archive, NOW).days == []
    assert list(faults(archive)) == []
    assert not archive.folder.exists()


def test_a_sample_that_came_late_is_rolled_up_while_its_day_is_kept(archive: Archive) -> None:
    day = (NOW - 2 * DAY).date()
    (archive.history / f"{day}.other.jsonl").write_text(line(sample(NOW - 2 * DAY, 5)))
    assert [fault for fault in faults(archive) if "has changed" not in fault] == []
    assert compact(archive, NOW).days == [day]
    (one,), _ = Rollups(archive.history).days(day, day)
    assert one.samples == 19
    assert list(faults(archive)) == []


def test_one_that_came_after_its_samples_were_removed_is_told_and_kept_aside(archive: Archive) -> None:
    late = archive.history / f"{(NOW - 20 * DAY).date()}.late.jsonl"
    late.write_text(line(sample(NOW - 20 * DAY, 5)))
    before = files(archive)
    assert compact(archive, NOW).warnings == [f"{late}: came after its day was closed; it is not counted"]
    assert files(archive) == before


def test_a_crash_before_the_samples_were_removed_is_mended_by_the_next_run(archive: Archive, tmp_path: Path) -> None:
    day = (NOW - 8 * DAY).date()
    fill(tmp_path / "raw", 110)
    left = archive.history / f"{day}.jsonl"
    shutil.copy(tmp_path / "raw" / left.name, left)
    before = files(archive)
    assert compact(archive, NOW).removed == [left]
    assert files(archive) == {name: data for name, data in before.items() if name != left.name}


def test_broken_lines_are_told_and_the_rest_is_rolled_up(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    fill(archive.history, 1)
    path = archive.history / "2031-01-01.jsonl"
    path.write_text(path.read_text() + '{"at":"2031-01-01T23:5')
    done = compact(archive, START + DAY)
    assert done.warnings == [f"{path}:19: skipped: not JSON"]
    (day,), _ = Rollups(archive.history).days(FIRST, FIRST)
    assert day.samples == 18


def test_samples_of_which_no_line_can_be_read_are_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.history.mkdir()
    (archive.history / "2031-01-01.jsonl").write_text("torn")
    done = compact(archive, NOW)
    assert (done.days, done.removed) == ([], [])
    assert (archive.history / "2031-01-01.jsonl").exists()


def test_a_broken_roll_up_is_made_again_while_its_samples_are_kept(archive: Archive) -> None:
    path = Rollups(archive.history).hour_file((NOW - DAY).date())
    good = path.read_bytes()
    path.write_bytes(good[:-200])
    assert any(str(path) in fault for fault in faults(archive))
    compact(archive, NOW)
    assert path.read_bytes() == good
    assert list(faults(archive)) == []


def test_a_broken_line_of_a_roll_up_is_skipped_and_the_rest_is_kept(archive: Archive) -> None:
    path = Rollups(archive.history).day_file(date(2031, 2, 1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:5], b"torn\n", *lines[6:]]))
    days, warnings = Rollups(archive.history).days(date(2031, 2, 1), date(2031, 2, 28))
    assert len(days) == 27
    assert warnings == (
        f"{path}:6: skipped: not JSON",
        f"{path}: its lines are not those its digest was made of",
    )


def test_roll_ups_whose_head_is_broken_and_whose_samples_are_gone_are_left_alone(archive: Archive) -> None:
    path = Rollups(archive.history).hour_file((NOW - 20 * DAY).date())
    path.write_bytes(b"?" + path.read_bytes())
    before = files(archive)
    compact(archive, NOW)
    assert files(archive) == before
    assert any(f"{path}:1: skipped" in fault for fault in faults(archive))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("2031-04-20.jsonl", '"a.count":', '"a.count":1', "has changed since it was rolled up"),
        (
            "2031-04-20.jsonl",
            "2031-04-20T00:10",
            "2031-04-19T00:10",
            "a sample of 2031-04-19 in the file of 2031-04-20",
        ),
        ("2031-04-20.jsonl", "2031-04-20T00:10", "2031-04-20T20:10", "earlier than the line before it"),
        ("2031-04-20.jsonl", "2031-04-20T00:10", "2031-04-20T01:30", "a second sample of 2031-04-20T01:30"),
        ("hours/2031-04-20.jsonl", '"n":1', '"n":7', "not those its digest was made of"),
        ("hours/2031-04-20.jsonl", '"n":1', '"n":7', "2031-04-20T00:00:00+00:00 is not what it was made of"),
        ("hours/2031-04-20.jsonl", "2031-04-20T01", "2031-04-20T00", "2031-04-20T00:00:00Z is there twice"),
        ("hours/2031-04-20.jsonl", "2031-04-20T00", "2031-04-20T23", "is not in order"),
        ("hours/2031-04-20.jsonl", "2031-04-20T00", "2031-04-21T00", "2031-04-21 does not belong into it"),
        ("hours/2031-03-20.jsonl", '"n":1', '"n":7', "not those its digest was made of"),
        ("days/2031-03.jsonl", '"n":18', '"n":19', "2031-03-01T00:00:00+00:00 is not what it was made of"),
        ("days/2031-01.jsonl", '"n":18', '"n":19', "not those its digest was made of"),
        ("days/2031-01.jsonl", "2031-01-02T", "2031-01-01T", "is there twice"),
    ],
)
def test_a_fault_is_found(archive: Archive, name: str, old: str, new: str, said: str) -> None:
    path = archive.history / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    found = list(faults(archive))
    assert any(said in fault for fault in found), found
    assert all(fault.startswith(str(archive.history)) for fault in found)


def test_what_cannot_be_written_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    fill(archive.history, 2)
    (archive.history / "hours").write_text("in the way")
    before = files(archive)
    with pytest.raises(DataError, match=r"cannot be (read|written)"):
        compact(archive, NOW)
    assert files(archive) == before


def test_a_history_that_was_never_compacted_is_read_from_its_samples(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    fill(archive.history, 30)
    now = START + 30 * DAY
    past, warnings = remember(archive, now, 90)
    assert (len(past.samples), past.hours, past.days, warnings) == (29 * 18, (), (), ())


def test_several_collectors_write_side_by_side(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.history.mkdir()
    for name, minute in (("one", 0), ("two", 5), ("one", 10)):
        with (archive.history / f"2031-01-01.{name}.jsonl").open("a") as file:
            file.write(line(sample(START + timedelta(minutes=minute), minute)))
    assert [one.at.minute for one in archive.samples(FIRST)[0]] == [0, 5, 10]
    compact(archive, START + DAY)
    head = json.loads((archive.history / "hours/2031-01-01.jsonl").read_text().splitlines()[0])
    assert sorted(head["from"]) == ["2031-01-01.one.jsonl", "2031-01-01.two.jsonl"]
    assert list(faults(archive)) == []

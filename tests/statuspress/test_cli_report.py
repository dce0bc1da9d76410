"""The report that pages are made of, from the data folder and the project's own content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.archive import Archive
from statuspress.cli.report import load_report, report_time
from statuspress.config import load_config
from statuspress.core.evidence import Dossier, Evidence, Value
from statuspress.core.history import Held, Sample
from statuspress.core.report import Point
from statuspress.core.state import State
from statuspress.errors import ConfigError, ContentError

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT / "statuspress.toml", {})
NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)


def save(data: Path, at: datetime) -> None:
    up: Value = True
    value = Evidence("service.store.up", "Up", up, "", "service", "asked", at, timedelta(minutes=15), "0" * 64)
    held = {"store": Held(State.OPERATIONAL, 900)}
    Archive(data).save(Dossier(at, {value.id: value}), Sample(at, {"service.memory": 7.0}, {"service": 900}, held))


def test_before_the_first_collection_everything_is_unknown(tmp_path: Path) -> None:
    report, warnings = load_report(CONFIG, tmp_path / "none", NOW)
    assert warnings == ()
    assert {status.state for status in report.components} == {State.UNKNOWN}
    assert report.scorecard.overall is None
    assert not (tmp_path / "none").exists()


def test_a_report_is_made_of_the_last_collection_and_of_history(tmp_path: Path) -> None:
    save(tmp_path, NOW - timedelta(minutes=5))
    report, _ = load_report(CONFIG, tmp_path, NOW)
    store = next(status for status in report.components if status.id == "store")
    assert (store.state, store.valid_until) == (State.OPERATIONAL, NOW + timedelta(minutes=10))
    assert store.availability.known == 300
    assert report.series["service.memory"] == (Point(NOW - timedelta(minutes=5), 7.0),)
    assert report.project.name == "blacklist"


def test_the_same_data_read_later_is_unknown(tmp_path: Path) -> None:
    save(tmp_path, NOW - timedelta(hours=1))
    report, _ = load_report(CONFIG, tmp_path, NOW)
    store = next(status for status in report.components if status.id == "store")
    assert (store.state, store.reason) == (State.UNKNOWN, "The measurement is too old.")
    assert store.availability.known == 900


def test_broken_lines_of_history_are_warnings(tmp_path: Path) -> None:
    save(tmp_path, NOW)
    with (tmp_path / "history/2031-03-18.jsonl").open("a") as file:
        file.write("torn")
    _, warnings = load_report(CONFIG, tmp_path, NOW)
    assert [warning.partition(".jsonl")[2] for warning in warnings] == [":2: skipped: not JSON"]


def test_missing_content_is_one_clear_error(tmp_path: Path) -> None:
    text = (ROOT / "statuspress.toml").read_text()
    (tmp_path / "statuspress.toml").write_text(text)
    with pytest.raises(ContentError, match=r"scorecard\.toml: cannot be read"):
        load_report(load_config(tmp_path / "statuspress.toml", {}), tmp_path, NOW)


def test_the_time_is_that_of_source_date_epoch_where_it_is_set() -> None:
    assert report_time({"SOURCE_DATE_EPOCH": "1931608920"}) == NOW
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= report_time({}) <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["yesterday", "1.5", "9" * 30])
def test_a_source_date_epoch_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH is"):
        report_time({"SOURCE_DATE_EPOCH": text})

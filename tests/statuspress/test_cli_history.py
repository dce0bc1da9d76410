"""The commands that work on history and on what was published, as a person or CI runs them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.archive import Archive
from statuspress.cli import main
from statuspress.cli.verify import unsigned
from statuspress.core.evidence import Dossier, Evidence
from statuspress.core.history import Held, Sample, dump_sample
from statuspress.core.incident import parse_incident
from statuspress.core.state import State
from statuspress.errors import UsageError
from statuspress.render.verify import SIGNATURE

ROOT = Path(__file__).parents[2]
NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
CONFIG = '[project]\nname = "p"\nurl = "http://127.0.0.1:8000/"\nrepository = "https://example.org/r"\n'

Run = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project at that time, with content and two weeks of history: this morning lookups failed for an hour."""
    (tmp_path / "statuspress.toml").write_text(CONFIG)
    shutil.copytree(ROOT / "content", tmp_path / "content")
    (tmp_path / "site").symlink_to(ROOT / "site")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
    history = tmp_path / "data/history"
    history.mkdir(parents=True)
    at = NOW - timedelta(days=14)
    while at < NOW:
        failing = at.date() == NOW.date() and at.hour == 9
        state = State.MAJOR if failing else State.OPERATIONAL
        one = Sample(at, {"service.requests": at.hour}, {"service": 900}, {"lookup": Held(state, 900)})
        with (history / f"{at.date()}.jsonl").open("a") as file:
            file.write(dump_sample(one) + "\n")
        at += timedelta(minutes=20)
    return tmp_path


def save(data: Path, value: float) -> None:
    item = Evidence("coverage.lines", "Lines covered", value, "%", "reports", "read", NOW, None, "0" * 64)
    Archive(data).save(Dossier(NOW, {item.id: item}), Sample(NOW, {item.id: value}, {}, {}))


def test_history_is_compacted_and_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "verify"]) == 0
    assert capsys.readouterr().err == f"{Path('data/history')}: sound\n"
    assert main(["history", "compact"]) == 0
    assert capsys.readouterr().err == "14 days rolled up, 7 files removed\n"
    assert main(["history", "verify"]) == 0
    path = folder / "data/history/2031-03-18.jsonl"
    path.write_text(path.read_text() + "torn")
    capsys.readouterr()
    assert main(["history", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out == "data/history/2031-03-18.jsonl:43: not JSON\n"
    assert said.err == "data/history: 1 faults\n"


def test_an_outage_is_drafted_once_and_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["incident", "draft"]) == 0
    path = folder / "content/incidents/2031-03-18-0900-lookup.md"
    assert capsys.readouterr().out == f"{path.relative_to(folder)}\n"
    found = parse_incident(path.read_text(), path.stem)
    assert (found.draft, found.started.hour, found.resolved) == (True, 9, NOW.replace(hour=10))
    path.write_text(path.read_text().replace("Finish this", "Being finished"))
    written = path.read_text()
    assert main(["incident", "draft"]) == 0
    assert path.read_text() == written
    path.rename(path.with_name("what-happened-on-tuesday.md"))
    assert main(["incident", "draft"]) == 0
    assert not path.exists()


def test_an_incident_that_is_broken_is_one_clear_error_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "content/incidents/one.md"
    path.parent.mkdir()
    path.write_text('+++\ntitle = "x"\nimpact = "huge"\n+++\n')
    assert main(["incident", "draft"]) == 1
    assert "content/incidents/one.md:3: impact must be one of none" in capsys.readouterr().err
    assert main(["incident", "draft", "--least", "0"]) == 2


def test_a_file_that_is_there_for_another_reason_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "content/incidents/2031-03-18-0900-lookup.md"
    path.parent.mkdir()
    other = '+++\ntitle = "x"\nimpact = "none"\ncomponents = ["store"]\nstarted = 2030-01-01T00:00:00Z\n+++\nMine.\n'
    path.write_text(other)
    assert main(["incident", "draft"]) == 1
    assert "is there already, and is not overwritten" in capsys.readouterr().err
    assert path.read_text() == other


def test_two_reports_are_compared_in_each_form(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in (("a", 93.1), ("b", 95.5)):
        save(folder / name, value)
        assert main(["build", "--data", name, "--out", f"{name}-site"]) == 0
    capsys.readouterr()
    assert main(["diff", "a", "b/evidence.json"]) == 0
    assert "coverage.lines: rose: 93.1" in capsys.readouterr().out
    assert main(["diff", "a-site", "b-site", "--worse", "--format", "markdown"]) == 0
    assert "| Tests reach the lines | rose | 9.457 | 10 |" in capsys.readouterr().out
    assert main(["diff", "b-site", "a-site", "--worse", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["worse"] is True
    assert main(["diff", "a", "a", "--worse"]) == 0


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"version":1}', "NaN"])
def test_what_cannot_be_compared_ends_with_2(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    save(folder / "a", 1)
    (folder / "b").mkdir()
    if text is not None:
        (folder / "b/evidence.json").write_text(text)
    assert main(["diff", "a", "b"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("statuspress: ")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key, and beside it who may sign."""
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    (tmp_path / "signers").write_text(f"statuspress {path.with_suffix('.pub').read_text()}")
    return path


def test_a_site_is_verified_with_the_signature_of_its_evidence(
    folder: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(folder / "data", 93.1)
    assert main(["build"]) == 0
    evidence = folder / "_site/api/evidence.json"
    signature, signers = evidence.with_suffix(".json.sig"), folder / "signers"
    assert unsigned(signature, signers, "statuspress") == [
        f"{SIGNATURE}: is missing, so nobody signed for the evidence"
    ]
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "statuspress", str(evidence)], check=True)
    assert main(["verify", "_site", "--signers", "signers"]) == 0
    assert "all as computed" in capsys.readouterr().err
    forged = f"{SIGNATURE}: is no signature of mallory for this evidence"
    assert unsigned(signature, signers, "mallory") == [forged]
    evidence.write_text(evidence.read_text().replace("93.1", "99.1"))
    assert main(["verify", "_site", "--signers", "signers"]) == 1
    said = capsys.readouterr().out
    assert "api/evidence.json: it is not the document its digest was made of" in said
    assert f"{SIGNATURE}: is no signature of statuspress" in said
    with pytest.raises(UsageError, match="there is no such file"):
        unsigned(signature, folder / "nobody", "statuspress")


def test_a_folder_without_a_site_ends_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "content"]) == 2
    assert "name the folder that `statuspress build` wrote" in capsys.readouterr().err

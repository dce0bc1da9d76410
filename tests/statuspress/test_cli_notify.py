"""`statuspress notify`: who is told, when, and that the address of a receiver is said nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from answering import Answering, Reply, answering
from statuspress.cli import main
from statuspress.core.document import dump_dossier
from statuspress.core.evidence import Dossier, Evidence

ROOT = Path(__file__).parents[2]
NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
CONFIG = '[project]\nname = "blacklist"\nurl = "http://127.0.0.1:8000/"\nrepository = "https://example.org/blacklist"\n'
SECRET = "T0000-a-path-that-is-a-secret"
Notify = Callable[..., int]


@pytest.fixture
def sink() -> Iterator[Answering]:
    """A receiver that takes everything."""
    with answering() as server:
        server.set("/", Reply(b"ok"))
        yield server


@pytest.fixture
def notify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notify:
    """Compares two collections in which the store answers, or does not."""
    (tmp_path / "statuspress.toml").write_text(CONFIG)
    (tmp_path / "content").symlink_to(ROOT / "content")
    monkeypatch.delenv("STATUSPRESS_WEBHOOK_URL", raising=False)
    monkeypatch.delenv("STATUSPRESS_SLACK_URL", raising=False)

    def run(before: str, after: str, *arguments: str, **environ: str) -> int:
        files = []
        for name, up in (("a", before), ("b", after)):
            item = Evidence(
                "service.store.up",
                "The store answers",
                bool(up),
                "",
                "service",
                "asked",
                NOW,
                timedelta(hours=1),
                "0" * 64,
            )
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(dump_dossier(Dossier(NOW, {item.id: item}))))
            files.append(str(path))
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return main(["notify", "--config", str(tmp_path / "statuspress.toml"), *files, *arguments])

    return run


def test_receivers_are_told_what_turned_each_in_its_format(
    notify: Notify, sink: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {
        "STATUSPRESS_WEBHOOK_URL": f"{sink.url}/hook/{SECRET}",
        "STATUSPRESS_SLACK_URL": f"{sink.url}/slack/{SECRET}",
    }
    assert notify("up", "", **urls) == 0
    hook, slack = sink.asked
    assert (hook.path, slack.path) == (f"/hook/{SECRET}", f"/slack/{SECRET}")
    assert [turn["id"] for turn in json.loads(hook.body)["turns"]] == ["store"]
    assert "*Store*: operational → major outage." in json.loads(slack.body)["text"]
    said = capsys.readouterr()
    assert said.out == "Store: operational → major_outage: The store does not answer; lookups go on from memory.\n"
    assert SECRET not in said.out + said.err


def test_nobody_is_told_when_nothing_turned(
    notify: Notify, sink: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notify("up", "up", STATUSPRESS_WEBHOOK_URL=sink.url) == 0
    assert sink.asked == []
    assert capsys.readouterr().err == "no state turned: nobody is notified\n"


def test_a_dry_run_prints_and_sends_nothing(
    notify: Notify, sink: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notify("up", "", "--dry-run", STATUSPRESS_WEBHOOK_URL=sink.url) == 0
    assert sink.asked == []
    assert capsys.readouterr().out.startswith("Store: operational → major_outage")


@pytest.mark.parametrize(
    ("reply", "said", "tries"),
    [
        (Reply(b"no", 404), "it answered 404", 1),
        (Reply(b"busy", 503), "it answered 503", 2),
        (Reply(b"", 302, headers={"location": "http://127.0.0.1:9/"}), "it answered 302", 1),
    ],
)
def test_a_receiver_that_takes_nothing_is_an_error_without_its_address(
    notify: Notify, sink: Answering, capsys: pytest.CaptureFixture[str], reply: Reply, said: str, tries: int
) -> None:
    sink.set("/", reply)
    assert notify("up", "", STATUSPRESS_SLACK_URL=f"{sink.url}/{SECRET}") == 1
    err = capsys.readouterr().err
    assert err == f"statuspress: the receiver in STATUSPRESS_SLACK_URL took no message: {said}; check that address\n"
    assert len(sink.asked) == tries


def test_a_receiver_that_is_away_does_not_keep_the_other_from_its_message(
    notify: Notify, sink: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = {"STATUSPRESS_WEBHOOK_URL": f"http://127.0.0.1:9/{SECRET}", "STATUSPRESS_SLACK_URL": sink.url}
    assert notify("up", "", **urls) == 1
    assert len(sink.asked) == 1
    err = capsys.readouterr().err
    assert "it did not answer (ConnectError)" in err
    assert SECRET not in err


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "nobody to notify: set STATUSPRESS_WEBHOOK_URL or STATUSPRESS_SLACK_URL, or ask with --dry-run"),
        ({"STATUSPRESS_SLACK_URL": f"ftp://{SECRET}/"}, "STATUSPRESS_SLACK_URL must hold an http or https address"),
        ({"STATUSPRESS_SLACK_URL": f"http://[{SECRET}"}, "STATUSPRESS_SLACK_URL must hold an http or https address"),
    ],
)
def test_wrong_usage_is_2_and_repeats_no_address(
    notify: Notify, capsys: pytest.CaptureFixture[str], environ: dict[str, str], said: str
) -> None:
    assert notify("up", "", **environ) == 2
    err = capsys.readouterr().err
    assert said in err
    assert SECRET not in err


def test_a_file_that_is_no_evidence_is_one_clear_error(
    notify: Notify, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.json").write_text("{")
    config = str(tmp_path / "statuspress.toml")
    notify("up", "up", "--dry-run")
    assert main(["notify", "--config", config, "--dry-run", str(tmp_path / "none.json"), str(tmp_path / "b.json")]) == 1
    assert "none.json: cannot be read as evidence" in capsys.readouterr().err

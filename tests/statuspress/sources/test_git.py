"""The git source against repositories made for it."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.git import GitSettings
from statuspress.sources.collector import collect
from statuspress.sources.git import GitSource

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)


class Repository:
    """A repository in a folder; commits have the dates they are given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str, at: datetime = NOW, stdin: bytes | None = None) -> str:
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        more = who | dates | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.folder), *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, check=False, env=os.environ | more)
        assert result.returncode == 0, result.stderr
        return result.stdout.decode().strip()

    def commit(self, at: datetime, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x", at=at)

    def sign_head(self) -> None:
        """Puts a signature into the commit object, as git does when it signs."""
        raw = self.git("cat-file", "commit", "HEAD")
        head, _, message = raw.partition("\n\n")
        signature = "gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----"
        signed = f"{head}\n{signature}\n\n{message}\n".encode()
        name = self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed)
        self.git("reset", "--quiet", "--hard", name)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Two commits of the last 90 days and one before, a version and a changelog."""
    repository = Repository(tmp_path / "repository")
    repository.commit(NOW - timedelta(days=91), version_py='__version__ = "1.2.3"\n', CHANGELOG_md="# 1.2.3\n")
    repository.commit(NOW - timedelta(days=89))
    repository.commit(NOW - timedelta(days=1))
    return repository


@pytest.fixture
def read(configure: Callable[..., Config]) -> Callable[[Path], Dossier]:
    """Collects from a repository."""

    def run(folder: Path) -> Dossier:
        settings = GitSettings(folder=folder, version_file="version.py")
        config = replace(configure("http://127.0.0.1:9"), sources={"git": settings})
        return asyncio.run(collect(config, NOW, lambda _: None))

    return run


def values(dossier: Dossier) -> dict[str, object]:
    return {item.id: item.value if isinstance(item, Evidence) else item.reason for item in dossier}


def test_everything_is_what_git_says(repository: Repository, read: Callable[[Path], Dossier]) -> None:
    repository.sign_head()
    repository.git("tag", "v1.2.3")
    assert values(read(repository.folder)) == {
        "git.commit": repository.git("rev-parse", "HEAD"),
        "git.branch": "main",
        "git.tag": "v1.2.3",
        "git.version": "1.2.3",
        "git.commits.90d": 2,
        "git.signed.90d": 50.0,
        "git.clean": True,
        "git.changelog": True,
    }


def test_what_is_not_committed_is_seen(repository: Repository, read: Callable[[Path], Dossier]) -> None:
    (repository.folder / "new").write_text("x")
    assert values(read(repository.folder))["git.clean"] is False


@pytest.mark.parametrize("text", ["# 1.2.30\n", "# 11.2.3\n", "1.2.3 is not here\n", "# 1x2y3\n"])
def test_a_changelog_that_names_another_version_is_seen(
    repository: Repository, read: Callable[[Path], Dossier], text: str
) -> None:
    repository.commit(NOW, CHANGELOG_md=text)
    assert values(read(repository.folder))["git.changelog"] is False


def test_a_detached_head_without_tag_is_two_gaps(repository: Repository, read: Callable[[Path], Dossier]) -> None:
    repository.git("checkout", "--quiet", "--detach")
    found = values(read(repository.folder))
    assert found["git.branch"] == "HEAD is detached: no branch is checked out."
    assert found["git.tag"] == "No tag leads to this commit."
    assert found["git.commits.90d"] == 2


def test_a_shallow_clone_does_not_count_commits(
    repository: Repository, read: Callable[[Path], Dossier], tmp_path: Path
) -> None:
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    found = values(read(tmp_path / "shallow"))
    assert found["git.commits.90d"] == "The clone is shallow, so its commits cannot be counted."
    assert found["git.version"] == "1.2.3"


def test_a_folder_that_is_no_repository_is_a_gap_for_every_id(tmp_path: Path, read: Callable[[Path], Dossier]) -> None:
    dossier = read(tmp_path)
    assert set(dossier.items) == set(GitSource.ids)
    for item in dossier:
        assert isinstance(item, Gap)
        assert item.reason.startswith("git rev-parse failed: fatal: not a git repository")


def test_a_missing_git_is_a_gap(
    repository: Repository, read: Callable[[Path], Dossier], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(values(read(repository.folder)).values()) == {"git is not installed."}


def test_a_git_that_hangs_is_ended_at_the_deadline(
    configure: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = tmp_path / "git"
    hanging.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    settings = GitSettings(folder=tmp_path, version_file="version.py", deadline=0.5)
    config = replace(configure("http://127.0.0.1:9"), sources={"git": settings})
    dossier = asyncio.run(collect(config, NOW, lambda _: None))
    assert set(values(dossier).values()) == {"It did not finish within 0.5 s."}
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_repository_without_commits_is_gaps(tmp_path: Path, read: Callable[[Path], Dossier]) -> None:
    dossier = read(Repository(tmp_path / "empty").folder)
    assert isinstance(dossier.items["git.commit"], Gap)
    assert dossier.items["git.commits.90d"].id == "git.commits.90d"

"""The file of a backup: readable by its owner alone, whole or not there."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from blacklist.errors import BackupError
from blacklist.store.backup_file import new_file


def test_a_file_comes_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"the one before")
    with new_file(path) as file:
        file.write(b"whole")
        assert path.read_bytes() == b"the one before"
    assert path.read_bytes() == b"whole"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_else_can_read_it_at_any_time(tmp_path: Path) -> None:
    with new_file(tmp_path / "backup"):
        (partial,) = tmp_path.iterdir()
        assert partial.stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"the one before")

    def fail() -> None:
        with new_file(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["missing/backup", "."])
def test_a_place_that_can_not_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupError, match=r"No such file|not a file"), new_file(tmp_path / name):
        pass


def test_what_a_killed_writer_left_is_removed_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    dead, living = tmp_path / ".blacklist-dead.partial", tmp_path / ".blacklist-living.partial"
    dead.touch()
    with living.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with new_file(tmp_path / "backup"):
            pass
        assert sorted(path.name for path in tmp_path.iterdir()) == [living.name, "backup"]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: the same error at the same places."""
    path = tmp_path / "backup"
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from blacklist.store.backup_file import new_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"with new_file(Path({str(path)!r})) as file: file.write(bytes(5000))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert "BackupError" in done.stderr
    assert "nothing is left of it" in done.stderr
    assert list(tmp_path.iterdir()) == []

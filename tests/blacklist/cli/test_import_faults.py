"""The importer when the disk is full, or when it is killed: always the old generation whole, or the new one."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from blacklist.replica.local import load_newest
from running import blacklist

KILLS = int(os.environ.get("BLACKLIST_TEST_KILLS", "10"))
"""How often the importer is killed; a long run takes 100."""

FEEDS = """
[[feed]]
name = "one"
path = "one.txt"
format = "plain"
category = "attacks"
allow_special = true
"""
LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("blacklist", run_name="__main__", alter_sys=True)
"""


def listed(first: int, count: int = 4_000) -> list[str]:
    return [f"198.18.{number >> 8}.{number & 255}" for number in range(first, first + count)]


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(FEEDS)
    (tmp_path / "one.txt").write_text("\n".join(listed(0)))
    return path


@pytest.fixture
def data(tmp_path: Path, feeds: Path) -> Path:
    data = tmp_path / "data"
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    return data


def exported(data: Path) -> list[str]:
    return blacklist(data, "export", "one.txt").stdout.splitlines()


def files(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "snapshots").iterdir()}


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (8_192, "blacklist.sqlite3"),
        (100_000, "cannot write a snapshot: File too large; the last one stays"),
    ],
)
def test_a_disk_that_fills_is_one_clear_line_and_changes_nothing(
    data: Path, feeds: Path, limit: int, said: str
) -> None:
    before = files(data)
    (feeds.parent / "one.txt").write_text("\n".join(listed(5)))
    command = [sys.executable, "-c", LIMITED, str(limit), "import", "--feeds", str(feeds)]
    measured = {name for name in os.environ if name.startswith("COV")}  # its file would not fit the disk either
    environment = {name: value for name, value in os.environ.items() if name not in measured}
    environment["BLACKLIST_DATA"] = str(data)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert files(data) == before
    assert exported(data) == listed(0)
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    assert exported(data) == listed(5)


def test_an_importer_that_is_killed_leaves_the_old_generation_or_the_new_one(data: Path, feeds: Path) -> None:
    randomly = random.Random(11)
    current, newest = 0, load_newest(data / "snapshots").head.generation
    seen = set()
    for round_ in range(1, KILLS + 1):
        (feeds.parent / "one.txt").write_text("\n".join(listed(round_)))
        command = [sys.executable, "-m", "blacklist", "import", "--feeds", str(feeds), "--data", str(data)]
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        sleep(randomly.uniform(0.05, 0.6))
        child.kill()
        child.wait()
        generation = load_newest(data / "snapshots").head.generation
        found = exported(data)
        first = int(found[0].rpartition(".")[2])
        assert found == listed(first)
        assert current <= first <= round_
        assert generation >= newest
        seen.add(first == round_)
        current, newest = first, generation
    assert blacklist(data, "import", "--feeds", str(feeds)).returncode == 0
    assert exported(data) == listed(KILLS)
    assert not [name for name in files(data) if name.startswith(".")]
    assert False in seen, "no kill came before the end of an import: the test shows nothing"

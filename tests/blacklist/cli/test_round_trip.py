"""What is exported can be imported again: the same set, in every format that both sides know."""

from __future__ import annotations

from pathlib import Path

import pytest

from blacklist.core.listing import Facts
from running import blacklist, fill

READ_AS = {
    "txt": "plain",
    "edl": "plain",
    "netset": "netset",
    "haproxy": "plain",
    "csv": "csv",
    "json": "json",
    "ndjson": "ndjson",
}


@pytest.mark.parametrize(("written", "read"), READ_AS.items())
def test_an_exported_list_is_imported_as_the_same_set(tmp_path: Path, written: str, read: str) -> None:
    hostile = Facts("", 70, "KR", 'say "no",; then\n<b>go</b>', 1_000_000_000, 0, 0)
    entries: dict[str, Facts | None] = {f"192.0.2.{number}": None for number in range(0, 200, 3)}
    fill(
        tmp_path / "one",
        entries=entries | {"198.51.100.0/25": hostile, "2001:db8:1::/48": None, "2001:db8::7": hostile},
    )
    file = tmp_path / f"list.{written}"
    assert blacklist(tmp_path / "one", "export", f"all.{written}", str(file)).returncode == 0
    again = ("--file", str(file), "--feed", "again", "--format", read, "--allow-special")
    done = blacklist(tmp_path / "two", "import", *again)
    assert done.returncode == 0, done.stderr
    assert (
        blacklist(tmp_path / "two", "export", "all.txt").stdout
        == blacklist(tmp_path / "one", "export", "all.txt").stdout
    )

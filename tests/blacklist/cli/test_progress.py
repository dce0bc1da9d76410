"""How far long work has come is told on stderr."""

from __future__ import annotations

import pytest

from blacklist.cli import progress as module
from blacklist.cli.progress import progress, watched
from blacklist.store.contents import Row


def test_long_work_says_where_it_is_and_short_work_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [Row("held", {}, bytes(1_500_000)), Row("held", {}, bytes(700_000))]
    with progress("loading") as draw:
        assert list(watched(rows, draw)) == rows
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(module, "_AGAIN", 0)
    with progress("loading") as draw:
        assert list(watched(rows, draw)) == rows
    told = capsys.readouterr()
    assert told.err == "blacklist: loading: 1 rows, 1.5 MB\nblacklist: loading: 2 rows, 2.2 MB\n"
    assert told.out == ""

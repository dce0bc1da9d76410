"""What /health calls degraded, without waiting for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from blacklist.core.index import Index
from blacklist.core.indicator import parse_one
from blacklist.core.overlay import Change, Edit, Overlay
from blacklist.feeds.schedule import Importer
from blacklist.lists.cache import ListCache
from blacklist.replica.local import load_newest
from blacklist.settings import read_settings
from blacklist.web.health import describe
from blacklist.web.state import State
from blacklist.web.verdicts import Answers
from running import fill


@pytest.mark.parametrize(("seconds", "status"), [(119, "ok"), (120, "degraded")])
def test_a_change_that_is_in_no_list_for_two_minutes_is_degraded(tmp_path: Path, seconds: int, status: str) -> None:
    generation = fill(tmp_path, entries={"192.0.2.1": None})
    settings = read_settings({"BLACKLIST_DATA": str(tmp_path)})
    importer = Importer({}, 0, lambda _: None)
    state = State(settings, ListCache(tmp_path / "lists", tmp_path), importer, started_at=0)
    state.answers = Answers(Index(load_newest(settings.snapshots), Overlay()))
    removal = Edit(parse_one("192.0.2.1"), allowlist=False, entry=None)
    state.unpublished.notice([Change(generation + 1, removal)], 1000.0)
    body = describe(state, 1000.0 + seconds)
    assert (body["status"], body["unpublished_seconds"]) == (status, seconds)
    state.lag.published = generation + 1  # the store has a snapshot with it: that this server is behind is told apart
    assert describe(state, 1000.0 + seconds)["status"] == "ok"

"""For how long changes have waited for a snapshot."""

from __future__ import annotations

from blacklist.core.indicator import parse_one
from blacklist.core.overlay import Change, Edit
from blacklist.replica.unpublished import Unpublished


def changes(*generations: int) -> list[Change]:
    return [Change(one, Edit(parse_one("192.0.2.1"), allowlist=False, entry=None)) for one in generations]


def test_the_oldest_change_counts_from_when_it_was_noticed() -> None:
    unpublished = Unpublished()
    unpublished.notice(changes(5), 100.0)
    unpublished.notice(changes(5, 7), 130.0)
    unpublished.notice(changes(5, 7), 140.0)
    assert unpublished.seconds(4, 150.0) == 50.0
    assert unpublished.seconds(5, 150.0) == 20.0
    assert unpublished.seconds(7, 150.0) == 0.0


def test_changes_that_came_together_wait_until_a_snapshot_has_all_of_them() -> None:
    unpublished = Unpublished()
    unpublished.notice(changes(5, 6), 100.0)
    assert unpublished.seconds(5, 110.0) == 10.0
    assert unpublished.seconds(6, 110.0) == 0.0


def test_what_is_in_no_overlay_any_more_waits_for_nothing() -> None:
    unpublished = Unpublished()
    unpublished.notice(changes(5), 100.0)
    unpublished.notice([], 110.0)
    assert unpublished.seconds(4, 120.0) == 0.0


def test_after_a_restore_of_an_older_store_its_changes_count_anew() -> None:
    unpublished = Unpublished()
    unpublished.notice(changes(5, 9), 100.0)
    unpublished.notice(changes(5), 130.0)
    assert unpublished.seconds(4, 140.0) == 10.0

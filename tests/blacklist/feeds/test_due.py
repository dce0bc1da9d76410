from __future__ import annotations

import pytest

from blacklist.feeds.catalogue import Feed
from blacklist.feeds.due import due_at
from blacklist.store.interface import FeedInfo, FeedState, ImportRecord

NOW = 1_900_000_000


def state(*, at: int = NOW, failures: int = 0) -> FeedState:
    record = ImportRecord("one", at, "failed" if failures else "imported", failures=failures)
    return FeedState(FeedInfo("one", "attacks"), 1, 1, NOW, record, None)


def test_a_feed_that_was_never_imported_is_due() -> None:
    assert due_at(Feed("one"), None, 3600) == 0


def test_a_feed_is_due_after_its_own_interval_or_the_importer_s_give_or_take_a_tenth() -> None:
    for feed, seconds in ((Feed("one"), 3600), (Feed("one", interval=900), 900), (Feed("one", interval=86400), 86400)):
        times = [due_at(feed, state(at=NOW + second), 3600) - NOW - second for second in range(200)]
        assert all(abs(time - seconds) <= seconds * 0.1 for time in times)
        assert max(times) - min(times) > seconds * 0.15


def test_asking_twice_gives_one_answer() -> None:
    assert due_at(Feed("one"), state(), 3600) == due_at(Feed("one"), state(), 3600)


@pytest.mark.parametrize(
    ("interval", "failures", "seconds"),
    [
        (3600, 1, 300),
        (3600, 2, 600),
        (3600, 5, 3600),
        (3600, 50, 3600),
        (60, 1, 60),
        (60, 3, 240),
        (60, 9, 3600),
        (86400, 1, 300),
        (86400, 30, 86400),
    ],
)
def test_a_feed_that_fails_is_tried_again_soon_and_then_less_and_less_often(
    interval: int, failures: int, seconds: int
) -> None:
    wait = due_at(Feed("one", interval=interval), state(failures=failures), 3600) - NOW
    assert abs(wait - seconds) <= seconds * 0.1

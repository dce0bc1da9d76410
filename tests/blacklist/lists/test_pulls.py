"""The pull log: who takes what, who stopped coming, whose limit is near."""

from __future__ import annotations

import pytest

from blacklist.lists.devices import DEVICES
from blacklist.lists.pulls import PullLog
from blacklist.store.pulls import KEPT_PULLS, Pull, Taken


def pulled(at: int, *, consumer: str = "one", name: str = "all.txt", device: str = "", entries: int = 5) -> Pull:
    return Pull(Taken(consumer, name, ""), device, 7, entries, sent=True, first_at=at, at=at)


def log(*pulls: Pull) -> PullLog:
    made = PullLog()
    for pull in pulls:
        made.add(pull)
    return made


def test_a_consumer_that_comes_again_has_one_row_with_its_usual_interval() -> None:
    (only,) = log(*(pulled(at) for at in (1000, 1300, 1600)))
    assert (only.count, only.first_at, only.at, only.every) == (3, 1000, 1600, 300)


def test_the_usual_interval_follows_slowly() -> None:
    (only,) = log(*(pulled(at) for at in (0, 300, 600, 1200)))
    assert only.every == 300 + 0.2 * 300


def test_who_stays_away_for_three_times_the_usual_is_late() -> None:
    (hourly,) = log(pulled(0), pulled(3600))
    assert not hourly.late(3600 + 3 * 3600)
    assert hourly.late(3600 + 3 * 3600 + 1)
    (minutely,) = log(pulled(0), pulled(60))
    assert not minutely.late(60 + 300)
    assert minutely.late(60 + 301)


def test_who_came_but_once_is_never_late() -> None:
    (once,) = log(pulled(0))
    assert not once.late(10**9)


def test_the_log_is_bounded_and_forgets_the_one_longest_ago() -> None:
    made = log(*(pulled(number, consumer=str(number)) for number in range(KEPT_PULLS)))
    made.add(pulled(KEPT_PULLS, consumer="0"))
    made.add(pulled(KEPT_PULLS, consumer="new"))
    consumers = [pull.taken.consumer for pull in made]
    assert len(consumers) == KEPT_PULLS
    assert "1" not in consumers
    assert consumers[-2:] == ["0", "new"]
    assert made.total == KEPT_PULLS + 2


@pytest.mark.parametrize(
    ("entries", "state"), [(22_000, "fits"), (22_500, "near"), (25_000, "near"), (25_001, "outgrown")]
)
def test_a_device_is_measured_by_all_its_lists_together(entries: int, state: str) -> None:
    made = log(pulled(0, device="pan-os", entries=entries), pulled(0, name="spam.edl", entries=entries))
    made.add(pulled(0, consumer="another", entries=entries))
    (budget,) = made.budgets(0)
    assert (budget.entries, budget.limit, budget.state) == (2 * entries, 50_000, state)


def test_a_limit_of_each_list_is_measured_by_the_largest() -> None:
    device = "fortigate-before-7.4.4"
    made = log(*(pulled(0, device=device, name=f"{n}.txt", entries=n) for n in (131_072, 100_000)))
    (budget,) = made.budgets(0)
    assert (budget.entries, budget.state) == (131_072, "near")


def test_lists_no_longer_taken_do_not_count() -> None:
    made = log(pulled(0, device="pan-os", name="old.edl"), pulled(60, device="pan-os", name="old.edl"))
    made.add(pulled(10_000, device="pan-os", name="new.edl", entries=7))
    (budget,) = made.budgets(10_000)
    assert budget.entries == 7


def test_a_device_of_a_newer_server_on_the_same_store_is_left_out() -> None:
    made = log()
    made.know([pulled(0, device="from the future")])
    assert made.budgets(0) == []


def test_what_is_taken_stays_seen_until_the_store_has_it() -> None:
    made = log(pulled(0), pulled(300))
    assert [pull.count for pull in made.take()] == [2]
    made.add(pulled(600))
    assert [(pull.count, pull.every) for pull in made] == [(3, 300)]
    made.know([pulled(0, consumer="elsewhere"), *log(pulled(0), pulled(300))])
    assert [(pull.taken.consumer, pull.count) for pull in made] == [("elsewhere", 1), ("one", 3)]
    assert [pull.count for pull in made.take()] == [1]


def test_what_did_not_reach_the_store_is_taken_again() -> None:
    made = log(pulled(0))
    made.take()
    made.add(pulled(300))
    made.put_back()
    assert [(pull.first_at, pull.at, pull.count) for pull in made.take()] == [(0, 300, 2)]
    assert [pull.count for pull in made.take()] == [2]  # the one before was never told to have come


def test_every_device_has_a_limit() -> None:
    assert all(limit.entries > 0 for limit in DEVICES.values())

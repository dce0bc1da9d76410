"""Quotas: taken, earned back, bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from blacklist.access.limits import LATELY, ROUNDING, Buckets, Refusals, local_limits
from blacklist.settings import Quota


def taken(buckets: Buckets, caller: str, cost: int, now: float) -> bool:
    return buckets.take(caller, cost, now) <= buckets.quota.seconds + ROUNDING


def test_a_whole_quota_may_be_taken_at_once_and_no_more() -> None:
    buckets = Buckets("key", Quota(10, 60))
    assert [taken(buckets, "one", 1, 100.0) for _ in range(11)] == [True] * 10 + [False]


def test_units_come_back_evenly() -> None:
    buckets = Buckets("key", Quota(10, 60))
    assert taken(buckets, "one", 10, 100.0)
    assert not taken(buckets, "one", 1, 105.9)
    assert taken(buckets, "one", 1, 106.1)
    assert not taken(buckets, "one", 1, 106.2)
    assert taken(buckets, "one", 10, 106.1 + 60)


def test_what_is_refused_costs_nothing() -> None:
    buckets = Buckets("key", Quota(10, 60))
    assert taken(buckets, "one", 8, 100.0)
    assert not any(taken(buckets, "one", 3, 100.0) for _ in range(5))
    assert taken(buckets, "one", 2, 100.0)


def test_each_caller_has_a_quota_of_its_own() -> None:
    buckets = Buckets("key", Quota(1, 60))
    assert taken(buckets, "one", 1, 100.0)
    assert not taken(buckets, "one", 1, 100.0)
    assert taken(buckets, "two", 1, 100.0)


def test_what_costs_more_than_the_quota_costs_all_of_it() -> None:
    buckets = Buckets("key", Quota(10, 60))
    assert taken(buckets, "one", 10_000, 100.0)
    assert not taken(buckets, "one", 1, 100.0)
    assert taken(buckets, "one", 10_000, 160.0)


def test_what_was_spent_elsewhere_is_owed_but_never_for_longer_than_two_quotas() -> None:
    buckets = Buckets("key", Quota(10, 60))
    buckets.charge("one", 10_000, 100.0)
    assert not taken(buckets, "one", 1, 160.0)
    assert taken(buckets, "one", 1, 166.1)


def test_however_many_callers_come_only_so_many_are_remembered() -> None:
    buckets = Buckets("address", Quota(10, 60), kept=100)
    for number in range(10_000):
        assert taken(buckets, f"caller {number}", 1, 100.0)
        assert len(buckets) <= 200


def test_who_comes_all_the_time_is_not_forgotten_among_many() -> None:
    buckets = Buckets("address", Quota(10, 60), kept=100)
    for number in range(10):
        assert taken(buckets, "busy", 1, 100.0)
        for other in range(50):
            taken(buckets, f"{number} {other}", 1, 100.0)
    assert not taken(buckets, "busy", 1, 100.0)


def test_without_a_quota_nothing_is_limited() -> None:
    limits = local_limits(None, Quota(5, 1))
    assert limits.key is None
    assert limits.address is not None
    assert (limits.address.name, limits.address.quota) == ("address", Quota(5, 1))


@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 15)), max_size=60),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_no_window_ever_gives_more_than_twice_the_quota(
    asked: list[tuple[float, int]], units: int, seconds: int
) -> None:
    buckets, now, given_at = Buckets("key", Quota(units, seconds)), 1000.0, []
    for pause, cost in asked:
        now += pause
        if taken(buckets, "one", cost, now):
            given_at.append((now, min(cost, units)))
    for begin, _ in given_at:
        assert sum(cost for at, cost in given_at if begin <= at < begin + seconds) <= 2 * units


def told(refusals: Refusals, now: float, most: int = 10) -> list[tuple[object, int]]:
    return [(one.caller, one.times) for one in refusals.top(most, now)]


def test_who_was_refused_most_often_lately_comes_first() -> None:
    refusals = Refusals()
    for caller in ("one", "two", "two", "three"):
        refusals.add("key", caller, 100.0)
    assert told(refusals, 101.0) == [("two", 2), ("one", 1), ("three", 1)]
    assert told(refusals, 101.0, most=1) == [("two", 2)]
    refusals.add("address", "two", 100.0)
    assert told(refusals, 101.0) == [
        ("two", 2),
        ("one", 1),
        ("three", 1),
        ("two", 1),
    ]  # a key and an address are never one caller


def test_refusals_are_forgotten_and_their_count_begins_anew() -> None:
    refusals = Refusals()
    refusals.add("key", "one", 100.0)
    refusals.add("key", "two", 100.0 + LATELY)
    assert told(refusals, 100.5 + LATELY) == [("two", 1)]
    refusals.add("key", "one", 101.0 + LATELY)
    assert told(refusals, 101.0 + LATELY) == [("one", 1), ("two", 1)]


def test_refusals_are_bounded_and_a_flood_of_addresses_ends_the_oldest() -> None:
    refusals = Refusals(kept=100)
    for number in range(10_000):
        refusals.add("address", (4, number), 100.0)
    assert [caller for caller, _ in told(refusals, 100.0, most=1_000)] == [(4, n) for n in range(9_900, 10_000)]

"""Counters of a process: which listed addresses are asked for most, within a bound."""

from __future__ import annotations

from blacklist.metrics import Asked


def test_the_addresses_asked_for_most_come_first() -> None:
    asked = Asked()
    for value, count in ((1, 3), (2, 5), (3, 1)):
        for _ in range(count):
            asked.add(4, value)
    asked.add(6, 2)
    assert asked.top(2) == [((4, 2), 5), ((4, 1), 3)]
    assert ((6, 2), 1) in asked.top(10)


def test_however_many_addresses_are_asked_for_few_are_kept_and_the_frequent_ones_stay() -> None:
    asked = Asked()
    for value in range(20_000):
        asked.add(4, value)
        asked.add(4, 7)
        assert len(asked.counts) <= Asked.KEPT
    assert asked.top(1) == [((4, 7), 20_001)]

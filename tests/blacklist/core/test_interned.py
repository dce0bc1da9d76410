"""What a feed says of its entries takes bounded memory, and no entry is lost by it."""

from __future__ import annotations

import pytest

from blacklist.core.generation import GenerationBuilder, merge, same
from blacklist.core.interned import MOST_FACTS, UNBOUNDED, Interned, TooManyFactsError
from blacklist.core.listing import Facts

DAY = 86_400
NOON = 20_000 * DAY + DAY // 2


def said(reason: str, *, country: str = "KR", end: int = NOON + 1) -> Facts:
    return Facts("scans", 90, country, reason, NOON, NOON + 5, end)


def test_the_same_facts_have_one_number() -> None:
    interned = Interned()
    assert [interned.number(said(reason)) for reason in ("one", "two", "one")] == [0, 1, 0]
    assert (interned.facts, interned.cut) == ([said("one"), said("two")], 0)


def test_beyond_the_limit_new_facts_lose_their_reason_and_the_time_of_day_and_never_end_sooner() -> None:
    interned = Interned((1, 9, 9))
    numbers = [interned.number(said(reason)) for reason in ("one", "two", "three", "one")]
    assert numbers == [0, 1, 1, 0]
    assert interned.facts[1] == Facts("scans", 90, "KR", "", NOON - DAY // 2, NOON - DAY // 2, NOON + 3600)
    assert interned.cut == 2


def test_beyond_the_next_limit_they_lose_country_and_last_seen_but_not_category_confidence_and_end() -> None:
    interned = Interned((0, 1, 9))
    numbers = [interned.number(said("", country=country)) for country in ("KR", "JP", "FR")]
    assert numbers == [0, 1, 1]
    assert interned.facts[1] == Facts("scans", 90, "", "", NOON - DAY // 2, 0, NOON + DAY // 2)


def test_what_never_ends_still_never_does() -> None:
    interned = Interned((0, 0, 1))
    interned.number(said("one", end=0))
    assert interned.facts[0].expires_at == 0


def test_there_is_an_end_to_it_with_a_clear_error() -> None:
    interned = Interned((1, 1, 1))
    for number in range(3):
        interned.number(said("", end=NOON + number * DAY))
    with pytest.raises(TooManyFactsError, match="it says more than 3 different things of its entries"):
        interned.number(said("", end=NOON + 3 * DAY))


def test_what_operators_say_is_kept_in_full() -> None:
    interned = Interned(UNBOUNDED)
    assert [interned.number(said(f"{number}")) for number in range(10)] == list(range(10))


def test_an_import_of_the_same_again_finds_nothing_new() -> None:
    def update(first_seen: int) -> GenerationBuilder:
        builder = GenerationBuilder(bounded=True)
        addresses = range(0xC6120000, 0xC6120000 + MOST_FACTS + 100)
        facts = (Facts("", 50, "", f"reason {address}", first_seen, 0, 0) for address in addresses)
        builder.add_addresses(addresses, map(builder.fact, facts))
        return builder

    first = merge(update(NOON).finish(), update(NOON + 60).finish())
    assert same(first, merge(first, update(NOON + 120).finish()))

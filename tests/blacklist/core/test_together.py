from __future__ import annotations

import ipaddress
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.generation import Generation, GenerationBuilder
from blacklist.core.impact import impact
from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.listing import Facts
from blacklist.core.together import wider_together

LIMITS = {4: 8, 6: 19}


def generation(*networks: str | Indicator) -> Generation:
    builder = GenerationBuilder()
    fact = builder.fact(Facts("", 50, "", "", 1, 0, 0))
    for network in networks:
        builder.add(parse_one(network) if isinstance(network, str) else network, fact)
    return builder.finish()


def test_networks_side_by_side_are_as_wide_as_what_they_cover() -> None:
    assert str(wider_together(generation("2.0.0.0/8", "3.0.0.0/8"), LIMITS)) == "2.0.0.0/7"
    assert str(wider_together(generation(*(f"8.{n}.0.0/16" for n in range(256)), "9.0.0.0/8"), LIMITS)) == "8.0.0.0/7"
    assert str(wider_together(generation("2a00::/19", "2a00:2000::/19"), LIMITS)) == "2a00::/18"


def test_networks_that_do_not_fill_a_wider_one_are_not() -> None:
    assert wider_together(generation(), LIMITS) is None
    assert wider_together(generation("1.0.0.0/8", "2.0.0.0/8"), LIMITS) is None  # not of one /7
    assert wider_together(generation("2.0.0.0/8", "3.0.0.0/9", "3.128.0.0/10"), LIMITS) is None
    assert wider_together(generation("2.0.0.0/8", "2.0.0.0/9", "2.128.0.0/9", "2.3.4.5"), LIMITS) is None


NETWORKS = st.lists(st.tuples(st.integers(0, 15), st.integers(28, 32)), max_size=12)


@given(NETWORKS, st.integers(28, 32))
def test_it_is_what_counting_every_address_finds(drawn: list[tuple[int, int]], shortest: int) -> None:
    networks = [Indicator(4, 16 + (start >> (32 - length) << (32 - length)), length) for start, length in drawn]
    covered = set(chain.from_iterable(range(network.start, network.end + 1) for network in networks))
    wide = list(ipaddress.IPv4Network("0.0.0.16/28").subnets(new_prefix=max(shortest - 1, 28)))
    expected = any(set(map(int, network)) <= covered for network in wide) if shortest > 28 else False
    found = wider_together(generation(*networks), {4: shortest})
    assert (found is not None) == expected
    if found is not None:
        assert set(range(found.start, found.end + 1)) <= covered


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_the_impact_of_an_update_is_the_difference_of_the_sets(old: set[int], new: set[int]) -> None:
    before, after = (generation(*(Indicator(4, value, 32) for value in values)) for values in (old, new))
    found = impact(before, after)
    assert (found.added, found.removed) == (len(new - old), len(old - new))
    assert found.added_samples == tuple(str(Indicator(4, value, 32)) for value in sorted(new - old)[:20])
    assert found.removed_samples == tuple(str(Indicator(4, value, 32)) for value in sorted(old - new)[:20])

"""Subtraction and aggregation against sets of addresses."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.aggregate import aggregate, disjoint
from blacklist.core.indicator import Indicator
from blacklist.core.subtraction import subtract

small = st.builds(
    lambda start, length: Indicator(4, start >> (32 - length) << (32 - length), length),
    st.integers(0, 255),
    st.integers(22, 32),
)
networks = st.lists(small, max_size=40).map(lambda found: sorted(set(found)))


@given(networks, st.lists(small, max_size=6))
def test_subtraction_is_exact_and_pieces_keep_what_is_said_of_the_whole(
    listed: list[Indicator], allowed: list[Indicator]
) -> None:
    left = list(subtract([(network, (number,)) for number, network in enumerate(listed)], sorted(set(allowed))))
    pieces = [network for network, _ in left]
    assert pieces == sorted(set(pieces))
    assert addresses(pieces) == addresses(listed) - addresses(allowed)
    for piece, records in left:
        for number in records:
            assert addresses([piece]) <= addresses([listed[number]])
    for number, network in enumerate(listed):
        mine = [piece for piece, records in left if number in records]
        assert addresses(mine) == addresses([network]) - addresses(allowed)


@given(networks)
def test_an_aggregate_covers_the_same_addresses_with_the_fewest_networks(listed: list[Indicator]) -> None:
    merged = list(aggregate((network, network.start) for network in listed))
    found = [network for network, _ in merged]
    assert addresses(found) == addresses(listed)
    assert found == fewest(addresses(listed))
    for network, rank in merged:
        assert rank == max(other.start for other in listed if addresses([other]) <= addresses([network]))


@given(networks)
def test_what_lies_in_another_network_is_left_out(listed: list[Indicator]) -> None:
    apart = list(disjoint(listed))
    assert addresses(apart) == addresses(listed)
    assert sum(len(addresses([network])) for network in apart) == len(addresses(listed))


def test_merging_stops_at_what_a_feed_may_list() -> None:
    halves = [Indicator(4, number << 24, 8) for number in range(4, 8)]
    assert [network for network, _ in aggregate((half, 1) for half in halves)] == halves
    wide = [Indicator(6, number << (128 - 19), 19) for number in (2, 3)]
    assert [network for network, _ in aggregate((half, 1) for half in wide)] == wide
    narrow = [Indicator(6, number << (128 - 20), 20) for number in (2, 3)]
    assert [str(network) for network, _ in aggregate((half, 1) for half in narrow)] == ["0:2000::/19"]


def test_a_long_run_of_neighbours_is_one_network() -> None:
    run = ((Indicator(4, 0xC0000200 + number, 32), number) for number in range(256))
    assert [(str(network), rank) for network, rank in aggregate(run)] == [("192.0.2.0/24", 255)]


def addresses(networks: Iterable[Indicator]) -> set[int]:
    return {address for network in networks for address in range(network.start, network.end + 1)}


def fewest(wanted: set[int]) -> list[Indicator]:
    """From the widest down: each network that is wanted whole, and lies in none taken before."""
    taken: list[Indicator] = []
    covered: set[int] = set()
    for length in range(22, 33):
        for start in range(0, 1024, 1 << (32 - length)):
            network = Indicator(4, start, length)
            if start not in covered and addresses([network]) <= wanted:
                taken.append(network)
                covered |= addresses([network])
    return sorted(taken)

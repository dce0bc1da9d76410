"""The bits of busy /24s: never a listed or allowed address without its bit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.busy import busy6_bits, busy_bits, busy_places, is_busy, is_busy6

HOSTS = st.lists(st.integers(0, 2**32 - 1), max_size=5)


@st.composite
def networks(draw: st.DrawFn) -> tuple[int, int]:
    length = draw(st.integers(4, 31))
    return draw(st.integers(0, (1 << length) - 1)) << 32 - length, length


@given(HOSTS, st.lists(networks(), max_size=5), st.integers(0, 2**32 - 1))
def test_a_block_is_busy_exactly_when_something_lies_in_it_or_around_it(
    hosts: list[int], nets: list[tuple[int, int]], value: int
) -> None:
    bits = busy_bits(hosts, nets)
    for address in (
        value,
        *hosts,
        *(start for start, _ in nets),
        *(start | 0xFFFFFFFF >> length for start, length in nets),
    ):
        block = address >> 8
        within = any(host >> 8 == block for host in hosts)
        overlaps = any(start >> 8 <= block <= (start | 0xFFFFFFFF >> length) >> 8 for start, length in nets)
        assert bool(is_busy(bits, address)) == (within or overlaps)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40), HOSTS)
def test_the_places_of_busy_addresses_are_those_of_a_look_at_each(values: list[int], hosts: list[int]) -> None:
    bits = busy_bits(hosts, [])
    asked = [*values, *hosts]
    packed = b"".join(value.to_bytes(4, "big") for value in asked)
    expected = [place for place, value in enumerate(asked) if is_busy(bits, value)]
    assert list(busy_places(bits, packed)) == expected


@st.composite
def networks6(draw: st.DrawFn) -> tuple[int, int]:
    length = draw(st.integers(8, 128))
    return draw(st.integers(0, (1 << length) - 1)) << 128 - length, length


@given(st.lists(networks6(), max_size=5), st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_an_ipv6_address_in_a_network_is_always_busy(nets: list[tuple[int, int]], value: int, offset: int) -> None:
    bits = busy6_bits(nets)
    for start, length in nets:
        assert is_busy6(bits, start | offset & ((1 << 128 - length) - 1))
    assert nets or not is_busy6(bits, value)

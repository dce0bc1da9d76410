"""The bits of busy /24s: never a listed or allowed address without its bit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.busy import busy_bits, is_busy

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

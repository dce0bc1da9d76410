from __future__ import annotations

from collections.abc import Iterator

from blacklist.core.indicator import Indicator, parse_one
from blacklist.formats.registry import EXPORTS
from blacklist.formats.txt import write_txt


def test_each_network_is_a_line_and_the_last_one_ends_too() -> None:
    networks = map(parse_one, ["192.0.2.1", "192.0.2.0/25", "2001:db8::/32"])
    assert b"".join(write_txt(networks)) == b"192.0.2.1\n192.0.2.0/25\n2001:db8::/32\n"


def test_no_networks_are_no_bytes() -> None:
    assert list(write_txt([])) == []


def test_a_long_list_comes_in_pieces_before_its_end_is_known() -> None:
    taken = 0

    def endless() -> Iterator[Indicator]:
        nonlocal taken
        while True:
            taken += 1
            yield Indicator(4, 0xC0000200, 32)

    piece = next(EXPORTS["txt"](endless()))
    assert piece.count(b"\n") == taken < 10_000

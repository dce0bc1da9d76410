"""The special-purpose table, against what is known of it."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.indicator import Indicator, parse_one
from blacklist.core.special import SPECIAL, special_overlap


@pytest.mark.parametrize(
    "text",
    [
        "10.1.2.3",
        "127.0.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.0/10",
        "100.127.255.255",
        "224.0.0.0/3",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0/0",
        "8.0.0.0/5",
        "192.0.2.1",
        "::",
        "::1",
        "::/0",
        "::/3",
        "fe80::1",
        "fd00::/8",
        "ff02::1",
        "2001:db8::1",
        "2002::/16",
        "2001::1",
        "::fffe:0:0/95",
    ],
)
def test_what_touches_a_special_purpose_network_is_found(text: str) -> None:
    assert special_overlap(parse_one(text)) is not None


@pytest.mark.parametrize(
    "text", ["1.1.1.1", "8.8.8.0/24", "100.63.255.255", "100.128.0.0", "223.255.255.255", "2001:4860::1", "2a00::/12"]
)
def test_what_does_not_is_not(text: str) -> None:
    assert special_overlap(parse_one(text)) is None


def test_the_entries_are_sorted_and_disjoint() -> None:
    for one, other in pairwise(entry.indicator for entry in SPECIAL):
        assert one.version < other.version or one.end < other.start


@given(st.integers(0, 2**32 - 1))
def test_no_address_that_python_calls_private_reserved_or_multicast_is_missed(value: int) -> None:
    address = ipaddress.IPv4Address(value)
    if address.is_private or address.is_reserved or address.is_multicast or address.is_loopback:
        assert special_overlap(Indicator(4, value, 32)) is not None


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_a_network_overlaps_exactly_when_one_of_the_entries_does(value: int, length: int) -> None:
    start = value >> 32 - length << 32 - length
    indicator = Indicator(4, start, length)
    network = ipaddress.IPv4Network((start, length))
    entries = [ipaddress.IPv4Network((row.indicator.start, row.indicator.length)) for row in SPECIAL[:18]]
    assert (special_overlap(indicator) is not None) == any(network.overlaps(entry) for entry in entries)

"""Indicators: what is one, what is none, and what it is called afterwards."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.indicator import (
    WIDTH,
    Indicator,
    IndicatorError,
    format_address,
    parse,
    parse_address,
    parse_one,
    summarise,
)

NO_ADDRESS = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.04",
    "1.2.3.256",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4\n",
    "1.2.3.4\0",
    "0x1.2.3.4",
    "1.2.3.-4",
    "16909060",
    "\u0661.2.3.4",
    "fe80::1%eth0",
    "fe80::1%25eth0",
    "[2001:db8::1]",
    "2001:db8::1::2",
    "2001:db8:::1",
    "2001:db8::12345",
    "::ffff:1.2.3",
    "192.0.2.0/24",
    "localhost",
    "x" * 100_000,
]


@pytest.mark.parametrize("text", NO_ADDRESS)
def test_what_is_no_address_is_refused_in_a_short_sentence(text: str) -> None:
    with pytest.raises(IndicatorError) as caught:
        parse_address(text)
    assert 0 < len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.2.3.4 ", "remove the white space"),
        ("fe80::1%eth0", "zone ids have no meaning"),
        ("192.0.2.0/24", "is a network, not an address"),
        ("nonsense", "is not an IPv4 or IPv6 address"),
    ],
)
def test_an_error_says_what_to_do(text: str, said: str) -> None:
    with pytest.raises(IndicatorError, match=said):
        parse_address(text)


@given(st.integers(0, 2**32 - 1))
def test_every_ipv4_address_is_read_as_it_is_written(value: int) -> None:
    text = str(ipaddress.IPv4Address(value))
    assert parse_address(text) == (4, value)
    assert format_address(4, value) == text


@given(st.integers(0, 2**128 - 1).filter(lambda value: value >> 32 != 0xFFFF))
def test_every_ipv6_address_is_read_in_any_case_and_written_shortest(value: int) -> None:
    address = ipaddress.IPv6Address(value)
    for text in (str(address), address.exploded, str(address).upper()):
        assert parse_address(text) == (6, value)
    assert format_address(6, value) == str(address)


@pytest.mark.parametrize("text", ["::", "::1", "::ffff", "::1:0", "::c000:201"])
def test_an_address_that_only_looks_like_ipv4_is_written_in_hex(text: str) -> None:
    assert format_address(*parse_address(text)) == text


@pytest.mark.parametrize("text", ["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"])
def test_a_mapped_address_is_its_ipv4_address(text: str) -> None:
    assert parse_address(text) == parse_address("192.0.2.1")


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.0/24", ["192.0.2.0/24"]),
        ("0.0.0.0/0", ["0.0.0.0/0"]),
        ("::/0", ["::/0"]),
        ("2001:DB8::/32", ["2001:db8::/32"]),
        ("::ffff:192.0.2.0/120", ["192.0.2.0/24"]),
        ("192.0.2.0-192.0.2.255", ["192.0.2.0/24"]),
        ("192.0.2.1 - 192.0.2.4", ["192.0.2.1", "192.0.2.2/31", "192.0.2.4"]),
        ("192.0.2.7-192.0.2.7", ["192.0.2.7"]),
        ("2001:db8::-2001:db8::1", ["2001:db8::/127"]),
        ("192.0.2.0 255.255.255.0", ["192.0.2.0/24"]),
        ("192.0.2.0   255.255.255.255", ["192.0.2.0"]),
        ("192.0.2.0 0.0.0.0", ["0.0.0.0/0"]),
    ],
)
def test_a_field_names_networks(text: str, networks: list[str]) -> None:
    assert [str(network) for network in parse(text).networks] == networks


@pytest.mark.parametrize(
    ("text", "network", "masked"),
    [("192.0.2.77/24", "192.0.2.0/24", True), ("192.0.2.0/24", "192.0.2.0/24", False), ("::1/64", "::/64", True)],
)
def test_host_bits_are_masked_and_told(text: str, network: str, masked: bool) -> None:
    parsed = parse(text)
    assert ([str(one) for one in parsed.networks], parsed.masked) == ([network], masked)


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/024",
        "192.0.2.0/",
        "192.0.2.0/24/24",
        "192.0.2.0/\uff12\uff14",
        "192.0.2.0/+24",
        "192.0.2.0/255.255.255.0",
        "2001:db8::/129",
        "::ffff:192.0.2.0/24",
        "192.0.2.9-192.0.2.1",
        "192.0.2.1-2001:db8::1",
        "192.0.2.1-",
        "-192.0.2.1",
        "192.0.2.0 0.0.0.255",
        "192.0.2.0 255.0.255.0",
        "2001:db8:: ffff::",
        "192.0.2.1/path",
        "http://192.0.2.1/24",
        "192.0.2.1:80",
    ],
)
def test_a_field_that_is_an_indicator_only_in_part_is_refused(text: str) -> None:
    with pytest.raises(IndicatorError):
        parse(text)


def test_a_range_of_several_networks_is_not_one() -> None:
    assert str(parse_one("192.0.2.0-192.0.2.1")) == "192.0.2.0/31"
    with pytest.raises(IndicatorError, match="a range of 2 networks"):
        parse_one("192.0.2.1-192.0.2.2")


@given(st.sampled_from([4, 6]), st.data())
def test_a_summary_covers_exactly_the_range_with_the_fewest_networks(version: int, data: st.DataObject) -> None:
    top = (1 << WIDTH[version]) - 1
    first, last = sorted([data.draw(st.integers(0, top)), data.draw(st.integers(0, top))])
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    expected = [str(network) for network in ipaddress.summarize_address_range(make(first), make(last))]
    found = summarise(version, first, last)
    assert [f"{format_address(version, one.start)}/{one.length}" for one in found] == expected


def test_the_whole_space_is_one_network() -> None:
    assert list(summarise(4, 0, 2**32 - 1)) == [Indicator(4, 0, 0)]


@given(st.text(max_size=60))
def test_any_text_is_networks_or_the_declared_error(text: str) -> None:
    try:
        networks = parse(text).networks
    except IndicatorError:
        return
    assert networks
    assert all(parse_one(str(network)) == network for network in networks)

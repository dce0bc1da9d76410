"""Whose request it is, behind proxies and behind people who say that they are proxies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.access.proxies import Proxies, within
from blacklist.core.indicator import format_address, parse_address, parse_one

TRUSTED = tuple(map(parse_one, ("198.51.100.0/24", "2001:db8:1::/48")))
PROXY, STRANGER = parse_address("198.51.100.7"), parse_address("203.0.113.9")


def client(*values: str, peer: tuple[int, int] | None = PROXY, header: str = "") -> str | None:
    name = header.lower().encode() or b"x-forwarded-for"
    found = Proxies(TRUSTED, header).client(
        peer, [(b"host", b"x"), *((name, value.encode("latin-1")) for value in values)]
    )
    return format_address(*found) if found else None


def test_a_header_from_a_stranger_is_worth_nothing() -> None:
    assert client("192.0.2.1", peer=STRANGER) == "203.0.113.9"
    assert client("192.0.2.1", peer=STRANGER, header="CF-Connecting-IP") == "203.0.113.9"
    assert client("192.0.2.1", peer=None) is None


def test_without_trusted_proxies_no_header_is_looked_at() -> None:
    assert Proxies().client(PROXY, [(b"x-forwarded-for", b"192.0.2.1")]) == PROXY


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["203.0.113.66, 192.0.2.1"], "192.0.2.1"),  # what a client itself sent stands to the left
        (["203.0.113.66, 192.0.2.1, 198.51.100.8"], "192.0.2.1"),
        (["203.0.113.66", "192.0.2.1", "198.51.100.8, 2001:db8:1::5"], "192.0.2.1"),
        (["2001:db8:2::1"], "2001:db8:2::1"),
        (["[2001:db8:2::1]:443"], "2001:db8:2::1"),
        (["[2001:db8:2::1]"], "2001:db8:2::1"),
        (["192.0.2.1:50123"], "192.0.2.1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (["\t192.0.2.1 \t"], "192.0.2.1"),
        (["198.51.100.9, 198.51.100.8"], "198.51.100.9"),  # all are trusted: the first of them asks
        ([], "198.51.100.7"),  # the proxy asks for itself
    ],
)
def test_the_client_is_the_right_most_that_is_no_trusted_proxy(values: list[str], expected: str) -> None:
    assert client(*values) == expected


UNREADABLE = ["", "unknown", "_hidden", "192.0.2.1,", "192.0.2.1, junk", "192.0.2.1:port", "192.0.2.1:123456"]
UNREADABLE += ["[192.0.2.1", "1.2.3", "192.0.2.1:80:90", "fe80::1%eth0", "192.0.2.0/24", "\xff"]
LONG = ["," * 10_000, "198.51.100.1," * 10_000, "9" * 10_000]


@pytest.mark.parametrize("value", UNREADABLE + LONG)
def test_what_can_not_be_read_names_nobody(value: str) -> None:
    assert client(value) is None


def test_a_header_of_a_cdn_holds_one_address_and_replaces_the_other() -> None:
    assert client("192.0.2.1", header="CF-Connecting-IP") == "192.0.2.1"
    assert client("192.0.2.1", "192.0.2.2", header="CF-Connecting-IP") is None
    assert client("192.0.2.1, 192.0.2.2", header="CF-Connecting-IP") is None
    proxies = Proxies(TRUSTED, "CF-Connecting-IP")
    assert proxies.client(PROXY, [(b"x-forwarded-for", b"192.0.2.1")]) == PROXY
    assert proxies.named([(b"x-forwarded-for", b"192.0.2.1")]) == []


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_header_is_a_failure(values: list[bytes]) -> None:
    found = Proxies(TRUSTED).client(PROXY, [(b"x-forwarded-for", value) for value in values])
    assert found is None or found == PROXY or format_address(*found)


def test_an_unknown_address_is_within_nothing() -> None:
    assert not within(None, [parse_one("0.0.0.0/0")])
    assert within(PROXY, TRUSTED)
    assert not within((6, 1), [parse_one("0.0.0.0/0")])

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blacklist.core.indicator import IndicatorError, parse
from blacklist.core.listing import Facts
from blacklist.formats.plain import read_plain

Read = Callable[..., Any]

NEARLY = st.text("0129./:-af", max_size=20)
GOOD = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.just("192.0.2.0/24"))

FIREHOL = b"""#
# example
#
# Source File Date: Sun Jan 17 19:31:09 UTC 2021
# Category        : attacks
# This File Date  : Sun Jan 17 19:40:09 UTC 2021
# Entries         : 2 subnets, 512 unique IPs
#
192.0.2.0/24
198.51.100.0/24
"""


def test_addresses_networks_ranges_and_masks_of_both_families_are_read(read: Read) -> None:
    found = read(
        read_plain,
        b"192.0.2.1\n198.51.100.0/24\n192.0.2.4-192.0.2.8\n203.0.113.0 255.255.255.128\n"
        b"203.0.113.128\t255.255.255.128\n"
        b"2001:db8::1\n2001:db8:1::/48\n2001:db8::10-2001:db8::13\n::ffff:192.0.2.77\n",
    )
    assert found.named == [
        "192.0.2.1",
        "198.51.100.0/24",
        "192.0.2.4/30",
        "192.0.2.8",
        "203.0.113.0/25",
        "203.0.113.128/25",
        "2001:db8::1",
        "2001:db8:1::/48",
        "2001:db8::10/126",
        "192.0.2.77",
    ]
    assert found.rejected == {}


def test_comments_empty_lines_and_white_space_are_not_rejected(read: Read) -> None:
    found = read(
        read_plain,
        b"# one\n; two\n// three\n\n   \n\t# four\n 192.0.2.1 \n192.0.2.2 # why\n192.0.2.3\t; SBL1\n192.0.2.4 // x\n"
        b"192.0.2.0/25 # a\xff comment that is not UTF-8\n# \xff\n",
    )
    assert found.named == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.0/25"]
    assert found.rejected == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"example.org", "not an address, network or range"),
        (b"http://192.0.2.1/24", "not an address, network or range"),
        (b"192.0.2.1/24/", "not an address, network or range"),
        (b"192.0.2.1;80;tcp", "not an address, network or range"),
        (b"192.0.2.1,malware", "not an address, network or range"),
        (b"192.0.2.1#x", "not an address, network or range"),
        (b"192.0.2", "not an address, network or range"),
        (b"192.0.2.01", "not an address, network or range"),
        (b"192.0.2.256", "not an address, network or range"),
        (b"192.0.2.0/33", "not an address, network or range"),
        (b"192.0.2.0/024", "not an address, network or range"),
        (b"192.0.2.0 0.0.0.255", "not an address, network or range"),
        (b"192.0.2.9-192.0.2.1", "not an address, network or range"),
        (b"192.0.2.1 192.0.2.2", "not an address, network or range"),
        (b"fe80::1%eth0", "has a zone id"),
        (b"192.0.2.1\x00", "has a NUL byte"),
        (b"192.0.2.1\xff", "not valid UTF-8"),
        (b"192.0.2.1\r192.0.2.2", "not an address, network or range"),
        ("١٩٢.0.2.1".encode(), "not an address, network or range"),
        (b"192.0.2.1\x0b", "not an address, network or range"),
    ],
)
def test_a_line_that_is_not_wholly_an_indicator_is_rejected_with_its_number(
    read: Read, line: bytes, reason: str
) -> None:
    found = read(read_plain, b"192.0.2.10\n" + line + b"\n192.0.2.11\n")
    assert found.named == ["192.0.2.10", "192.0.2.11"]
    assert found.reasons == {2: reason}
    assert sorted(found.rows) == [1, 3]


def test_one_strange_line_among_thousands_changes_nothing_for_the_others(read: Read) -> None:
    lines = [f"192.0.2.{number % 256}" for number in range(5000)]
    lines[4321] = "what is this"
    lines[17] = "192.0.2.0/25"
    lines[18] = "2001:db8::1"
    found = read(read_plain, "\n".join(lines).encode())
    assert found.reasons == {4322: "not an address, network or range"}
    assert found.named == lines[:4321] + lines[4322:]


@settings(deadline=None)  # a busy machine is no failure
@given(lines=st.lists(st.one_of(NEARLY, GOOD), max_size=40))
def test_many_lines_at_once_are_read_as_each_of_them_alone(read: Read, lines: list[str]) -> None:
    found = read(read_plain, "\n".join(lines).encode())
    for number, line in enumerate(lines, 1):
        try:
            expected = tuple(map(str, parse(line).networks))
        except IndicatorError:
            assert (number in found.rejected) == (line != "" and not line.startswith("//"))
            assert number not in found.rows
        else:
            assert found.rows[number][0] == expected


def test_host_bits_are_masked_and_told(read: Read) -> None:
    found = read(read_plain, b"192.0.2.1/24\n198.51.100.0/24\n2001:db8::1/32\n")
    assert found.named == ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"]
    assert found.masked == {1, 3}


def test_listings_have_the_confidence_of_the_feed_and_are_first_seen_now(read: Read) -> None:
    found = read(read_plain, b"192.0.2.1\n192.0.2.0/24\n", confidence=75)
    assert {facts for _, facts in found.rows.values()} == {Facts("", 75, "", "", 1_900_000_000, 0, 0)}


def test_the_header_of_firehol_tells_the_date_of_its_source(read: Read) -> None:
    about = read(read_plain, FIREHOL).about
    assert about.source_date == datetime(2021, 1, 17, 19, 31, 9, tzinfo=UTC).timestamp()
    assert about.problem == ""


def test_fewer_entries_than_the_header_declares_is_a_truncated_file(read: Read) -> None:
    about = read(read_plain, FIREHOL.replace(b"198.51.100.0/24\n", b"")).about
    assert about.problem == "it is truncated: it has 1 of the 2 entries that it declares"


@pytest.mark.parametrize(
    ("comment", "date"),
    [
        (b"# Last update: Sat, 22 Aug 2026 03:00:29 +0200", datetime(2026, 8, 22, 1, 0, 29, tzinfo=UTC)),
        (b"; Last-Modified: Tue, 15 Apr 2025 02:07:54 GMT", datetime(2025, 4, 15, 2, 7, 54, tzinfo=UTC)),
        (b"# Generated: 2025-04-15T02:07:54Z", datetime(2025, 4, 15, 2, 7, 54, tzinfo=UTC)),
        (b"// updated: 2025-04-15 02:07:54", datetime(2025, 4, 15, 2, 7, 54, tzinfo=UTC)),
    ],
)
def test_other_headers_with_a_date_are_understood(read: Read, comment: bytes, date: datetime) -> None:
    assert read(read_plain, comment + b"\n192.0.2.1\n").about.source_date == date.timestamp()


@pytest.mark.parametrize(
    "comment",
    [b"# Last update: yesterday", b"# Last update: 9999-01-01", b"# Last update: 0001-01-01", b"# Date: \xff", b"#:"],
)
def test_a_date_that_is_none_or_lies_in_the_future_is_no_date(read: Read, comment: bytes) -> None:
    assert read(read_plain, comment + b"\n192.0.2.1\n").about.source_date == 0

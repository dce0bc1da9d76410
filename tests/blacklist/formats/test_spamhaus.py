from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blacklist.formats.spamhaus_json import read_spamhaus_json
from blacklist.formats.spamhaus_text import read_spamhaus_text

Read = Callable[..., Any]

ONE = b'{"cidr":"192.0.2.0/24","sblid":"SBL123","rir":"arin"}\n'
TWO = b'{"cidr":"2001:db8::/32","sblid":"SBL456","rir":"ripencc"}\n'
CLOSING = b'{"type":"metadata","timestamp":1744682874,"size":85741,"records":2,"copyright":"(c) 2025"}\n'


def test_a_whole_file_is_read_with_its_reasons_and_its_date(read: Read) -> None:
    found = read(read_spamhaus_json, ONE + TWO + CLOSING)
    said = [(names, facts.reason) for names, facts in found.rows.values()]
    assert said == [(("192.0.2.0/24",), "SBL123"), (("2001:db8::/32",), "SBL456")]
    assert found.about == (1744682874, "")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (ONE + TWO, "the closing metadata is missing"),
        (ONE + TWO + CLOSING[:40], "the closing metadata is missing"),
        (b"", "the closing metadata is missing"),
        (ONE + CLOSING, "it has 1 of the 2 records that it declares"),
        (ONE + ONE + TWO + CLOSING, "it has 3 of the 2 records that it declares"),
        (ONE + TWO + CLOSING + ONE, "the closing metadata is missing"),
        (ONE + b'{"type":"metadata","records":true}\n', "it has 1 of the True records that it declares"),
        (ONE + b'{"type":"metadata"}\n', "it has 1 of the None records that it declares"),
    ],
)
def test_a_truncated_file_is_told(read: Read, data: bytes, problem: str) -> None:
    assert read(read_spamhaus_json, data).about.problem == f"it is truncated: {problem}"


def test_a_line_that_is_rejected_still_counts_as_a_record(read: Read) -> None:
    found = read(read_spamhaus_json, ONE + b'{"cidr":"192.0.2.0/99"}\n' + CLOSING)
    assert found.about.problem == ""
    assert found.reasons == {2: "not an address, network or range"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"192.0.2.0/24", "not a JSON object"),
        (b"[" * 60000, "not a JSON object"),
        (b'{"asn":64496}', "has no cidr"),
        (b'{"cidr":3232235777}', "has no cidr"),
        (b'{"cidr":"192.0.2.0/24 "}', "not an address, network or range"),
    ],
)
def test_a_line_that_is_no_record_is_rejected(read: Read, line: bytes, reason: str) -> None:
    assert read(read_spamhaus_json, line + b"\n" + CLOSING).reasons == {1: reason}


@pytest.mark.parametrize("sbl", [b'"x\\u001b[31m"', b"5", b'"SBL1\\nSBL2"', b"null", b'"' + b"S" * 200 + b'"'])
def test_a_listing_number_that_is_none_is_left_out(read: Read, sbl: bytes) -> None:
    found = read(read_spamhaus_json, b'{"cidr":"192.0.2.0/24","sblid":' + sbl + b"}\n" + CLOSING)
    assert [facts.reason for _, facts in found.rows.values()] == [""]


def test_text_is_read_with_its_reasons_and_its_date(read: Read) -> None:
    found = read(
        read_spamhaus_text,
        b"; Spamhaus DROP List 2025/04/15 - (c) 2025 The Spamhaus Project\n"
        b"; Last-Modified: Tue, 15 Apr 2025 02:07:54 GMT\n"
        b"192.0.2.0/24 ; SBL123\n198.51.100.0/24;SBL456\n203.0.113.0/24\n203.0.113.9 ; not a number\nnonsense ; SBL1\n",
    )
    said = [(names[0], facts.reason) for names, facts in found.rows.values()]
    assert said == [
        ("192.0.2.0/24", "SBL123"),
        ("198.51.100.0/24", "SBL456"),
        ("203.0.113.0/24", ""),
        ("203.0.113.9", ""),
    ]
    assert found.reasons == {7: "not an address, network or range"}
    assert found.about == (1744682874, "")

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blacklist.formats.ipsum import read_ipsum

Read = Callable[..., Any]


def test_the_number_of_lists_is_the_confidence(read: Read) -> None:
    found = read(
        read_ipsum, b"# IP\tnumber of (black)lists\n#\n192.0.2.1\t10\n192.0.2.2\t7\n192.0.2.3\t1\n2001:db8::1\t2\n"
    )
    said = {names[0]: (facts.confidence, facts.reason) for names, facts in found.rows.values()}
    assert said == {
        "192.0.2.1": (100, "on 10 lists"),
        "192.0.2.2": (100, "on 7 lists"),
        "192.0.2.3": (40, "on 1 list"),
        "2001:db8::1": (50, "on 2 lists"),
    }
    assert found.rejected == {}


def test_thousands_of_lines_keep_their_own_number(read: Read) -> None:
    rows = [(f"192.0.2.{number % 256}", 9 - number // 600) for number in range(5000)]
    found = read(read_ipsum, "".join(f"{address}\t{count}\n" for address, count in rows).encode())
    got = [(names[0], facts.confidence) for _, (names, facts) in sorted(found.rows.items())]
    assert got == [(address, min(100, 30 + 10 * count)) for address, count in rows]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"192.0.2.1", "1 columns instead of address and number of lists"),
        (b"192.0.2.1\t5\t192.0.2.9", "3 columns instead of address and number of lists"),
        (b"192.0.2.1\t0", "the second column is not a number of lists from 1 to 999"),
        (b"192.0.2.1\t-1", "the second column is not a number of lists from 1 to 999"),
        (b"192.0.2.1\t1000", "the second column is not a number of lists from 1 to 999"),
        (b"192.0.2.1\t\xd9\xa3", "the second column is not a number of lists from 1 to 999"),
        (b"5\t192.0.2.1", "not an address, network or range"),
        (b"192.0.2.1/24x\t3", "not an address, network or range"),
    ],
)
def test_a_line_with_other_columns_is_rejected(read: Read, line: bytes, reason: str) -> None:
    found = read(read_ipsum, b"192.0.2.10\t5\n" + line + b"\n3\n192.0.2.11\t5\n")
    assert found.named == ["192.0.2.10", "192.0.2.11"]
    assert found.reasons[2] == reason

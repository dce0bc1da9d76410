"""Numbers of others: the finite and plausible ones pass."""

from __future__ import annotations

import pytest

from statuspress.core.number import NumberError, count, measure


@pytest.mark.parametrize(("value", "expected"), [(3, 3.0), ("3.5", 3.5), (0, 0.0), ("1e3", 1000.0), (2**53, 2.0**53)])
def test_a_plain_number_or_its_text_passes(value: object, expected: float) -> None:
    assert measure(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("nan", "nan is not a measurement"),
        (float("inf"), "inf is not a measurement"),
        (-0.1, "-0.1 is negative"),
        (2**54, "too large"),
        (10**400, "too large"),
        (True, "True is not a number"),
        (None, "None is not a number"),
        ("x" * 100, "… is not a number"),
    ],
)
def test_anything_else_is_refused_with_its_reason(value: object, reason: str) -> None:
    with pytest.raises(NumberError, match=reason):
        measure(value)


def test_a_count_is_whole() -> None:
    assert count("7.0") == 7
    with pytest.raises(NumberError, match=r"1\.5 is not a whole number"):
        count(1.5)

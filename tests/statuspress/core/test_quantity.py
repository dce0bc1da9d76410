"""Quantities as Kubernetes writes them."""

from __future__ import annotations

import pytest

from statuspress.core.number import NumberError
from statuspress.core.quantity import quantity


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("96Mi", 96 * 2**20),
        ("1Gi", 2**30),
        ("64k", 64_000),
        ("1.5G", 1.5e9),
        ("100m", 0.1),
        ("12345678n", 0.012345678),
        ("250u", 0.00025),
        ("2", 2),
        (".5", 0.5),
        ("1e3", 1000),
        ("1E3", 1000),
        ("1E", 1e15 * 1000),
        ("5e-1", 0.5),
        (2, 2),
        (0.25, 0.25),
        ("0", 0),
    ],
)
def test_a_quantity_is_its_number(written: object, number: float) -> None:
    if number > 2**53:
        with pytest.raises(NumberError, match="too large to be a measurement"):
            quantity(written)
    else:
        assert quantity(written) == pytest.approx(number)


@pytest.mark.parametrize(
    "written",
    ["", "Mi", "-5Mi", "1 Gi", "1mi", "1KB", "NaN", "inf", "0x10", None, True, [], "9" * 50, "1e999", "1.2.3"],
)
def test_what_is_none_is_refused(written: object) -> None:
    with pytest.raises(NumberError):
        quantity(written)

"""Figures are short, and their rounding never flatters."""

from __future__ import annotations

from pathlib import Path

import pytest

from statuspress.core.evidence import Value
from statuspress.render.numbers import floored_percent, printed
from statuspress.render.texts import load_texts

TEXTS = load_texts(Path(__file__).parents[3] / "site" / "i18n" / "en.toml")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.00042, "s", "420\u202fµs"),
        (0.0062, "s", "6.2\u202fms"),
        (0, "s", "0\u202fs"),
        (266_400, "s", "3.08\u202fdays"),
        (92_274_688, "By", "88\u202fMiB"),
        (18_412, "{request}", "18,412\u202frequests"),
        (1, "{request}", "1\u202frequest"),
        (3, "{widget}", "3\u202fwidget"),
        (99.999, "%", "99.99\u202f%"),
        (0.0002, "%", "< 0.01\u202f%"),
        (93.1, "%", "93.1\u202f%"),
        (7.25, "{score}", "7.2\u202fof 10"),
        (True, "", "Yes"),
        ("4.2.0", "", "4.2.0"),
        ("partial_outage", "{state}", "Partial outage"),
    ],
)
def test_a_value_is_printed_in_the_unit_a_person_would_choose(value: Value, unit: str, words: str) -> None:
    assert str(printed(value, unit, TEXTS)) == words


def test_almost_all_is_never_all() -> None:
    assert floored_percent(86_399, 86_400) == 99.99
    assert floored_percent(86_400, 86_400) == 100

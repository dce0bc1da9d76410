"""Values in sentences read as they read on the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from statuspress.checks.wording import say
from statuspress.core.evidence import Value
from statuspress.render.numbers import printed
from statuspress.render.texts import load_texts

TEXTS = load_texts(Path(__file__).parents[3] / "site" / "i18n" / "en.toml")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.00042, "s", "420\u202fµs"),
        (0.0062, "s", "6.2\u202fms"),
        (0, "s", "0\u202fs"),
        (90, "s", "90\u202fs"),
        (86_400 * 30, "s", "30\u202fd"),
        (95.0, "%", "95\u202f%"),
        (0, "{vulnerability}", "0 vulnerabilities"),
        (3, "1", "3"),
        (7201, "s", "2\u202fh"),
        (16.25, "%", "16.25\u202f%"),
        (99.999, "%", "99.99\u202f%"),
        (0.0002, "%", "< 0.01\u202f%"),
        (92_274_688, "By", "88\u202fMiB"),
        (5 * 2**30, "By", "5\u202fGiB"),
        (18_412, "{request}", "18,412 requests"),
        (1, "{feed}", "1 feed"),
        (2, "{vulnerability}", "2 vulnerabilities"),
        (14, "{day}", "14 days"),
        (1_234_567, "", "1,234,567"),
        (True, "", "yes"),
    ],
)
def test_a_value_is_said_in_the_unit_a_person_would_choose(value: Value, unit: str, words: str) -> None:
    assert say(value, unit) == words


@pytest.mark.parametrize("unit", ["s", "%", "By"])
@pytest.mark.parametrize("value", [0.0, 0.000_999_9, 0.0049, 0.9999, 1.0, 16.259, 119.9, 7199.5, 99.999])
def test_a_sentence_and_a_page_give_the_same_number(value: float, unit: str) -> None:
    assert say(value, unit) == str(printed(value, unit, TEXTS))

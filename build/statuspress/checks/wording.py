"""Values in the words of a sentence: `7.6 ms`, `94.25 %`, `3 tests`, `1 test`."""

from __future__ import annotations

from statuspress.core.evidence import Value
from statuspress.core.magnitude import digits, percent, scale

_NBSP = "\u202f"  # a figure and its unit stay on one line
_SIGNS = {"us": "µs"}
_VOWELS = set("aeiou")


def say(value: Value, unit: str) -> str:
    """The value with its unit, as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "%":
        return f"{percent(value)}{_NBSP}%"
    if unit.startswith("{"):
        word = unit.strip("{}")
        return f"{digits(value)} {word if value == 1 else _plural(word)}"
    divisor, word = scale(value, unit) if unit in {"s", "By"} else (1, "")
    text = digits(value / divisor if divisor != 1 else value)
    return f"{text}{_NBSP}{_SIGNS.get(word, word)}" if word else text


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in _VOWELS else f"{word}s"

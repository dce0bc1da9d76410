"""How a measured value is printed: few digits, a unit a person reads, rounding that never flatters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from statuspress.core.evidence import Value
from statuspress.core.magnitude import digits, percent, scale
from statuspress.render.texts import Texts

NARROW = "\u202f"

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Printed:
    """A value as a page shows it; `unit` is a word or a sign, or empty."""

    value: str
    unit: str

    def __str__(self) -> str:
        return f"{self.value}{NARROW}{self.unit}" if self.unit else self.value


def printed(value: Value, unit: str, texts: Texts) -> Printed:
    """The value in the unit a person would choose for it. `unit` is a UCUM-like word as in Evidence."""
    if isinstance(value, bool):
        return Printed(texts("value.yes" if value else "value.no"), "")
    if isinstance(value, str):
        if _OBJECT_NAME.fullmatch(value):
            return Printed(value[:12], "")  # as git shortens it; `evidence.json` has all of it
        return Printed(texts(f"state.{value}") if unit == "{state}" else value, "")
    if unit == "{score}":
        return Printed(f"{value:.1f}", texts("unit.of_ten"))
    if unit == "%":
        return Printed(percent(value), texts("unit.%"))
    divisor, word = scale(value, unit)
    text = digits(value / divisor if divisor != 1 else value)
    return Printed(text, texts.unit(word, value) if word else "")


def floored_percent(part: int, whole: int) -> float:
    """Part of whole in percent, rounded down to two decimals, so that 99.999 never reads 100."""
    return part * 10_000 // whole / 100

"""How a measured value is printed: few digits, a unit a person reads, rounding that never flatters."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from statuspress.core.evidence import Value
from statuspress.render.texts import Texts

NARROW = "\u202f"

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_SECONDS = ((1e-3, 1e-6, "us"), (1, 1e-3, "ms"), (120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h"))
_BYTES = ((1024, 1, "B"), (1024**2, 1024, "KiB"), (1024**3, 1024**2, "MiB"), (math.inf, 1024**3, "GiB"))


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
    if unit == "%" and 0 < value < 0.01:
        return Printed("< 0.01", texts("unit.%"))
    if unit == "%":
        return Printed(f"{math.floor(value * 100 + 1e-6) / 100:.2f}".rstrip("0").rstrip("."), texts("unit.%"))
    divisor, word = scale(value, unit)
    text = digits(value / divisor if divisor != 1 else value)
    return Printed(text, texts.unit(word, value) if word else "")


def scale(value: float, unit: str) -> tuple[float, str]:
    """What to divide by, and the unit word that goes with it."""
    size = abs(value)
    if unit == "s":
        for below, divisor, word in _SECONDS:
            if size < below and size != 0:
                return divisor, word
        return (86_400, "d") if size else (1, "s")
    if unit == "By":
        return next((divisor, word) for below, divisor, word in _BYTES if size < below)
    return 1, "" if unit == "1" else unit.strip("{}")


def digits(value: float) -> str:
    """Whole numbers whole, others with three significant digits and no idle zeros."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    places = min(3, max(0, 2 - math.floor(math.log10(abs(value)))))
    if abs(value) >= 10:
        places = min(places, 2)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floored_percent(part: int, whole: int) -> float:
    """Part of whole in percent, rounded down to two decimals, so that 99.999 never reads 100."""
    return part * 10_000 // whole / 100

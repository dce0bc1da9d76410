"""How large a figure reads: its unit, its digits, and percents that never flatter; on pages and in sentences alike."""

from __future__ import annotations

import math

_SECONDS = ((1e-3, 1e-6, "us"), (1, 1e-3, "ms"), (120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h"))
_BYTES = ((1024, 1, "B"), (1024**2, 1024, "KiB"), (1024**3, 1024**2, "MiB"), (math.inf, 1024**3, "GiB"))


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


def percent(value: float) -> str:
    """With two decimals at most, rounded down: what missed a limit never reads as if it had met it."""
    if 0 < value < 0.01:
        return "< 0.01"
    return f"{math.floor(value * 100 + 1e-6) / 100:.2f}".rstrip("0").rstrip(".")

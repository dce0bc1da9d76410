"""Values in the words of a sentence: `7.6 ms`, `94.2 %`, `3 tests`, `1 test`."""

from __future__ import annotations

from statuspress.core.evidence import Value

_NBSP = "\u202f"  # a figure and its unit stay on one line
_TIMES = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"))


def say(value: Value, unit: str) -> str:
    """The value with its unit, as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "s":
        return _time(float(value))
    if unit == "By":
        return f"{value / 2**20:.1f}{_NBSP}MiB"
    if unit == "%":
        return f"{_down(float(value))}{_NBSP}%"
    if unit.startswith("{"):
        word = unit.strip("{}")
        return f"{value:g} {word if value == 1 else _plural(word)}"
    return f"{value:g}"


def _time(seconds: float) -> str:
    for length, unit in _TIMES:
        if seconds >= 2 * length:
            return f"{seconds / length:.3g}{_NBSP}{unit}"
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.3g}{_NBSP}s"
    return f"{seconds * 1000:.3g}{_NBSP}ms"


def _down(share: float) -> str:
    """To one digit, downwards: 94.96 is not 95.0, so that what missed a limit never reads as if it had met it."""
    return f"{int(share * 10) / 10:g}"


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"

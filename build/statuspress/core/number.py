"""Numbers as other systems report them: only finite, plausible ones become evidence."""

from __future__ import annotations

import math

LIMIT = 2**53  # beyond it a float no longer tells whole numbers apart, and nothing here is that large


class NumberError(ValueError):
    """What was reported is not a measurement. The message says why, without a full stop."""


def measure(value: object) -> float:
    """A finite number that is not negative, from a number or its text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise NumberError(f"{_shown(value)} is not a number")
    try:
        number = float(value)
    except ValueError:
        raise NumberError(f"{_shown(value)} is not a number") from None
    except OverflowError:
        raise NumberError("the number is too large to be a measurement") from None
    if not math.isfinite(number):
        raise NumberError(f"{number} is not a measurement")
    if number < 0:
        raise NumberError(f"{number:g} is negative")
    if number > LIMIT:
        raise NumberError(f"{number:g} is too large to be a measurement")
    return number


def count(value: object) -> int:
    """A whole number that is not negative, from a number or its text."""
    number = measure(value)
    if number != int(number):
        raise NumberError(f"{number:g} is not a whole number")
    return int(number)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"

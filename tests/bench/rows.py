"""The figures of a benchmark: how large a run is, and one row of its table."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is: listings, many listings, lines of an import, swaps, changes, rounds, seconds each."""

    listings: int
    many: int
    lines: int
    swaps: int
    changes: int
    rounds: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its reference. `target` says what the ratio must reach; `met` whether it did."""

    figure: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float
    target: str
    met: bool


FULL = Size(100_000, 1_000_000, 552_000, 100, 200, 3, 5)
SMALL = Size(2_000, 5_000, 2_000, 10, 10, 1, 1)


def say(message: str) -> None:
    """Progress, for people."""
    print(message, file=sys.stderr, flush=True)


def row(
    figure: str,
    value: float,
    unit: str,
    reference: str,
    reference_value: float,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """A figure beside its reference, with the least or the most that their ratio may be."""
    ratio = value / reference_value
    met = ratio >= at_least if at_least is not None else ratio <= (at_most or 0)
    target = f"≥ {at_least:g} x" if at_least is not None else f"≤ {at_most:g} x"
    return Row(figure, value, unit, reference, reference_value, ratio, target, met)

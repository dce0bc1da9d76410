"""Ninety days of a component as columns: each day divided by the share of its time in each state, worst on top.

Columns are seven units wide, five of them drawn, in a box 28 high; a whole day of one state joins its neighbours in one
dashed stroke. Time that nobody measured is unknown, never up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from statuspress.core.component import Day
from statuspress.core.state import State

DAYS = 90
COLUMN, HEIGHT, SMALLEST = 7, 28, 4


@dataclass(frozen=True, slots=True)
class Block:
    """A part of one column, from its top, in one state."""

    x: int
    y: float
    height: float
    state: State


@dataclass(frozen=True, slots=True)
class Half:
    """Half a strip. `runs` are whole days (first, count, state); `flags` mark days with trouble, in percent across."""

    width: int
    runs: tuple[tuple[int, int, State], ...]
    blocks: tuple[Block, ...]
    flags: tuple[tuple[float, State], ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """Two halves of 45 days, and the days that were not wholly operational, newest first."""

    first: date
    middle: date
    last: date
    halves: tuple[Half, Half]
    troubled: tuple[Day, ...]


def shares(day: Day) -> dict[State, int]:
    """Seconds in each state, worst first, with what was not measured as unknown. Adds up to the day's length."""
    unmeasured = max(0, day.length - sum(day.seconds.values()))
    seconds = dict(day.seconds)
    seconds[State.UNKNOWN] = seconds.get(State.UNKNOWN, 0) + unmeasured
    ordered = sorted(seconds, key=lambda state: -state.severity)
    return {state: seconds[state] for state in ordered if seconds[state] > 0}


def strip(days: Sequence[Day], today: date) -> Strip:
    """Lays out the ninety days that end today."""
    by_date = {day.date: day for day in days}
    dates = [today - timedelta(days=DAYS - 1 - i) for i in range(DAYS)]
    every = [by_date.get(d) or Day(d, 86_400, {}) for d in dates]
    troubled = [d for d in every if d.date in by_date and set(shares(d)) - {State.OPERATIONAL}]
    half = DAYS // 2
    halves = (_half(every[:half]), _half(every[half:]))
    return Strip(dates[0], dates[half], dates[-1], halves, tuple(reversed(troubled)))


def _half(days: Sequence[Day]) -> Half:
    runs: list[tuple[int, int, State]] = []
    blocks: list[Block] = []
    flags: list[tuple[float, State]] = []
    for index, day in enumerate(days):
        found = shares(day)
        head = next((s for s in found if s not in {State.OPERATIONAL, State.UNKNOWN}), None)
        if head:
            flags.append((round((index * COLUMN + 2.5) / (len(days) * COLUMN) * 100, 2), head))
        if len(found) == 1 and day.length == 86_400:
            state = next(iter(found))
            if runs and runs[-1][2] is state and runs[-1][0] + runs[-1][1] == index:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1, state)
            else:
                runs.append((index, 1, state))
        else:
            blocks += _column(index, day, found)
    return Half(len(days) * COLUMN, tuple(runs), tuple(blocks), tuple(flags))


def _column(index: int, day: Day, found: dict[State, int]) -> list[Block]:
    whole = max(SMALLEST, HEIGHT * day.length / 86_400)
    heights = {state: max(SMALLEST, whole * seconds / max(1, day.length)) for state, seconds in found.items()}
    largest = max(heights, key=lambda state: heights[state], default=None)
    if largest is not None:
        heights[largest] -= sum(heights.values()) - whole
    y = HEIGHT - whole
    blocks = []
    for state, height in heights.items():
        if height > 0:
            blocks.append(Block(index * COLUMN, round(y, 1), round(height, 1), state))
            y += height
    return blocks

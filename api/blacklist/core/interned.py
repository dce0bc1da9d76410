"""Interned facts: each once, by number, in bounded memory, whatever a feed says.

A feed may say something else of each of its entries. What is new beyond MOST_FACTS is kept with less detail, and so
shared by many entries: no entry is lost by it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from blacklist.core.listing import Facts

MOST_FACTS = 50_000
"""Different facts of one feed that are kept in full. As many more are kept without their reason and by the day, twice
as many without country and time last seen, too. What is more than that is refused."""

FEED_LIMITS = (MOST_FACTS, MOST_FACTS, 2 * MOST_FACTS)
UNBOUNDED = (sys.maxsize,)
_DAY, _HOUR = 86_400, 3_600


class TooManyFactsError(ValueError):
    """A feed says more different things of its entries than can be kept, even with less detail."""


class Interned:
    """`facts` by number; `cut` counts those that were kept with less detail than they were given.

    `limits` are how many may be kept in full, with less detail and with least; one alone keeps all in full.
    """

    def __init__(self, limits: Sequence[int] = FEED_LIMITS) -> None:
        self._limits = limits
        self.facts: list[Facts] = []
        self.cut = 0
        self._numbers: dict[Facts, int] = {}
        self._counts = [0] * len(limits)

    def number(self, facts: Facts) -> int:
        """The number of these facts, or of what is kept of them. Raises TooManyFactsError."""
        known = self._numbers.get(facts)
        if known is not None:
            return known
        level = min(_level(facts), len(self._limits) - 1)
        kept = facts
        while self._counts[level] >= self._limits[level]:
            level += 1
            if level == len(self._limits):
                raise TooManyFactsError(f"it says more than {sum(self._limits):,} different things of its entries")
            kept = (_shorter if level == 1 else _shortest)(kept)
            known = self._numbers.get(kept)
            if known is not None:
                break
        self.cut += kept != facts
        return known if known is not None else self._add(kept, level)

    def _add(self, facts: Facts, level: int) -> int:
        number = self._numbers[facts] = len(self.facts)
        self._counts[level] += 1
        self.facts.append(facts)
        return number


def _level(facts: Facts) -> int:
    """How much of its detail facts have lost already: none, some, most."""
    if facts.reason or facts.first_seen % _DAY or facts.last_seen % _DAY or facts.expires_at % _HOUR:
        return 0
    return 1 if facts.country or facts.last_seen or facts.expires_at % _DAY else 2


def _shorter(facts: Facts) -> Facts:
    """Without the reason, seen on that day, listed to the end of that hour."""
    first, last, end = facts.first_seen, facts.last_seen, facts.expires_at
    return facts._replace(
        reason="", first_seen=first - first % _DAY, last_seen=last - last % _DAY, expires_at=end + -end % _HOUR
    )


def _shortest(facts: Facts) -> Facts:
    """Without country and time last seen, which is then the feed's last success; listed to the end of that day."""
    return facts._replace(country="", last_seen=0, expires_at=facts.expires_at + -facts.expires_at % _DAY)

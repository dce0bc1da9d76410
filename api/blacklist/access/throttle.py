"""How often logins may be tried: a delay that doubles for whoever fails, and a budget of failures for all.

A delay belongs to an account *and* the network it is tried from (an IPv4 address, or an IPv6 /64), so that nobody can
lock somebody else out; and, after more failures, to a network for all accounts. The budget for all bounds what many
networks can do together; a pair that logged in lately does not need it. Everything is in memory and bounded: a restart
forgets it, and starts with the budget alone. Servers that share a store count there as well, by the same rules.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

FREE = 5  # failures of a pair before the first delay
FREE_OF_NETWORK = 20
FIRST_DELAY, LONGEST_DELAY = 1.0, 900.0  # seconds
FORGOTTEN = 3_600.0  # seconds after the last failure
BUDGET, REFILL = 60.0, 0.1  # failures of all at once, and so many more each second
KNOWN_FOR = 30 * 86_400.0
REMEMBERED = 1_000  # known pairs, and pairs and networks that failed; the budget keeps the latter below it

Source = tuple[int, int] | None


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Throttle:
    """Times are in seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, Source], _Failures] = OrderedDict()
        self._known: OrderedDict[tuple[str, Source], float] = OrderedDict()
        self._budget, self._filled_at = BUDGET, 0.0

    def begin(self, account: str, source: Source, now: float) -> float:
        """Starts an attempt, counted as a failure until it succeeds; or the seconds until one may be started."""
        network = network_of(source)
        wait = max(
            self._delay((account, network), FREE, now),
            self._delay(("", network), FREE_OF_NETWORK, now),
            0.0 if self.knows(account, source, now) else self._empty(now),
        )
        if wait > 0:
            return wait
        for key in ((account, network), ("", network)):
            entry = self._failures.setdefault(key, _Failures(0, now))
            entry.count, entry.last = entry.count + 1, now
            self._failures.move_to_end(key)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)
        self._budget = max(0.0, self._budget - 1)
        return 0.0

    def succeeded(self, account: str, source: Source, now: float) -> None:
        """The attempt was right: the pair starts afresh, and is known."""
        network = network_of(source)
        self._failures.pop((account, network), None)
        self._known[account, network] = now
        self._known.move_to_end((account, network))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self.not_counted(account, source)

    def not_counted(self, account: str, source: Source) -> None:
        """The attempt came to no decision, for a reason that is not the caller's: it is no failure."""
        network = network_of(source)
        for key in ((account, network), ("", network)):
            if (entry := self._failures.get(key)) is not None:
                entry.count -= 1
        self._budget = min(BUDGET, self._budget + 1)

    def knows(self, account: str, source: Source, now: float) -> bool:
        """Whether that account logged in from that network lately."""
        at = self._known.get((account, network_of(source)))
        return at is not None and now - at < KNOWN_FOR

    def _delay(self, key: tuple[str, Source], free: int, now: float) -> float:
        entry = self._failures.get(key)
        if entry is None:
            return 0.0
        if now - entry.last > FORGOTTEN:
            del self._failures[key]
            return 0.0
        if entry.count < free:
            return 0.0
        delay: float = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(entry.count - free, 30))
        return max(0.0, entry.last + delay - now)

    def _empty(self, now: float) -> float:
        self._budget = min(BUDGET, self._budget + max(0.0, now - self._filled_at) * REFILL)
        self._filled_at = now
        return 0.0 if self._budget >= 1 else (1 - self._budget) / REFILL


def network_of(source: Source) -> Source:
    """An IPv4 address, or the /64 of an IPv6 one: a host has a whole /64 to choose from."""
    if source is None or source[0] == 4:
        return source
    return 6, source[1] >> 64

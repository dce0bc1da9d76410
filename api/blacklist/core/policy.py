"""Policy: which indicators a feed may list, which updates look wrong, what survives from one generation to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from blacklist.core.indicator import Indicator
from blacklist.core.listing import Facts
from blacklist.core.special import special_overlap


@dataclass(frozen=True, slots=True)
class FeedPolicy:
    """The guards of one feed.

    `min_prefix_v4` and `min_prefix_v6` are the shortest prefix lengths accepted; `max_rejected` the share of lines,
    from 0 to 1, above which an update is quarantined; `allow_special` lets special-purpose addresses in.
    """

    min_prefix_v4: int = 8
    min_prefix_v6: int = 19
    allow_special: bool = False
    can_be_empty: bool = False
    max_rejected: float = 0.05
    max_shrink: float = 0.5
    max_growth: float = 5.0


def refusal(indicator: Indicator, policy: FeedPolicy) -> str | None:
    """Why the feed may not list this indicator, or None. A network that is too wide is refused, never rewritten."""
    version, _, length = indicator
    shortest = policy.min_prefix_v4 if version == 4 else policy.min_prefix_v6
    if length < shortest or length == 0:
        return f"wider than /{max(shortest, 1)}"
    if not policy.allow_special and (special := special_overlap(indicator)) is not None:
        return f"{special.name} ({special.source})"
    return None


class Doubt(NamedTuple):
    """Why an update is held back: the guard that says so, one word for metrics, and what it says."""

    guard: str
    text: str


def too_wide(indicator: Indicator) -> str | None:
    """Why an allowance would undo too much, or None: it is wider than any feed may list."""
    return refusal(indicator, FeedPolicy(allow_special=True))


def suspicions(
    policy: FeedPolicy, *, before: int | None, after: int, accepted: int, rejected: int
) -> tuple[Doubt, ...]:
    """Why an update should be held back; empty when it looks right.

    `before` and `after` count indicators of the last and the new generation (`before` is None the first time);
    `accepted` and `rejected` count lines.
    """
    doubts = []
    if after == 0 and not policy.can_be_empty:
        text = "it is empty" if not before else f"it is empty, and had {before} entries"
        doubts.append(Doubt("empty", text))
    elif before and not policy.can_be_empty and after < before * policy.max_shrink:
        doubts.append(Doubt("shrunk", f"it shrank from {before} to {after} entries"))
    if before and after > before * policy.max_growth:
        doubts.append(Doubt("grown", f"it grew from {before} to {after} entries"))
    lines = accepted + rejected
    if lines and rejected / lines > policy.max_rejected:
        doubts.append(Doubt("rejected", f"{rejected} of {lines} lines were rejected"))
    return tuple(doubts)


def merge_facts(old: Facts, new: Facts) -> Facts:
    """The facts of an indicator that both generations list: the new ones, with the earlier `first_seen` kept."""
    return new if new.first_seen <= old.first_seen else new._replace(first_seen=old.first_seen)


def combine_facts(one: Facts, other: Facts) -> Facts:
    """The facts of an indicator that one update names twice: the more confident, seen from the first to the last time.

    On equal confidence the one that expires later wins, then the one with a reason.
    """
    first = min(one.first_seen, other.first_seen)
    last = max(one.last_seen, other.last_seen)
    best = max(one, other, key=_strength)
    return best._replace(first_seen=first, last_seen=last)


def _strength(facts: Facts) -> tuple[int, float, bool, Facts]:
    return facts.confidence, facts.expires_at or float("inf"), bool(facts.reason), facts

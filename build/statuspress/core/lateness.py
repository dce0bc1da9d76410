"""How punctual the collector is: evidence about the evidence, computed from the times of its collections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from statuspress.core.evidence import Evidence, Gap

SOURCE = "collector"
LABELS = {
    "collector.late": "How late this collection came",
    "collector.missed": "Collections missed in the last day",
    "collector.silence": "Longest silence between collections in the last day",
}
_DAY = timedelta(days=1)


def lateness(before: Sequence[datetime], now: datetime, every: timedelta) -> tuple[Evidence | Gap, ...]:
    """The collector's own figures at the collection of `now`, when one is due `every` so often.

    `before` are the ordered times of earlier ones. Late is by how much the time since the last exceeds what is due; a
    silence of n intervals, halves rounded up, missed one collection less than that. Before the second one nothing is
    known.
    """
    past = [at for at in before if at < now]
    if not past:
        reason = "No collection came before this one."
        return tuple(Gap(id, label, SOURCE, reason, now, "Collect again.") for id, label in LABELS.items())
    recent = [at for at in past if at > now - _DAY]
    # The silence that reaches into the day counts from its beginning: what came before is another day's.
    edges = [max(past[-len(recent) - 1], now - _DAY), *recent, now] if len(past) > len(recent) else [*recent, now]
    silences = [later - earlier for earlier, later in pairwise(edges)]
    seconds = int(every.total_seconds())
    late = max(0, int((now - past[-1]).total_seconds()) - seconds)
    missed = sum(max(0, (2 * int(silence.total_seconds()) + seconds) // (2 * seconds) - 1) for silence in silences)
    longest = int(max(silences).total_seconds())
    figures = {
        "collector.late": (late, "s", f"max(0, now - last - {seconds} s)"),
        "collector.missed": (missed, "{collection}", f"sum(round(silence / {seconds} s) - 1) over the last day"),
        "collector.silence": (longest, "s", "max(silence) over the last day"),
    }
    digest = sha256("\n".join(at.astimezone(UTC).isoformat() for at in edges).encode()).hexdigest()
    return tuple(
        Evidence(id, LABELS[id], value, unit, SOURCE, query, now, 3 * every, digest)
        for id, (value, unit, query) in figures.items()
    )

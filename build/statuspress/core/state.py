"""The state of a component, and which of two states is worse."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """States in rising severity. With nothing known the state is unknown, never operational."""

    OPERATIONAL = "operational"
    UNKNOWN = "unknown"
    MAINTENANCE = "under_maintenance"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"

    @property
    def severity(self) -> int:
        """The rank from 0, operational, to 5, major outage."""
        return list(State).index(self)


def worst(states: Iterable[State]) -> State:
    """The worst of the states; unknown when there are none."""
    return max(states, key=lambda s: s.severity, default=State.UNKNOWN)

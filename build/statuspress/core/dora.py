"""The five DORA measures of 2024, from deployments and the incidents they caused.

Each is a median or a share with its n; at n = 0 it is unknown, never 0. (DORA, "Accelerate State of DevOps 2024";
dora.dev, "DORA's software delivery performance metrics".)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from statuspress.core.percentile import median


class Outcome(StrEnum):
    """How a deployment ended. A cancelled one, and one that still runs, says nothing about failure."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One rollout to production. `id` is unique within its `source`; `finished` is None while it runs.

    `unplanned` says whether it was made to mend what users saw broken; None when nobody said.
    """

    id: str
    revision: str
    started: datetime
    finished: datetime | None
    outcome: Outcome
    source: str
    unplanned: bool | None = None


@dataclass(frozen=True, slots=True)
class Impairment:
    """An incident: from when to when users felt it (None while they do), and the deployment that caused it, or none."""

    started: datetime
    resolved: datetime | None
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """`value` in `unit` (`s`, `%` or `{deployment}/wk`) over `n` deployments; None when n is 0."""

    id: str
    value: float | None
    unit: str
    n: int


@dataclass(frozen=True, slots=True)
class Dora:
    """The measures of the deployments that finished in the window, from after `since` to `until`."""

    since: datetime
    until: datetime
    lead_time: Measure
    frequency: Measure
    recovery_time: Measure
    change_fail_rate: Measure
    rework_rate: Measure

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All five, in DORA's order: throughput, then instability."""
        return self.lead_time, self.frequency, self.recovery_time, self.change_fail_rate, self.rework_rate


def measure(
    deployments: Sequence[Deployment],
    incidents: Sequence[Impairment],
    committed: Mapping[str, datetime],
    since: datetime,
    until: datetime,
) -> Dora:
    """The five measures. `committed` gives the time of a revision's commit, where it is known.

    A deployment failed when it ended so, or when it caused an incident; two incidents of one are one failure.
    """
    ended = sorted((d for d in deployments if _when(d) is not None), key=lambda d: d.finished or until)
    caused = {one.deployment for one in incidents if one.deployment}
    inside = [d for d in ended if d.finished and since < d.finished <= until]
    failed = [d for d in inside if d.outcome is Outcome.FAILED or d.id in caused]
    released = [d for d in inside if d.outcome is Outcome.SUCCEEDED]
    leads = [
        (d.finished - committed[d.revision]).total_seconds()
        for d in released
        if d.finished and d.revision in committed and committed[d.revision] <= d.finished
    ]
    recoveries = [time for d in failed if (time := _recovery(d, ended, incidents, until)) is not None]
    told = [d for d in inside if d.unplanned is not None]
    weeks = (until - since) / timedelta(weeks=1)
    often = len(released) / weeks if released else None
    return Dora(
        since,
        until,
        Measure("dora.lead_time", median(leads), "s", len(leads)),
        Measure("dora.frequency", often, "{deployment}/wk", len(released)),
        Measure("dora.recovery_time", median(recoveries), "s", len(recoveries)),
        Measure("dora.change_fail_rate", _share(len(failed), len(inside)), "%", len(inside)),
        Measure("dora.rework_rate", _share(sum(bool(d.unplanned) for d in told), len(told)), "%", len(told)),
    )


def _when(deployment: Deployment) -> datetime | None:
    return deployment.finished if deployment.outcome in {Outcome.SUCCEEDED, Outcome.FAILED} else None


def _recovery(
    failed: Deployment, ended: Sequence[Deployment], incidents: Sequence[Impairment], until: datetime
) -> float | None:
    """Seconds from the failure to the end of the incidents it caused, or to the next deployment that succeeded.

    None while neither has come.
    """
    start = failed.finished
    if start is None:
        return None
    mine = [one for one in incidents if one.deployment == failed.id]
    if mine:
        ends = [one.resolved for one in mine if one.resolved is not None and one.resolved <= until]
        return (max(ends) - start).total_seconds() if len(ends) == len(mine) else None
    later = (d.finished for d in ended if d.outcome is Outcome.SUCCEEDED and d.finished and start < d.finished <= until)
    mended = next(later, None)
    return (mended - start).total_seconds() if mended else None


def _share(part: int, whole: int) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None

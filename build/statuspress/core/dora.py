"""The five DORA measures of 2024, from deployments and the incidents they caused.

Each is a median or a share with its n; at n = 0 it is unknown, never 0. (DORA, "Accelerate State of DevOps 2024";
dora.dev, "DORA's software delivery performance metrics".)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspress.core.deployment import Deployment
from statuspress.core.percentile import median


@dataclass(frozen=True, slots=True)
class Impairment:
    """An incident: from when to when users felt it (None while they do), and the revision that caused it, or none."""

    started: datetime
    resolved: datetime | None
    revision: str = ""


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
    unplanned: Mapping[str, bool],
    since: datetime,
    until: datetime,
) -> Dora:
    """The five measures. `unplanned` says of revisions whether they were made to mend what users saw broken.

    A deployment failed when it ended so, or when it caused an incident; two incidents of one are one failure.
    """
    ended = sorted(deployments, key=lambda one: one.finished)
    caused = {one.revision for one in incidents if one.revision}
    inside = [one for one in ended if since < one.finished <= until]
    failed = [one for one in inside if not one.succeeded or one.revision in caused]
    released = [one for one in inside if one.succeeded]
    leads = [
        (one.finished - one.committed).total_seconds()
        for one in released
        if one.committed is not None and one.committed <= one.finished
    ]
    recoveries = [time for one in failed if (time := _recovery(one, ended, incidents, until)) is not None]
    told = [unplanned[one.revision] for one in inside if one.revision in unplanned]
    often = len(released) / ((until - since) / timedelta(weeks=1)) if released else None
    return Dora(
        since,
        until,
        Measure("dora.lead_time", median(leads), "s", len(leads)),
        Measure("dora.frequency", often, "{deployment}/wk", len(released)),
        Measure("dora.recovery_time", median(recoveries), "s", len(recoveries)),
        Measure("dora.change_fail_rate", _share(len(failed), len(inside)), "%", len(inside)),
        Measure("dora.rework_rate", _share(sum(told), len(told)), "%", len(told)),
    )


def _recovery(
    failed: Deployment, ended: Sequence[Deployment], incidents: Sequence[Impairment], until: datetime
) -> float | None:
    """Seconds from the failure to the end of the incidents it caused, or to the next deployment that succeeded.

    None while neither has come.
    """
    start = failed.finished
    mine = [one for one in incidents if one.revision and one.revision == failed.revision]
    if mine:
        ends = [one.resolved for one in mine if one.resolved is not None and one.resolved <= until]
        return (max(ends) - start).total_seconds() if len(ends) == len(mine) else None
    later = (one.finished for one in ended if one.succeeded and start < one.finished <= until)
    mended = next(later, None)
    return (mended - start).total_seconds() if mended else None


def _share(part: int, whole: int) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None

"""The pipeline: the stages a change passes through, and how long each takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from statuspress.core.percentile import median

STAGES = ("push", "scan", "build", "publish", "pages", "sync", "rollout", "health")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of one run. `name` is one of STAGES; times are None when nobody wrote them down.

    `succeeded` is None while it runs, and when it was cancelled or skipped.
    """

    run: str
    name: str
    started: datetime | None
    finished: datetime | None
    succeeded: bool | None

    @property
    def seconds(self) -> float | None:
        """How long it took; None when it has not ended, or is said to have ended before it began."""
        if self.started is None or self.finished is None or self.finished < self.started:
            return None
        return (self.finished - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class StageTime:
    """The median of a stage over the `n` runs in which it succeeded, its last time, and how often it failed.

    Seconds; None at n = 0.
    """

    name: str
    median: float | None
    last: float | None
    n: int
    failed: int


def stage_times(stages: Iterable[Stage], since: datetime, until: datetime) -> tuple[StageTime, ...]:
    """Every stage of STAGES, in the order of the flow, over the runs that finished it after `since`, up to `until`.

    A failed stage has no time: a build that broke after two seconds was no quick build.
    """
    inside = [stage for stage in stages if stage.finished is not None and since < stage.finished <= until]
    return tuple(_time(name, [stage for stage in inside if stage.name == name]) for name in STAGES)


def _time(name: str, stages: Sequence[Stage]) -> StageTime:
    good = [stage for stage in stages if stage.succeeded and stage.seconds is not None]
    good.sort(key=lambda stage: (stage.finished is not None and stage.finished.timestamp()) or 0.0)
    seconds = [stage.seconds for stage in good if stage.seconds is not None]
    failed = sum(stage.succeeded is False for stage in stages)
    return StageTime(name, median(seconds), seconds[-1] if seconds else None, len(seconds), failed)

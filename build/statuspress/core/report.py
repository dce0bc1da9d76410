"""The report: everything a page may show, derived from evidence, history and thresholds at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from statuspress.core.component import ComponentStatus
from statuspress.core.dora import Impairment
from statuspress.core.evidence import Dossier
from statuspress.core.resources import Change
from statuspress.core.score import Scorecard
from statuspress.core.slo import Standing


@dataclass(frozen=True, slots=True)
class Point:
    """One sample of a series. `value` is None where the measurement failed: a gap in the line, never interpolated."""

    at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Project:
    """Whose report this is. `version` is the deployed version and `commit` its revision; both empty when unknown."""

    name: str
    url: str
    repository: str
    version: str
    commit: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the pages are made of. `series` maps an evidence id to its samples, oldest first.

    `standings` are of the service level objectives; `impairments` are the incidents that are told of;
    `changes` those of requests and limits.
    """

    now: datetime
    project: Project
    dossier: Dossier
    scorecard: Scorecard
    components: tuple[ComponentStatus, ...]
    series: Mapping[str, tuple[Point, ...]]
    standings: tuple[Standing, ...] = ()
    impairments: tuple[Impairment, ...] = ()
    changes: tuple[Change, ...] = ()

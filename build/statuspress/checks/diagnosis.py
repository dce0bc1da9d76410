"""What keeps each source from its figures, and what would help: one sentence a cause, however many figures it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from statuspress.core.evidence import Dossier, Evidence, Gap

_PATH = re.compile(r"(https?://[^/\s]+)/\S*")


class Health(StrEnum):
    """How a source does: it gave all its figures, some of them, or none."""

    WELL = "well"
    PARTLY = "partly"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause: why, what would help (empty when nobody knows), and the figures that it costs."""

    reason: str
    remedy: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one source does: how many figures it gave, and what kept it from the others."""

    source: str
    figures: int
    troubles: tuple[Trouble, ...]

    @property
    def health(self) -> Health:
        """Well without trouble; failed without any figure."""
        if not self.troubles:
            return Health.WELL
        return Health.PARTLY if self.figures else Health.FAILED


@dataclass(frozen=True, slots=True)
class Outside:
    """What the service's address for people outside answered: a status, or None and why there was none."""

    url: str
    status: int | None
    reason: str = ""
    remedy: str = ""


def diagnose(dossier: Dossier, sources: Sequence[str]) -> tuple[Diagnosis, ...]:
    """Every one of the sources."""
    gaps: dict[str, list[Gap]] = {name: [] for name in sources}
    figures = dict.fromkeys(sources, 0)
    for item in dossier:
        if isinstance(item, Gap):
            gaps.setdefault(item.source, []).append(item)
        else:
            figures[item.source] = figures.get(item.source, 0) + 1
    return tuple(Diagnosis(name, figures[name], _troubles(gaps[name])) for name in sources)


def _troubles(gaps: Sequence[Gap]) -> tuple[Trouble, ...]:
    """One for each cause: what happens alike at several paths of one system happens to the system."""
    alike: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((_PATH.sub(r"\1", gap.reason), gap.remedy), []).append(gap)
    return tuple(
        Trouble(found[0].reason if len({gap.reason for gap in found}) == 1 else reason, remedy, _ids(found))
        for (reason, remedy), found in alike.items()
    )


def _ids(gaps: Sequence[Gap]) -> tuple[str, ...]:
    return tuple(gap.id for gap in gaps)


def judge_outside(outside: Outside, dossier: Dossier, now: datetime) -> Trouble | None:
    """What is wrong with the way from outside; None when it is open.

    A failure outside while the service says inside that it is ready lies in the way between, and not in the service.
    """
    if outside.status is not None and outside.status < 400:
        return None
    said = outside.reason or f"{outside.url} answers {outside.status} outside."
    ready = dossier.known("service.ready", now)
    if isinstance(ready, Evidence) and ready.value is True:
        return Trouble(
            f"{said} Inside, the service is ready: the fault lies in the way between.",
            "See the proxy or ingress before the service: its upstream's name and port, its routes, its certificate.",
            (),
        )
    if isinstance(ready, Evidence):
        return Trouble(f"{said} Inside, the service says that it is not ready.", "Mend the service first.", ())
    return Trouble(f"{said} Inside, nothing is known: {ready.reason}", outside.remedy or ready.remedy, ())

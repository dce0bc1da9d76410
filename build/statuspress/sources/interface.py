"""What a source is: it asks one live system, and brings home evidence, or gaps that say why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.section import SourceSettings

Settings_contra = TypeVar("Settings_contra", bound=SourceSettings, contravariant=True)


class Unavailable(Exception):  # noqa: N818 - it is a reason for gaps, not an error of the program
    """A system gave no usable answer. Its text is the gap's reason, a sentence; `remedy` says what would help."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


class Source(Protocol[Settings_contra]):
    """The adapter to one live system. `name` is that of its section in SECTIONS, whose settings it is given.

    `ids` names every id it answers for, with its English label: whatever `collect` does not bring is made a gap.
    """

    @property
    def name(self) -> str: ...

    @property
    def ids(self) -> Mapping[str, str]: ...

    async def collect(
        self, settings: Settings_contra, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """Asks the system. Raises Unavailable when nothing at all could be learnt."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Makes the gaps of one source at one time."""

    source: str
    labels: Mapping[str, str]
    now: datetime

    def make(self, ids: Sequence[str], why: Unavailable) -> list[Evidence | Gap]:
        """One gap for each of the ids."""
        return [Gap(name, self.labels[name], self.source, why.reason, self.now, why.remedy) for name in ids]

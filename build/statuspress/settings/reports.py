"""[sources.reports]: the folder that test and scan reports lie in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from statuspress.settings.option import Place
from statuspress.settings.section import SourceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSettings(SourceSettings):
    """The folder that test and scan reports lie in."""

    folder: Annotated[Path, Place("The folder.")] = Path("reports")

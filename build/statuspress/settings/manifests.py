"""[sources.manifests]: the chart as it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from statuspress.settings.option import Place
from statuspress.settings.section import SourceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestsSettings(SourceSettings):
    """The chart as it is applied."""

    folder: Annotated[Path, Place("A folder of rendered YAML files, or one such file.")] = Path("reports/manifests")

"""[sources.git]: the repository's working tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from statuspress.settings.option import Place, Seconds, Text
from statuspress.settings.section import LiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSettings(LiveSettings):
    """The repository's working tree."""

    folder: Annotated[Path, Place("Its folder.")] = Path()
    version_file: Annotated[str, Text('The file in it that says `__version__ = "…"`.')] = "api/blacklist/__init__.py"
    changelog: Annotated[str, Text("Its changelog.")] = "CHANGELOG.md"
    valid_for: Annotated[timedelta, Seconds("Seconds until what was read turns unknown.")] = timedelta(days=1)

"""The report of the command line: settings, data folder, content and clock brought together."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from statuspress.archive import Archive
from statuspress.checks.components import Component, parse_components
from statuspress.checks.registry import CRITERIA
from statuspress.checks.report import make_report
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.config import Config
from statuspress.core.availability import DAYS
from statuspress.core.evidence import Dossier
from statuspress.core.report import Project, Report
from statuspress.errors import ConfigError, ContentError, DataError

_SCORECARD = Path("content/scorecard.toml")
_COMPONENTS = Path("content/components.toml")


def load_report(config: Config, data: Path, now: datetime) -> tuple[Report, tuple[str, ...]]:
    """The report at `now` from the data folder and the content, and the warnings about history's lines.

    Without a collection everything in it is unknown. Raises StatuspressError.
    """
    archive = Archive(data)
    dossier: Dossier = archive.load(now)
    samples, warnings = archive.samples((now - timedelta(days=DAYS)).date())
    thresholds, components = load_content(config.root)
    project = Project(config.project.name, config.project.url, config.project.repository, "", "")
    return make_report(dossier, samples, thresholds, components, project, now), warnings


def load_content(root: Path) -> tuple[Thresholds, tuple[Component, ...]]:
    """The thresholds and the components that people wrote. Raises ContentError."""
    scorecard, components = root / _SCORECARD, root / _COMPONENTS
    return (
        parse_thresholds(_text(scorecard), str(scorecard), CRITERIA),
        parse_components(_text(components), str(components)),
    )


def data_folder(config: Config, options: Namespace) -> Path:
    """The data folder; one that was named must hold evidence, for it may be mistyped. Raises DataError."""
    folder: Path = options.data or config.data
    if (folder / "evidence.json").is_file():
        return folder
    if options.data is not None:
        raise DataError("there is no evidence.json: name another folder, or run `statuspress collect`", path=folder)
    print(f"warning: {folder}: no evidence.json, so all is unknown: run `statuspress collect`", file=sys.stderr)
    return folder


def report_time(environ: Mapping[str, str]) -> datetime:
    """SOURCE_DATE_EPOCH (reproducible-builds.org) if it is set, else the clock, to the second. Raises ConfigError."""
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"SOURCE_DATE_EPOCH is {text!r}; it must be whole seconds since 1970") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path=path) from None

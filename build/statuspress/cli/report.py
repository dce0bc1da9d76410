"""The report of the command line: settings, data folder, content and clock brought together."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from statuspress.archive import Archive
from statuspress.checks.components import Component, parse_components
from statuspress.checks.objectives import parse_objectives
from statuspress.checks.registry import CRITERIA
from statuspress.checks.report import make_report
from statuspress.checks.thresholds import Thresholds, parse_thresholds
from statuspress.config import Config
from statuspress.core.availability import DAYS
from statuspress.core.dora import Impairment
from statuspress.core.evidence import Dossier
from statuspress.core.incident import Incident, Kind, parse_incident
from statuspress.core.report import Project, Report
from statuspress.core.slo import Objective
from statuspress.core.toml import TomlError
from statuspress.errors import ConfigError, ContentError, DataError
from statuspress.rollups import remember

_SCORECARD = Path("content/scorecard.toml")
_COMPONENTS = Path("content/components.toml")
_OBJECTIVES = Path("content/slo.toml")
_INCIDENTS = Path("content/incidents")


def load_report(config: Config, data: Path, now: datetime) -> tuple[Report, tuple[str, ...]]:
    """The report at `now` from the data folder and the content, and the warnings about history's lines.

    Without a collection everything in it is unknown. Raises StatuspressError.
    """
    archive = Archive(data)
    dossier: Dossier = archive.load(now)
    past, warnings = remember(archive, now, DAYS)
    thresholds, components = load_content(config.root)
    objectives = load_objectives(config.root)
    project = Project(config.project.name, config.project.url, config.project.repository, "", "")
    impairments = tuple(
        Impairment(one.started, one.resolved, one.deployment)
        for one in load_incidents(config.root)
        if one.kind is Kind.INCIDENT and not one.draft
    )
    report = make_report(dossier, past, thresholds, components, project, now, objectives)
    return replace(report, impairments=impairments), warnings


def load_content(root: Path) -> tuple[Thresholds, tuple[Component, ...]]:
    """The thresholds and the components that people wrote. Raises ContentError."""
    scorecard, components = root / _SCORECARD, root / _COMPONENTS
    return (
        parse_thresholds(_text(scorecard), str(scorecard), CRITERIA),
        parse_components(_text(components), str(components)),
    )


def load_objectives(root: Path) -> tuple[Objective, ...]:
    """The service level objectives that people wrote; none when there is no such file. Raises ContentError."""
    path = root / _OBJECTIVES
    return parse_objectives(_text(path), str(path)) if path.exists() else ()


def load_incidents(root: Path) -> Iterator[Incident]:
    """Every incident that people wrote, translations left out. Raises ContentError with file and line."""
    for path in sorted((root / _INCIDENTS).glob("*.md")):
        if "." in path.stem:
            continue
        try:
            yield parse_incident(path.read_text("utf-8"), path.stem)
        except TomlError as error:
            raise ContentError(str(error), path=path, line=error.line) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError(f"cannot be read: {error}", path=path) from None


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

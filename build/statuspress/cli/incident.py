"""`statuspress incident draft`: an incident file for each outage in history that no incident tells of."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from statuspress.archive import Archive
from statuspress.checks.wording import say
from statuspress.cli.report import load_content, load_incidents, report_time
from statuspress.config import load_config
from statuspress.core.availability import DAYS
from statuspress.core.incident import Incident, dump_incident
from statuspress.core.outage import draft, outages, together
from statuspress.errors import ContentError, UsageError
from statuspress.rollups import remember


def run(options: Namespace) -> int:
    """0 when every outage has its incident."""
    if options.least < 1:
        raise UsageError("--least must be at least 1")
    config = load_config(options.config, os.environ)
    _, components = load_content(config.root)
    past, warnings = remember(Archive(options.data or config.data), report_time(os.environ), DAYS)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    folder = config.root / "content" / "incidents"
    told = list(load_incidents(config.root))
    found = [
        outage
        for component in components
        for outage in outages(past.samples, component.id, options.least)
        if not any(component.id in one.components and one.overlaps(outage.started, outage.ended) for one in told)
    ]
    names = {component.id: component.name for component in components}
    groups = together(found)
    for group in groups:
        print(write_draft(folder, draft(group, names)))
    which = "it" if len(groups) == 1 else "them"
    words = f"{say(len(groups), '{draft}')}: finish {which}, then remove `draft = true`"
    print(words if groups else "no outage was found that no incident tells of", file=sys.stderr)
    return 0


def write_draft(folder: Path, incident: Incident) -> Path:
    """Writes an incident to a file that is not there yet. Raises ContentError."""
    path = folder / f"{incident.id}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(dump_incident(incident))
    except FileExistsError:
        raise ContentError("is there already, and is not overwritten: rename it", path=path) from None
    except OSError as error:
        raise ContentError(f"cannot be written: {error.strerror}", path=path) from None
    return path

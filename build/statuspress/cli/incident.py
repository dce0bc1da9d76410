"""`statuspress incident draft`: an incident file for each outage in history that no incident tells of."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from statuspress.archive import Archive
from statuspress.cli.report import load_content, load_incidents, report_time
from statuspress.config import load_config
from statuspress.core.availability import DAYS
from statuspress.core.incident import Incident, dump_incident
from statuspress.core.outage import draft, outages
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
    written = 0
    for component in components:
        for outage in outages(past.samples, component.id, options.least):
            if any(component.id in one.components and one.overlaps(outage.started, outage.ended) for one in told):
                continue
            path = write_draft(folder, draft(outage, component.name))
            print(path)
            written += 1
    print(f"{written} drafts: finish them, then remove `draft = true`", file=sys.stderr)
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

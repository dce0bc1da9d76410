"""`statuspress notify A B`: tells receivers which states turned from one collection to another; nothing if none did."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from pathlib import Path

from statuspress.checks.messages import slack_message, webhook_message
from statuspress.checks.turns import turns
from statuspress.cli.report import load_content
from statuspress.config import load_config
from statuspress.core.document import DocumentError, load_dossier
from statuspress.core.evidence import Dossier
from statuspress.core.report import Project
from statuspress.errors import DataError, NotifyError, UsageError
from statuspress.notify import VARIABLES, receivers, send

_FORMATS = {"webhook": webhook_message, "slack": slack_message}


def run(options: Namespace) -> int:
    """0 when nothing turned or every receiver took the message; 1 when one did not."""
    config = load_config(options.config, os.environ)
    found = receivers(os.environ)
    if not found and not options.dry_run:
        raise UsageError(f"nobody to notify: set {' or '.join(VARIABLES)}, or ask with --dry-run")
    thresholds, components = load_content(config.root)
    before, after = _load(options.before), _load(options.after)
    turned = turns(before, after, thresholds, components)
    for turn in turned:
        print(f"{turn.name}: {turn.before} → {turn.after}: {turn.reason}")
    if not turned:
        print("no state turned: nobody is notified", file=sys.stderr)
    if not turned or options.dry_run:
        return 0
    project = Project(config.project.name, config.project.url, config.project.repository, "", "")
    failed = False
    for receiver in found:
        try:
            send(receiver, _FORMATS[receiver.format](turned, project, after.collected_at))
        except NotifyError as error:
            print(f"statuspress: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


def _load(path: Path) -> Dossier:
    file = path / "evidence.json" if path.is_dir() else path
    try:
        return load_dossier(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, DocumentError, RecursionError) as error:
        raise DataError(f"cannot be read as evidence: {error}", path=file) from None

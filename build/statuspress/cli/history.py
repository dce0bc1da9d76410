"""`statuspress history compact|verify`: history rolled up, and whether it is sound."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from statuspress.archive import Archive
from statuspress.cli.report import report_time
from statuspress.compaction import compact
from statuspress.config import load_config
from statuspress.soundness import faults


def run(options: Namespace) -> int:
    """0 when it is rolled up, or sound; 1 when `verify` has found a fault."""
    config = load_config(options.config, os.environ)
    archive = Archive(options.data or config.data)
    if options.action == "compact":
        done = compact(archive, report_time(os.environ))
        for warning in done.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        print(f"{len(done.days)} days rolled up, {len(done.removed)} files removed", file=sys.stderr)
        return 0
    found = list(faults(archive))
    for fault in found:
        print(fault)
    print(f"{archive.history}: {f'{len(found)} faults' if found else 'sound'}", file=sys.stderr)
    return 1 if found else 0

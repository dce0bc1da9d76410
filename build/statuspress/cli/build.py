"""`statuspress build`: the site from data and content, without the network."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from statuspress.cli.report import data_folder, load_report, report_time
from statuspress.config import Config, load_config
from statuspress.errors import ContentError
from statuspress.render.build import BuildResult, build_site


def run(options: Namespace) -> int:
    """0 when the site is written."""
    config = load_config(options.config, os.environ)
    result = render(config, data_folder(config, options), options.out or config.out, strict=options.strict)
    print(f"{result.pages} pages in {options.out or config.out}", file=sys.stderr)
    return 0


def render(config: Config, data: Path, out: Path, *, strict: bool) -> BuildResult:
    """Renders the site, and prints what there is to warn of. Raises StatuspressError."""
    report, warnings = load_report(config, data, report_time(os.environ))
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if warnings and strict:
        raise ContentError("the history has lines that cannot be read, and --strict allows none", path=data)
    result = build_site(report, root=config.root, out=out, base_url=config.project.url, strict=strict)
    for warning in result.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return result

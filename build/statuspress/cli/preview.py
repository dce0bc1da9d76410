"""`statuspress preview`: the site on this machine, rendered again whenever something changes."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from statuspress.cli.build import render
from statuspress.cli.report import data_folder
from statuspress.config import load_config
from statuspress.render.build import BuildResult
from statuspress.render.preview import preview


def run(options: Namespace) -> int:
    """0 when it is ended."""
    config = load_config(options.config, os.environ)
    data = data_folder(config, options)
    watch = [config.path, data, *(config.root / name for name in ("content", "site"))]

    def make(out: Path) -> BuildResult:
        return render(load_config(options.config, os.environ), data, out, strict=False)

    preview(make, watch=watch, out=options.out or config.out, host=options.host, port=options.port)
    return 0

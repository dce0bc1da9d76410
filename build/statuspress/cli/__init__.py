"""The command line: one file a command, joined by `parser.py`. A command's file is imported when it is called.

Exit 0: done, gaps noted; 1: failed, or a required source has gaps; 2: wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from statuspress.cli.parser import make_parser
from statuspress.errors import ConfigError, StatuspressError, UsageError

FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = make_parser().parse_args(arguments)
    try:
        code: int = import_module(f"statuspress.cli.{options.module}").run(options)
    except StatuspressError as error:
        print(f"statuspress: {error}", file=sys.stderr)
        return USAGE if isinstance(error, ConfigError | UsageError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code

"""The command line: one file a command, joined by `parser.py`. A command's file is imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from blacklist.cli.parser import make_parser
from blacklist.errors import BlacklistError, SettingsError

FAILED, USAGE, QUARANTINED, INTERRUPTED = 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code is what the help says: 0, 1, 2 or 3."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        code: int = import_module(f"blacklist.cli.{options.module}").run(options)
        sys.stdout.flush()
    except BlacklistError as error:
        print(f"blacklist: {error}", file=sys.stderr)
        return USAGE if isinstance(error, SettingsError) else FAILED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code

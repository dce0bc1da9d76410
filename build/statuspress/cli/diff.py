"""`statuspress diff A B`: what changed between two evidence files, or the folders that hold them."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from statuspress.checks.differences import as_document, as_markdown, as_text
from statuspress.core.difference import difference
from statuspress.core.document import DocumentError
from statuspress.errors import UsageError

_PLACES = ("evidence.json", "api/evidence.json")


def run(options: Namespace) -> int:
    """0 when compared; 1 with `--worse` when something is. What cannot be read is wrong usage: 2."""
    before, after = _document(options.before), _document(options.after)
    try:
        found = difference(before, after)
    except DocumentError as error:
        raise UsageError(f"{options.before}, {options.after}: {error}") from None
    if options.format == "json":
        json.dump(as_document(found), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        sys.stdout.write(as_markdown(found) if options.format == "markdown" else as_text(found))
    return 1 if options.worse and found.worse else 0


def _document(path: Path) -> Any:
    file = next((path / place for place in _PLACES if (path / place).is_file()), path)
    try:
        return json.loads(file.read_text("utf-8"), parse_constant=_no_constant)
    except IsADirectoryError:
        raise UsageError(f"{path}: holds no evidence.json") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no value")

"""Where the files of a rendered list lie."""

from __future__ import annotations

from pathlib import Path


def packed_path(path: Path) -> Path:
    """Where the compressed file lies beside the plain one."""
    return path.with_name(path.name + ".gz")

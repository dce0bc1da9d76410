"""The folder a site is written to: replaced whole, or left as it was."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from statuspress.errors import StatuspressError

MARK = ".nojekyll"  # also tells GitHub Pages to serve the files as they are


def write_site(out: Path, files: Mapping[str, bytes]) -> None:
    """Writes all files beside `out`, then swaps the folders. Raises StatuspressError, and leaves `out` as it was.

    A folder that holds anything but a site built here is refused.
    """
    out = out.absolute()
    if out.exists() and not out.is_dir():
        raise StatuspressError("is a file: give the folder to write the site to", path=out)
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise StatuspressError(f"holds no {MARK}, so no site was built there: choose an empty folder", path=out)
    staging: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        fresh = staging / "new"
        for name, data in {MARK: b"", **files}.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _swap(fresh, out, staging / "old")
    except OSError as error:
        raise StatuspressError(f"cannot be written: {error.strerror or error}", path=out) from None
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _swap(fresh: Path, out: Path, old: Path) -> None:
    had = out.exists()
    if had:
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if had:
            old.rename(out)
        raise

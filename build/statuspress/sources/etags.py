"""Answers of the collection before by their ETag, so that what has not changed is not sent, nor counted, again.

The file holds only what was projected (projection.py); it is a convenience: a broken, foreign or unwritable one is
as good as none.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_VERSION = 1
_LARGEST = 4 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of an answer, the digest of its body, and the address of the page after it, if there is one."""

    etag: str
    document: Any
    digest: str
    following: str


class Etags:
    """The answers of one API. Those that a collection does not use again are forgotten."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._before: Mapping[str, Kept] = _load(path) if path else {}
        self._now: dict[str, Kept] = {}

    def known(self, url: str) -> Kept | None:
        """What was kept of the last answer, if it can be asked whether that still holds."""
        found = self._before.get(url)
        if found:
            self._now[url] = found
        return found

    def keep(self, url: str, kept: Kept) -> None:
        """Keeps an answer for the next collection; one without an ETag is not worth it."""
        self._now.pop(url, None)
        if kept.etag:
            self._now[url] = kept

    def save(self, secrets: Iterable[str]) -> None:
        """Replaces the file, without whatever holds one of the secrets."""
        if self._path is None:
            return
        hidden = [secret for secret in secrets if secret]
        answers = {url: asdict(kept) for url, kept in self._now.items()}
        text = json.dumps({"version": _VERSION, "answers": answers}, ensure_ascii=False, allow_nan=True)
        if any(secret in text for secret in hidden):
            answers = {url: kept for url, kept in answers.items() if not any(s in repr((url, kept)) for s in hidden)}
            text = json.dumps({"version": _VERSION, "answers": answers}, ensure_ascii=False)
        with suppress(OSError):
            _replace(self._path, text)


def _load(path: Path) -> Mapping[str, Kept]:
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        document = json.loads(path.read_text("utf-8"))
        if document["version"] != _VERSION:
            return {}
        found = {str(url): Kept(**kept) for url, kept in document["answers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    texts = [(kept.etag, kept.digest, kept.following) for kept in found.values()]
    return found if all(isinstance(text, str) for three in texts for text in three) else {}


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise

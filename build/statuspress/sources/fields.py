"""Fields of a JSON answer: each read by its path, and whatever is missing or of another kind is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from statuspress.core.number import NumberError, count
from statuspress.sources.interface import Unavailable
from statuspress.sources.report import fact


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object of an answer. `whose` says in a sentence whose answer it is: "Argo CD", "GitHub's runs"."""

    whose: str
    document: Any

    def __contains__(self, path: str) -> bool:
        return self._find(path) is not None

    def text(self, path: str) -> str:
        """A short text of one line. Raises Unavailable."""
        found = fact(self._need(path))
        if found is None:
            raise Unavailable(f"{self.whose} gives {path}, but not as a short text.")
        return found

    def truth(self, path: str) -> bool:
        """True or false. Raises Unavailable."""
        found = self._need(path)
        if not isinstance(found, bool):
            raise Unavailable(f"{self.whose} gives {path}, but neither as true nor as false.")
        return found

    def whole(self, path: str) -> int:
        """A count. Raises Unavailable."""
        try:
            return count(self._need(path))
        except NumberError as error:
            raise Unavailable(f"{self.whose} gives {path}, but {error}.") from None

    def instant(self, path: str) -> datetime:
        """A time with a zone (RFC 3339), in UTC. Raises Unavailable."""
        found = self._need(path)
        try:
            at = datetime.fromisoformat(found)
        except (TypeError, ValueError):
            at = None
        if at is None or at.tzinfo is None:
            raise Unavailable(f"{self.whose} gives {path}, but not as a time.")
        try:
            return at.astimezone(UTC)
        except OverflowError:
            raise Unavailable(f"{self.whose} gives {path}, but no time that can be.") from None

    def maybe_instant(self, path: str) -> datetime | None:
        """The same, or None."""
        try:
            return self.instant(path)
        except Unavailable:
            return None

    def inner(self, path: str) -> Fields:
        """An object within, which may be empty. Raises Unavailable."""
        found = self._need(path)
        if not isinstance(found, dict):
            raise Unavailable(f"{self.whose} gives {path}, but not as an object.")
        return Fields(self.whose, found)

    def each(self, path: str) -> Iterator[Fields]:
        """The objects of a list; none when it is left out, as Go leaves out empty lists. Raises Unavailable."""
        found = self._find(path)
        if found is None:
            return
        yield from each(self.whose, found, path)

    def texts(self, path: str) -> list[str]:
        """The short texts of a list; none when it is left out. Raises Unavailable."""
        found = self._find(path)
        texts = [fact(item) for item in found] if isinstance(found, list) else [] if found is None else [None]
        if None in texts:
            raise Unavailable(f"{self.whose} gives {path}, but not as a list of short texts.")
        return [text for text in texts if text is not None]

    def _need(self, path: str) -> Any:
        found = self._find(path)
        if found is None:
            raise Unavailable(f"{self.whose} does not say {path}.")
        return found

    def _find(self, path: str) -> Any:
        found = self.document
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found


def each(whose: str, found: object, name: str) -> Iterator[Fields]:
    """The objects of a list. Raises Unavailable."""
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unavailable(f"{whose} gives {name}, but not as a list of objects.")
    for item in found:
        yield Fields(whose, item)

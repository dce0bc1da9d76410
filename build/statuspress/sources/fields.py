"""Fields of a JSON answer: each read by its path, and whatever is missing or of another kind is a sentence.

`Fields` names whose answer it is; the functions are for documents whose objects are read in many places.
"""

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
        try:
            return _time(self._need(path))
        except OverflowError:
            raise Unavailable(f"{self.whose} gives {path}, but no time that can be.") from None
        except ValueError:
            raise Unavailable(f"{self.whose} gives {path}, but not as a time.") from None

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
        return entry(self.document, *path.split("."))


def each(whose: str, found: object, name: str) -> Iterator[Fields]:
    """The objects of a list. Raises Unavailable."""
    listed = _objects(found)
    if listed is None:
        raise Unavailable(f"{whose} gives {name}, but not as a list of objects.")
    for item in listed:
        yield Fields(whose, item)


def entry(document: object, *path: str | int) -> object:
    """What stands at that path of a JSON document; None when nothing does."""
    found = document
    for step in path:
        if isinstance(step, str) and isinstance(found, dict):
            found = found.get(step)
        elif isinstance(step, int) and isinstance(found, list) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def text(document: object, *path: str | int) -> str:
    """The short text of one line at that path. Raises Unavailable."""
    found = fact(entry(document, *path), longest=300)
    if found is None:
        raise Unavailable(f"The answer gives no {_dotted(path)}.")
    return found


def objects(document: object, *path: str | int) -> list[dict[str, object]]:
    """The list of objects at that path. Raises Unavailable when it is none; null, as Go writes it, is an empty one."""
    found = entry(document, *path)
    listed = [] if found is None else _objects(found)
    if listed is None:
        raise Unavailable(f"The answer gives no list of {_dotted(path)}.")
    return listed


def instant(found: object, name: str) -> datetime:
    """The time of an RFC 3339 text with its zone, in UTC. Raises Unavailable."""
    try:
        return _time(found)
    except (ValueError, OverflowError):
        raise Unavailable(f"{name} is not given as a time.") from None


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def _objects(found: object) -> list[dict[str, object]] | None:
    if isinstance(found, list) and all(isinstance(item, dict) for item in found):
        return found
    return None


def _time(found: object) -> datetime:
    """Raises ValueError for what is no text of a time with a zone, OverflowError for a time that cannot be."""
    at = datetime.fromisoformat(found) if isinstance(found, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)

"""What one source writes down while it reads: a figure, or a gap with the reason why that one could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statuspress.core.evidence import Evidence, Gap, Value
from statuspress.core.number import NumberError
from statuspress.sources.interface import Gaps, Unavailable

SKEW = timedelta(minutes=5)  # two clocks that are further apart do not tell each other's time


@dataclass(frozen=True, slots=True)
class Origin:
    """Where figures come from: what was asked, the digest of the answer, and what a person may open."""

    query: str
    digest: str
    link: str = ""


@dataclass(slots=True)
class Notes:
    """The evidence and gaps of one collection by one source. `valid_for` of None makes records."""

    source: str
    labels: Mapping[str, str]
    now: datetime
    valid_for: timedelta | None
    items: list[Evidence | Gap] = field(default_factory=list)

    def note(self, id: str, read: Callable[[], Value], unit: str, origin: Origin) -> None:
        """The figure that `read` returns; a gap if it raises Unavailable or NumberError."""
        try:
            value = read()
        except Unavailable as why:
            self.miss([id], why)
        except NumberError as error:
            self.miss([id], Unavailable(f"The answer holds a number that is none: {error}."))
        else:
            self.items.append(
                Evidence(
                    id,
                    self.labels[id],
                    value,
                    unit,
                    self.source,
                    origin.query,
                    self.now,
                    self.valid_for,
                    origin.digest,
                    origin.link,
                )
            )

    def miss(self, ids: Iterable[str], why: Unavailable) -> None:
        """A gap for each of the ids."""
        self.items += Gaps(self.source, self.labels, self.now).make(list(ids), why)


def instant(text: object, name: str) -> datetime:
    """The time of an RFC 3339 text with its zone. Raises Unavailable."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Unavailable(f"{name} is not given as a time.")
    return at


def age(at: datetime, now: datetime, name: str) -> float:
    """The seconds since then, at least 0. Raises Unavailable for a time that lies ahead by more than SKEW."""
    if at - now > SKEW:
        raise Unavailable(f"{name} lies ahead of this machine's clock.", "Set the clocks of both machines.")
    return max(0.0, (now - at).total_seconds())


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


def text(document: object, *path: str | int, longest: int = 300) -> str:
    """The text at that path. Raises Unavailable when it is missing, no text, or too long to be shown."""
    found = entry(document, *path)
    if not isinstance(found, str) or not found or len(found) > longest:
        raise Unavailable(f"The answer gives no {'.'.join(map(str, path))}.")
    return found


def objects(document: object, *path: str | int) -> list[dict[str, object]]:
    """The list of objects at that path. Raises Unavailable when it is none; null, as Go writes it, is an empty one."""
    found = entry(document, *path)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unavailable(f"The answer gives no list of {'.'.join(map(str, path))}.")
    return found

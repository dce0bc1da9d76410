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


def age(at: datetime, now: datetime, name: str) -> float:
    """The seconds since then, at least 0. Raises Unavailable for a time that lies ahead by more than SKEW."""
    if at - now > SKEW:
        raise Unavailable(f"{name} lies ahead of this machine's clock.", "Set the clocks of both machines.")
    return max(0.0, (now - at).total_seconds())

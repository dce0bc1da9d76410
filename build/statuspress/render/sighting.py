"""The evidence seen on one page: each figure printed is numbered here and ends in the page's ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.render.numbers import Printed, printed
from statuspress.render.texts import Texts


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at one item. `first` marks the first on the page; `dial` is the drawing: 4 to 1, gap or rec.

    `printed` is None for a gap: a page then says unknown, and never the last good value.
    """

    number: int
    first: bool
    item: Evidence | Gap
    printed: Printed | None
    dial: str
    left: float
    age: str
    measured: datetime
    until: datetime | None

    @property
    def known(self) -> bool:
        """Whether there is a value to print."""
        return self.printed is not None


@dataclass(slots=True)
class Sightings:
    """Numbers items in the order they are first seen. `absent` collects ids that no source has reported."""

    book: Dossier
    now: datetime
    texts: Texts
    seen: dict[str, int] = field(default_factory=dict)
    absent: dict[str, Gap] = field(default_factory=dict)

    def see(self, id: str) -> Sight:
        """Prints the item of that id here, and enters it into the ledger."""
        first = id not in self.seen
        number = self.seen.setdefault(id, len(self.seen) + 1)
        return self._sight(id, number, first=first)

    def peek(self, id: str) -> Evidence | Gap:
        """The item without printing it: for decisions and drawings whose figure stands beside them."""
        return self.book.known(id, self.now)

    def ledger(self) -> list[Sight]:
        """What the page has shown, in order."""
        return [self._sight(name, number, first=False) for name, number in self.seen.items()]

    def _sight(self, id: str, number: int, *, first: bool) -> Sight:
        item = self.book.known(id, self.now)
        if isinstance(item, Gap):
            if id not in self.book.items:
                item = Gap(id, id, "", self.texts("evidence.absent"), item.since, self.texts("evidence.absent_remedy"))
                self.absent[id] = item
            return Sight(number, first, item, None, "gap", 0.0, self.texts("evidence.nothing"), item.since, None)
        value = printed(item.value, item.unit, self.texts)
        left = item.left(self.now)
        age = self.texts.span(max(timedelta(0), self.now - item.collected_at))
        if item.valid_until is None:
            return Sight(
                number, first, item, value, "rec", 1.0, self.texts("evidence.recorded"), item.collected_at, None
            )
        dial = str(min(4, max(1, int(left * 4) + 1)))
        words = self.texts("evidence.old", age=age)
        return Sight(number, first, item, value, dial, left, words, item.collected_at, item.valid_until)


def merged(dossier: Dossier, derived: Mapping[str, Evidence | Gap]) -> Dossier:
    """The collection together with what was computed from it; a measured item wins over a computed one."""
    return Dossier(dossier.collected_at, {**derived, **dossier.items})

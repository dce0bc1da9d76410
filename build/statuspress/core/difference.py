"""What changed between two evidence documents: values, gaps, scores, findings and thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from statuspress.core.document import DocumentError, load_dossier
from statuspress.core.evidence import Dossier, Evidence, Gap, Value


class Kind(StrEnum):
    """How something changed. Lost and found are of values that are asked for in both documents."""

    ROSE = "rose"
    FELL = "fell"
    CHANGED = "changed"
    APPEARED = "appeared"
    VANISHED = "vanished"
    LOST = "became unknown"
    FOUND = "became known"
    THRESHOLD = "threshold changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `before` and `after` are None where there is no value; `worse` is None where nobody can tell."""

    kind: Kind
    id: str
    label: str
    unit: str
    before: Value | None
    after: Value | None
    worse: bool | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes between two documents: `scores` and findings first, then `figures`, then `thresholds`."""

    before: str
    after: str
    scores: tuple[Change, ...]
    figures: tuple[Change, ...]
    thresholds: tuple[Change, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them."""
        return (*self.scores, *self.figures, *self.thresholds)

    @property
    def worse(self) -> bool:
        """Whether a score or finding is worse, or was known and is no longer."""
        return any(change.worse for change in self.scores)


def difference(before: Any, after: Any) -> Difference:
    """From one document to a later one. Raises DocumentError for what is none.

    A collection without a scorecard has figures only.
    """
    first, second = load_dossier(before), load_dossier(after)
    return Difference(
        str(before["collected_at"]),
        str(after["collected_at"]),
        tuple(_scores(_card(before), _card(after))),
        tuple(_figures(first, second)),
        tuple(_thresholds(_card(before), _card(after))),
    )


def _figures(before: Dossier, after: Dossier) -> Iterator[Change]:
    for id in dict.fromkeys([*before.items, *after.items]):
        old, new = before.items.get(id), after.items.get(id)
        change = _figure(id, old, new)
        if change is not None:
            yield change


def _figure(id: str, old: Evidence | Gap | None, new: Evidence | Gap | None) -> Change | None:
    shown = new or old
    label = shown.label if shown else id
    unit = next((item.unit for item in (new, old) if isinstance(item, Evidence)), "")
    was, now = (item.value if isinstance(item, Evidence) else None for item in (old, new))
    kind: Kind | None
    if old is None or new is None:
        kind = Kind.APPEARED if old is None else Kind.VANISHED
    elif was is None or now is None:
        kind = None if was is now else Kind.FOUND if was is None else Kind.LOST
    else:
        kind = _kind(was, now)
    return None if kind is None else Change(kind, id, label, unit, was, now)


def _kind(was: Value, now: Value) -> Kind | None:
    if was == now and type(was) is type(now):
        return None
    if isinstance(was, bool | str) or isinstance(now, bool | str):
        return Kind.CHANGED
    return None if was == now else Kind.ROSE if now > was else Kind.FELL


def _scores(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if not before or not after:
        return
    yield from _score("scorecard.overall", "Overall score", before.get("overall"), after.get("overall"))
    yield from _share("scorecard.coverage", "Coverage", before.get("coverage"), after.get("coverage"))
    yield from _pairs(_criteria(before), _criteria(after), "criterion.{}.score", "score", _score)
    yield from _pairs(_findings(before), _findings(after), "{}", "score", _score)


def _thresholds(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name, (old, new) in _both(_criteria(before), _criteria(after)).items():
        if old and new and old.get("weight") != new.get("weight"):
            title = f"{new['title']}: weight"
            yield Change(Kind.THRESHOLD, f"{name}.weight", title, "", old.get("weight"), new.get("weight"))
    for name, (old, new) in _both(_findings(before), _findings(after)).items():
        if not old or not new:
            continue
        limits = [found.get("threshold") or {} for found in (old, new)]
        for side in ("good", "bad"):
            was, now = (limit.get(side) for limit in limits)
            if was != now:
                yield Change(Kind.THRESHOLD, f"{name}.{side}", f"{new['title']}: {side}", "", was, now)


_Compare = Callable[[str, str, Any, Any], Iterator[Change]]


def _pairs(
    before: Mapping[str, Any], after: Mapping[str, Any], id: str, key: str, compare: _Compare
) -> Iterator[Change]:
    for name, (old, new) in _both(before, after).items():
        if old is None or new is None:
            kind, one = (Kind.APPEARED, new) if old is None else (Kind.VANISHED, old)
            was, now = (found[key] if found else None for found in (old, new))
            yield Change(kind, id.format(name), one["title"], "{score}", was, now, None if new else True)
        else:
            yield from compare(id.format(name), new["title"], old[key], new[key])


def _score(id: str, label: str, was: float | None, now: float | None, unit: str = "{score}") -> Iterator[Change]:
    if was is None and now is not None:
        yield Change(Kind.FOUND, id, label, unit, was, now)
    elif now is None and was is not None:
        yield Change(Kind.LOST, id, label, unit, was, now, worse=True)
    elif was is not None and now is not None and was != now:
        yield Change(Kind.ROSE if now > was else Kind.FELL, id, label, unit, was, now, worse=now < was)


def _share(id: str, label: str, was: float | None, now: float | None) -> Iterator[Change]:
    was, now = (None if share is None else 100 * share for share in (was, now))
    yield from _score(id, label, was, now, "%")


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, tuple[Any, Any]]:
    return {name: (before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])}


def _card(document: Any) -> Mapping[str, Any]:
    card = document.get("scorecard", {})
    if not isinstance(card, dict):
        raise DocumentError("its scorecard is none")
    try:
        _findings(card)
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentError(f"its scorecard is none: {error}") from None
    return card


def _criteria(card: Mapping[str, Any]) -> dict[str, Any]:
    return {criterion["id"]: criterion for criterion in card.get("criteria", ())}


def _findings(card: Mapping[str, Any]) -> dict[str, Any]:
    criteria: Sequence[Any] = card.get("criteria", ())
    return {f["check"]: f for criterion in criteria for f in criterion["findings"] if f["title"] and "score" in f}

"""Changes of what the workload asks for, as figures: each change with before and after, and what all of them saved."""

from __future__ import annotations

from collections.abc import Sequence

from statuspress.core.availability import DAYS
from statuspress.core.evidence import Evidence
from statuspress.core.report import Report
from statuspress.core.resources import Change, whole
from statuspress.render.derived import Derived, made
from statuspress.render.numbers import printed
from statuspress.render.texts import Texts

_UNITS = {"memory": "By", "cpu": "1"}


def savings(report: Report, texts: Texts) -> list[Derived]:
    """Records of the last 90 days; nothing where nothing changed."""
    by_id: dict[str, list[Change]] = {}
    for change in report.changes:
        by_id.setdefault(change.id, []).append(change)
    return [figure for id, changes in by_id.items() for figure in _figures(id, changes, report, texts)]


def _figures(id: str, changes: Sequence[Change], report: Report, texts: Texts) -> list[Derived]:
    item = report.dossier.items.get(id)
    name, unit = item.label if item else id, _UNITS.get(id.split(".")[1], "1")
    key = f"resources.{id.partition('.')[2]}"
    inputs = (id,) if item else ()
    found: list[Evidence] = []
    for number, change in enumerate(changes, 1):
        before, after = (str(printed(value, unit, texts)) for value in (change.before, change.after))
        label = texts("derived.changed", name=name, when=texts.when(change.at))
        words = texts("derived.before_after", before=before, after=after)
        query = f"{change.before:.15g} -> {change.after:.15g}"
        found.append(made(f"{key}.{number}", label, (words, ""), query, (change.at, None)))
    if together := whole(changes):
        label = texts("derived.saved", name=name, days=DAYS)
        query = f"{together.before:.15g} - {together.after:.15g}"
        found.append(made(f"{key}.saved", label, (together.saved, unit), query, (report.now, None)))
    return [Derived(one, inputs) for one in found]

"""`content/slo.toml`: the objectives, each with its target, its window, and what counts as good.

[[slo]]
id = "answered"
name = "Requests without a server error"
target = 99.9              # percent, below 100
window = 30                # days
total = "service.requests" # a counter
bad = "service.errors"     # the bad ones of them; or `within = 0.01`, seconds, and a histogram as total
"""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction

from statuspress.core.slo import Objective
from statuspress.core.toml import Table, TomlError, parse_toml
from statuspress.errors import ContentError

_ID = re.compile(r"[a-z][a-z0-9-]*")
LONGEST = 30


def parse_objectives(text: str, path: str) -> tuple[Objective, ...]:
    """The objectives, in their order. Raises ContentError with the line."""
    objectives: list[Objective] = []
    try:
        root = parse_toml(text)
        for table in root.tables("slo"):
            objective = _objective(table)
            if objective.id in {other.id for other in objectives}:
                raise table.error(f"{objective.id!r} is there twice", "id")
            objectives.append(objective)
        root.finish()
    except TomlError as error:
        raise ContentError(str(error), path=path, line=error.line) from None
    return tuple(objectives)


def _objective(table: Table) -> Objective:
    id, name = table.text("id"), table.text("name")
    if not _ID.fullmatch(id):
        raise table.error(f"{table.name('id')} must be a word of small letters, digits and hyphens", "id")
    target = table.number("target", low=0, high=100)
    if not 0 < target < 100:
        raise table.error(f"{table.name('target')} must be above 0 and below 100: 100 leaves no budget", "target")
    window = table.integer("window", LONGEST, low=1, high=LONGEST)
    total, bad = table.text("total"), table.text("bad", "")
    within = table.number("within", 0)
    table.finish()
    if bool(bad) == bool(within):
        raise table.error(f"give either {table.name('bad')} or {table.name('within')}: it says which events are good")
    return Objective(id, name, Fraction(str(target)) / 100, timedelta(days=window), total, bad, within)

"""`content/scorecard.toml`: the weight of each criterion, and the thresholds of the checks that have one.

[testing]
weight = 1

[testing.coverage]
good = 95      # a score of 10 from here on
bad = 60       # 0 from here on
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from statuspress.checks.check import Ask, Check, Criterion, Threshold
from statuspress.core.toml import Table, TomlError, parse_toml
from statuspress.errors import ContentError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Weights by criterion and thresholds by check, complete for the criteria they were read for."""

    weights: Mapping[str, float]
    checks: Mapping[str, Threshold]


def parse_thresholds(text: str, path: str, criteria: Sequence[Criterion]) -> Thresholds:
    """The thresholds of all those criteria. Raises ContentError with the line of what is wrong, unknown or missing."""
    try:
        root = parse_toml(text)
        weights: dict[str, float] = {}
        checks: dict[str, Threshold] = {}
        for criterion in criteria:
            table = root.table(criterion.id)
            weights[criterion.id] = table.number("weight", high=100)
            for check in criterion.checks:
                if check.ask.has_threshold:
                    checks[check.id] = _threshold(table.table(check.id.rpartition(".")[2]), check)
            table.finish()
        root.finish()
    except TomlError as error:
        raise ContentError(str(error), path=path, line=error.line) from None
    return Thresholds(weights, checks)


def _threshold(table: Table, check: Check) -> Threshold:
    good, bad = table.number("good"), table.number("bad")
    table.finish()
    if check.ask is Ask.AT_LEAST and good <= bad:
        raise table.error(f"{table.name('good')} must be above bad: {check.title[0].lower()}{check.title[1:]}", "good")
    if check.ask in {Ask.AT_MOST, Ask.RECENT} and good >= bad:
        raise table.error(f"{table.name('good')} must be below bad: {check.title[0].lower()}{check.title[1:]}", "good")
    return Threshold(good, bad)

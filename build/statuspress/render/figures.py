"""Which figures pages show, in which order and beside which budget: `site/figures.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from statuspress.errors import ContentError
from statuspress.render.texts import read_toml


@dataclass(frozen=True, slots=True)
class ChartPlan:
    """One chart: its key among the texts, the unit of its series, and these by the names at their ends.

    `budget` names the series whose budget is drawn.
    """

    key: str
    unit: str
    budget: str
    series: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Budget:
    """An upper limit for one figure, in the unit of its evidence."""

    limit: float
    unit: str


@dataclass(frozen=True, slots=True)
class Figures:
    """`headline`: evidence ids, or `availability` and `score`. `budgets`: upper limits by id.

    `groups`: rows of the performance page by the key of their heading. `sections`: prefixes of ids by the part of the
    report that lists them.
    """

    headline: tuple[str, ...]
    component: str
    budgets: Mapping[str, Budget]
    groups: Mapping[str, tuple[str, ...]]
    charts: Mapping[str, tuple[ChartPlan, ...]]
    sections: Mapping[str, tuple[str, ...]]


def drawn(figures: Figures) -> frozenset[str]:
    """The ids whose series some page draws."""
    plans = [plan for page in figures.charts.values() for plan in page]
    return frozenset([*figures.headline, *(id for plan in plans for id in plan.series.values())])


def load_figures(path: Path) -> Figures:
    """Reads the plan. Raises ContentError."""
    table = read_toml(path)
    try:
        return Figures(
            headline=tuple(table["headline"]),
            component=table["component"],
            budgets={name: Budget(float(b["limit"]), b["unit"]) for name, b in table["budgets"].items()},
            groups=_lists(table["groups"]),
            charts={page: _charts(plans) for page, plans in table["charts"].items()},
            sections=_lists(table["sections"]),
        )
    except KeyError as error:
        raise ContentError(f"lacks {error}", path=path) from None
    except (AttributeError, TypeError, ValueError) as error:
        raise ContentError(f"is not a plan of figures: {error}", path=path) from None


def _lists(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in table.items()}


def _charts(plans: Sequence[Mapping[str, Any]]) -> tuple[ChartPlan, ...]:
    return tuple(ChartPlan(plan["key"], plan["unit"], plan["budget"], dict(plan["series"])) for plan in plans)

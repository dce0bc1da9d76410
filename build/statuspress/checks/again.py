"""The report of a published evidence document, computed again from what was measured.

Scores and findings come from the items and the thresholds, states from the items by the rules, availability from the
seconds of each day, budgets from counted events. What the document itself says about these is not read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from statuspress.checks.check import Threshold
from statuspress.checks.components import Component, assess
from statuspress.checks.registry import CRITERIA, make_scorecard
from statuspress.checks.rules import RULES
from statuspress.checks.thresholds import Thresholds
from statuspress.core.availability import availability
from statuspress.core.component import ComponentStatus, Day
from statuspress.core.document import DocumentError, load_dossier
from statuspress.core.dora import Impairment
from statuspress.core.evidence import Dossier
from statuspress.core.past import Past
from statuspress.core.report import Point, Project, Report
from statuspress.core.resources import Change
from statuspress.core.slo import PAIRS, Burn, Events, Objective, Standing
from statuspress.core.state import State


def report_of(document: Any) -> Report:
    """The report. Raises DocumentError for a document that is not whole, or of another set of checks."""
    dossier = load_dossier(document)
    try:
        now = datetime.fromisoformat(document["built_at"])
        thresholds = _thresholds(document["scorecard"])
        return Report(
            now,
            Project(**document["project"]),
            dossier,
            make_scorecard(dossier, thresholds, now),
            tuple(_component(one, dossier, thresholds, now) for one in document["components"]),
            {id: tuple(_point(pair) for pair in pairs) for id, pairs in document["series"].items()},
            tuple(_standing(one) for one in document["objectives"]),
            tuple(_impairment(one) for one in document["impairments"]),
            tuple(_change(one) for one in document["changes"]),
        )
    except KeyError as error:
        raise DocumentError(f"it lacks {error}") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise DocumentError(f"not a published evidence document: {error}") from None


def _thresholds(card: Any) -> Thresholds:
    criteria = {criterion["id"]: criterion for criterion in card["criteria"]}
    checks = {f["check"]: f["threshold"] for criterion in criteria.values() for f in criterion["findings"]}
    if criteria.keys() != {criterion.id for criterion in CRITERIA} or checks.keys() != {
        check.id for criterion in CRITERIA for check in criterion.checks
    }:
        raise DocumentError(
            "it was judged by checks that this program has not: verify it with the version that built it"
        )
    return Thresholds(
        {id: criterion["weight"] for id, criterion in criteria.items()},
        {id: Threshold(limit["good"], limit["bad"]) for id, limit in checks.items() if limit},
    )


def _component(one: Any, dossier: Dossier, thresholds: Thresholds, now: datetime) -> ComponentStatus:
    if one["id"] not in RULES:
        raise DocumentError(f"no rule judges the component {one['id']!r}")
    days = tuple(
        Day(
            date.fromisoformat(day["date"]),
            day["length"],
            {State(state): seconds for state, seconds in day["seconds"].items()},
        )
        for day in one["days"]
    )
    component = Component(one["id"], one["name"], one["group"])
    (status,) = assess([component], Past(), dossier, thresholds, now)
    return replace(status, days=days, availability=availability(days))


def _standing(one: Any) -> Standing:
    window = timedelta(seconds=one["window"])
    target = Fraction(one["target"])
    objective = Objective(one["id"], one["name"], target, window, one["total"], one["bad"], one["within"])
    burns = tuple(
        Burn(pair, target, *(Events(burn[name]["bad"], burn[name]["total"]) for name in ("long", "short")))
        for pair, burn in zip(PAIRS, one["burns"], strict=True)
    )
    return Standing(objective, Events(one["events"]["bad"], one["events"]["total"]), burns)


def _impairment(one: Any) -> Impairment:
    resolved = None if one["resolved"] is None else datetime.fromisoformat(one["resolved"])
    return Impairment(datetime.fromisoformat(one["started"]), resolved, one["revision"])


def _change(one: Any) -> Change:
    since, at = (datetime.fromisoformat(one[name]) for name in ("since", "at"))
    return Change(one["id"], since, at, one["before"], one["after"])


def _point(pair: Any) -> Point:
    at, value = pair
    return Point(datetime.fromisoformat(at), value)

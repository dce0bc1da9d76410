"""What changed between two documents, in each of its forms."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from statuspress.checks.differences import as_document, as_markdown, as_text
from statuspress.core.difference import Kind, difference
from statuspress.core.document import DocumentError

AT = "2031-03-18T14:00:00Z"


def item(id: str, value: object, unit: str = "s") -> dict[str, Any]:
    return {
        "id": id, "label": f"Label of {id}", "value": value, "unit": unit, "source": "a", "query": "q",
        "collected_at": AT, "valid_for": 900, "digest": "", "link": "",
    }  # fmt: skip


def gap(id: str) -> dict[str, Any]:
    return {"id": id, "label": id, "source": "a", "reason": "away", "since": AT, "remedy": ""}


def finding(check: str, score: float | None, good: float = 95) -> dict[str, Any]:
    return {"check": check, "title": f"Title of {check}", "score": score, "threshold": {"good": good, "bad": 60}}


def document(*items: dict[str, Any], findings: list[dict[str, Any]] | None = None, **card: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"version": 1, "collected_at": AT, "items": list(items)}
    if findings is not None:
        criterion = {"id": "testing", "title": "Testing", "weight": 1, "score": 5.0, "findings": findings}
        made["scorecard"] = {"overall": 7.0, "coverage": 0.8, "criteria": [criterion], **card}
    return made


def kinds(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Kind]:
    return {change.id: change.kind for change in difference(before, after).changes}


def test_the_same_document_has_no_difference() -> None:
    one = document(item("a", 1), gap("b"), findings=[finding("x", 5)])
    found = difference(one, deepcopy(one))
    assert (found.changes, found.worse) == ((), False)
    assert "nothing changed" in as_text(found)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([item("a", 1)], [item("a", 2)], Kind.ROSE),
        ([item("a", 2)], [item("a", 1.5)], Kind.FELL),
        ([item("a", "x")], [item("a", "y")], Kind.CHANGED),
        ([item("a", value=True)], [item("a", value=False)], Kind.CHANGED),
        ([], [item("a", 1)], Kind.APPEARED),
        ([item("a", 1)], [], Kind.VANISHED),
        ([item("a", 1)], [gap("a")], Kind.LOST),
        ([gap("a")], [item("a", 1)], Kind.FOUND),
    ],
)
def test_a_value_changes_in_one_of_these_ways(before: list[Any], after: list[Any], kind: Kind) -> None:
    assert kinds(document(*before), document(*after)) == {"a": kind}


def test_a_gap_for_another_reason_and_a_whole_number_as_a_float_are_no_change() -> None:
    assert kinds(document(gap("a"), item("b", 1)), document(gap("a") | {"reason": "x"}, item("b", 1.0))) == {}


def test_scores_that_fall_or_are_lost_are_worse() -> None:
    before = document(findings=[finding("x", 5), finding("y", 5), finding("z", None), finding("gone", 5)])
    after = document(findings=[finding("x", 4), finding("y", None), finding("z", 5), finding("new", 1)], overall=7.5)
    found = difference(before, after)
    assert {(c.id, c.kind, c.worse) for c in found.scores} == {
        ("scorecard.overall", Kind.ROSE, False),
        ("x", Kind.FELL, True),
        ("y", Kind.LOST, True),
        ("z", Kind.FOUND, None),
        ("gone", Kind.VANISHED, True),
        ("new", Kind.APPEARED, None),
    }
    assert found.worse


def test_a_threshold_that_changed_is_told_apart_from_what_was_measured() -> None:
    before = document(findings=[finding("x", 5, good=95)])
    after = document(findings=[finding("x", 5, good=90)])
    after["scorecard"]["criteria"][0]["weight"] = 2
    found = difference(before, after)
    assert [(c.id, c.before, c.after) for c in found.thresholds] == [("testing.weight", 1, 2), ("x.good", 95, 90)]
    assert not found.worse


def test_a_collection_without_a_scorecard_is_compared_by_its_figures() -> None:
    assert kinds(document(item("a", 1)), document(item("a", 2), findings=[finding("x", 5)])) == {"a": Kind.ROSE}


@pytest.mark.parametrize("broken", [[], {}, {"version": 2, "items": []}, document() | {"scorecard": 7}])
def test_what_is_no_document_is_refused(broken: Any) -> None:
    with pytest.raises(DocumentError):
        difference(document(), broken)


def test_text_says_each_change_in_a_line() -> None:
    found = difference(document(item("a", 0.0075), item("c", 1)), document(item("a", 0.01), gap("b"), gap("c")))
    lines = as_text(found).replace("\u202f", " ").splitlines()
    assert lines[0] == f"{AT} -> {AT}: 3 changes"
    assert "  a: rose: 7.5 ms -> 10 ms" in lines
    assert "  b: appeared: nothing -> unknown" in lines
    assert "  c: became unknown: 1 s -> unknown" in lines


def test_markdown_of_what_a_source_reported_stays_text() -> None:
    evil = "| <img src=x> [a](http://x) `b` @all\n# c"
    text = as_markdown(difference(document(item("a", "x", "")), document(item("a", evil, ""))))
    row = text.splitlines()[-1]
    assert r"\| \<img src=x\> \[a\](http://x) \`b\` &#64;all" in row
    assert row.startswith("| Label of a | changed | x | ")
    assert row.endswith(r"\# c |")


def test_json_holds_every_change_with_its_part() -> None:
    found = difference(document(findings=[finding("x", 5)]), document(findings=[finding("x", 4)]))
    made = json.loads(json.dumps(as_document(found)))
    assert made["worse"] is True
    assert made["changes"] == [
        {
            "part": "scores", "kind": "fell", "id": "x", "label": "Title of x", "unit": "{score}",
            "before": 5, "after": 4, "worse": True,
        }
    ]  # fmt: skip

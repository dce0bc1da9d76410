"""What is worth a message: states that turned, and those alone; and what the messages say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from statuspress.checks.components import Component
from statuspress.checks.messages import slack_message, webhook_message
from statuspress.checks.thresholds import Thresholds
from statuspress.checks.turns import Kind, Turn, turns
from statuspress.core.evidence import Dossier, Gap
from statuspress.core.report import Project

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
PROJECT = Project("blacklist", "https://site.example/blacklist/", "https://code.example/blacklist", "", "")
STORE = (Component("store", "Store", "Data"),)
Known = Callable[..., Dossier]


def test_a_component_that_turned_is_told_with_its_reason(known: Known, thresholds: Thresholds) -> None:
    before, after = known(service_store_up=True), known(service_store_up=False)
    assert turns(before, after, thresholds, STORE) == (
        Turn(
            Kind.COMPONENT,
            "store",
            "Store",
            "operational",
            "major_outage",
            "The store does not answer; lookups go on from memory.",
        ),
    )


def test_a_state_that_stays_is_not_told_however_its_figures_change(known: Known, thresholds: Thresholds) -> None:
    before, after = known(service_store_up=True, coverage_lines=96), known(service_store_up=True, coverage_lines=99)
    assert turns(before, after, thresholds, STORE) == ()


def test_a_component_that_is_no_longer_known_turned(known: Known, thresholds: Thresholds) -> None:
    gap = Gap("service.store.up", "The store answers", "service", "It refused the connection.", NOW)
    (turn,) = turns(known(service_store_up=True), known(gap), thresholds, STORE)
    assert (turn.before, turn.after, turn.reason) == ("operational", "unknown", "It refused the connection.")


def test_a_criterion_turns_when_the_first_of_its_checks_fails(known: Known, thresholds: Thresholds) -> None:
    before, after = known(tests_failed=0, tests_skipped=0), known(tests_failed=2, tests_skipped=0)
    (turn,) = turns(before, after, thresholds, ())
    assert (turn.kind, turn.id, turn.before, turn.after) == (Kind.CRITERION, "testing", "pass", "fail")
    assert turn.reason == "Measured 2; asked for at most 0."


def test_each_collection_is_judged_at_its_own_time(known: Known, thresholds: Thresholds) -> None:
    old = known(at=NOW - timedelta(days=3), service_store_up=True)
    assert turns(old, known(service_store_up=True), thresholds, STORE) == ()


def test_a_message_for_machines_has_every_turn() -> None:
    turn = Turn(Kind.COMPONENT, "store", "Store", "operational", "major_outage", "It is away.")
    assert webhook_message([turn], PROJECT, NOW) == {
        "version": 1,
        "project": "blacklist",
        "url": "https://site.example/blacklist/",
        "collected_at": "2031-03-18T14:02:00Z",
        "turns": [
            {
                "kind": "component",
                "id": "store",
                "name": "Store",
                "before": "operational",
                "after": "major_outage",
                "reason": "It is away.",
            }
        ],
    }


def test_a_message_for_slack_neither_marks_up_nor_calls_what_others_wrote() -> None:
    turn = Turn(Kind.CRITERION, "testing", "Testing", "pass", "fail", "<!channel> *now* & `here`\n> quoted")
    text = slack_message([turn], PROJECT, NOW)["text"]
    assert text.splitlines() == [
        "blacklist: 1 state turned, 2031-03-18T14:02:00Z",
        "*Testing*: pass → fail. &lt;!channel&gt; now &amp; here &gt; quoted",
        "https://site.example/blacklist/",
    ]


def test_a_message_for_slack_stays_short() -> None:
    turn = Turn(Kind.COMPONENT, "store", "Store", "operational", "major_outage", "It is away.")
    lines = slack_message([turn] * 25, PROJECT, NOW)["text"].splitlines()
    assert len(lines) == 23
    assert lines[-2] == "and 5 more"

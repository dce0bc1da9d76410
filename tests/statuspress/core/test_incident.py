"""Incidents: written, read, found in history; broken ones refused with their line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from statuspress.core.history import Held, Sample
from statuspress.core.incident import Impact, Incident, Kind, Update, dump_incident, maintained, parse_incident
from statuspress.core.outage import Outage, draft, outages
from statuspress.core.state import State
from statuspress.core.toml import TomlError

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP, SLOW, PART, MAJOR, LOST = State.OPERATIONAL, State.DEGRADED, State.PARTIAL, State.MAJOR, State.UNKNOWN

FRONT = """\
title = "Lookups fail"
kind = "incident"
impact = "major"
components = ["lookup"]
started = 2031-03-18T14:02:00Z
resolved = 2031-03-18T14:40:00Z
deployment = "42"

[[update]]
at = 2031-03-18T14:05:00Z
state = "investigating"
text = "What is known."

[[update]]
at = 2031-03-18T14:40:00Z
state = "resolved"
text = "It works again."
"""


def read(front: str) -> Incident:
    return parse_incident(f"+++\n{front}+++\n\nWhat we learnt.\n", "id")


def test_an_incident_is_read_with_its_timeline_and_its_text() -> None:
    found = read(FRONT)
    assert (found.kind, found.impact, found.state) == (Kind.INCIDENT, Impact.MAJOR, "resolved")
    assert found.started == NOW + 2 * MINUTE
    assert [update.state for update in found.updates] == ["investigating", "resolved"]
    assert (found.deployment, found.draft, found.text) == ("42", False, "What we learnt.")


def test_what_was_written_comes_back() -> None:
    nasty = 'A "quoted" \\ title\nwith ünïcode \x7f'
    found = Incident(
        "id",
        nasty,
        Kind.MAINTENANCE,
        Impact.NONE,
        ("a", "b"),
        NOW,
        NOW + MINUTE,
        deployment="",
        draft=True,
        updates=(Update(NOW, "scheduled", nasty),),
        text="# Text",
    )
    assert parse_incident(dump_incident(found), "id") == found
    assert parse_incident(dump_incident(read(FRONT)), "id") == read(FRONT)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('title = "Lookups fail"', "", None, "title is missing"),
        ('impact = "major"', 'impact = "huge"', 4, "must be one of none, minor, major, critical"),
        ('kind = "incident"', 'kind = "party"', 3, "must be one of incident, maintenance"),
        ('components = ["lookup"]', "components = []", 5, "at least one component"),
        ('components = ["lookup"]', 'components = "lookup"', 5, "a list of texts"),
        ("started = 2031-03-18T14:02:00Z", "started = 2031-03-18T14:02:00", 6, "a time with its zone"),
        ("started = 2031-03-18T14:02:00Z", "started = 2031-03-19T14:02:00Z", 7, "must not be before started"),
        ('state = "investigating"', 'state = "scheduled"', 12, "must be one of investigating"),
        ("at = 2031-03-18T14:05:00Z", "at = 2031-03-18T14:50:00Z", 10, "in the order of their times"),
        ("resolved = 2031-03-18T14:40:00Z", "", None, "its last update says so"),
        ('deployment = "42"', 'deployed = "42"', 8, "unknown key deployed; did you mean deployment"),
        ('deployment = "42"', "draft = 1", 8, "must be true or false"),
        ('deployment = "42"', "deployment = ", 8, "not TOML"),
    ],
)
def test_a_broken_front_matter_is_refused_with_its_line(old: str, new: str, line: int | None, reason: str) -> None:
    with pytest.raises(TomlError, match=reason) as caught:
        read(FRONT.replace(old, new))
    assert line is None or caught.value.line == line


def test_a_file_without_front_matter_is_refused() -> None:
    with pytest.raises(TomlError, match=r"between two lines of \+\+\+"):
        parse_incident("# A title", "id")


def test_a_maintenance_needs_its_end() -> None:
    front = FRONT.replace('"incident"', '"maintenance"').replace("resolved = 2031-03-18T14:40:00Z\n", "")
    with pytest.raises(TomlError, match="the time it is to end"):
        read(front.partition("[[update]]")[0])


def planned(start: int, end: int, *, draft: bool = False, kind: Kind = Kind.MAINTENANCE) -> Incident:
    """From and to so many minutes after now, of two components."""
    begin, until = NOW + start * MINUTE, NOW + end * MINUTE
    return Incident("id", "Upgrade", kind, Impact.NONE, ("x", "y"), begin, until, "", draft, (), "")


def test_a_maintenance_runs_from_its_start_up_to_its_end() -> None:
    assert maintained([planned(0, 5)], NOW) == {"x", "y"}
    assert maintained([planned(-5, 0), planned(1, 5)], NOW) == set()
    assert maintained([planned(-5, 5, draft=True), planned(-5, 5, kind=Kind.INCIDENT)], NOW) == set()


def history(*states: State | None) -> list[Sample]:
    """A sample every five minutes; None did not judge the component."""
    return [
        Sample(NOW + 5 * place * MINUTE, {}, {}, {} if state is None else {"x": Held(state, 900)})
        for place, state in enumerate(states)
    ]


def test_so_many_samples_down_in_a_row_are_an_outage() -> None:
    found = outages(history(UP, PART, MAJOR, PART, UP), "x", 3)
    assert found == (Outage("x", NOW + 5 * MINUTE, NOW + 20 * MINUTE, 3, MAJOR, unseen=False),)


def test_fewer_are_none_and_slow_is_not_down() -> None:
    assert outages(history(UP, MAJOR, MAJOR, UP, SLOW, SLOW, SLOW), "x", 3) == ()


def test_one_that_lasts_has_no_end() -> None:
    (found,) = outages(history(UP, MAJOR, MAJOR, MAJOR), "x", 3)
    assert found.ended is None


def test_what_is_not_known_counts_neither_way() -> None:
    (found,) = outages(history(MAJOR, MAJOR, LOST, None, MAJOR, UP), "x", 3)
    assert (found.samples, found.ended, found.unseen) == (3, NOW + 25 * MINUTE, True)
    assert outages(history(MAJOR, LOST, LOST, LOST, UP), "x", 2) == ()


def test_a_draft_says_what_was_measured_and_can_be_read_again() -> None:
    (outage,) = outages(history(UP, MAJOR, MAJOR, MAJOR, UP), "x", 3)
    found = draft(outage, "Lookup API")
    again = parse_incident(dump_incident(found), found.id)
    assert again == found
    assert (again.id, again.draft, again.impact) == ("2031-03-18-1405-x", True, Impact.CRITICAL)
    assert [update.state for update in again.updates] == ["investigating", "resolved"]
    assert "3 samples in a row" in again.text


def test_the_draft_of_an_outage_that_lasts_is_not_resolved() -> None:
    (outage,) = outages(history(PART, PART, PART), "x", 3)
    found = draft(outage, "Lookup API")
    assert parse_incident(dump_incident(found), found.id).resolved is None
    assert found.impact is Impact.MAJOR

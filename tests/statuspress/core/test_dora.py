"""The five DORA measures, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from statuspress.core.deployment import Deployment
from statuspress.core.dora import Dora, Impairment, measure

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(weeks=4)
HOUR = timedelta(hours=1)


def deployed(revision: str, hours_ago: float, *, fails: bool = False, hours_before: float | None = None) -> Deployment:
    """A deployment of ten minutes that ended that long ago, of a commit that many hours before."""
    finished = NOW - hours_ago * HOUR
    committed = None if hours_before is None else finished - hours_before * HOUR
    return Deployment(finished, not fails, revision, finished - HOUR / 6, committed)


def measured(
    *deployments: Deployment, incidents: list[Impairment] | None = None, unplanned: dict[str, bool] | None = None
) -> Dora:
    return measure(deployments, incidents or [], unplanned or {}, SINCE, NOW)


def test_of_no_deployments_nothing_is_known() -> None:
    assert [(one.value, one.n) for one in measured().measures] == [(None, 0)] * 5


def test_lead_time_is_the_median_of_those_whose_commit_is_known() -> None:
    leads = {"a": 1.0, "b": 2.0, "c": 30.0, "d": 100.0, "e": None}
    found = measured(
        *(deployed(id, 10 * place, hours_before=hours) for place, (id, hours) in enumerate(leads.items(), 1))
    ).lead_time
    assert (found.value, found.unit, found.n) == (16 * 3600, "s", 4)


def test_a_failed_deployment_has_no_lead_time_and_a_commit_of_the_future_is_none() -> None:
    assert measured(deployed("a", 5, fails=True, hours_before=1), deployed("b", 4, hours_before=-1)).lead_time.n == 0


def test_frequency_is_of_deployments_that_succeeded_in_the_window() -> None:
    found = measured(
        *(deployed(str(n), n) for n in range(1, 9)), deployed("x", 9, fails=True), deployed("old", 24 * 29)
    )
    assert (found.frequency.value, found.frequency.n) == (2.0, 8)


def test_the_change_fail_rate_counts_failed_deployments_and_not_incidents() -> None:
    outages = [Impairment(NOW - 3 * HOUR, NOW - 2 * HOUR, "b"), Impairment(NOW - 2 * HOUR, NOW - HOUR, "b")]
    nobody_s_fault = Impairment(NOW - 20 * HOUR, NOW - 19 * HOUR)
    found = measured(
        deployed("a", 5, fails=True),
        deployed("b", 4),
        deployed("c", 3),
        deployed("d", 2),
        incidents=[*outages, nobody_s_fault],
    ).change_fail_rate
    assert (found.value, found.unit, found.n) == (50.0, "%", 4)


def test_recovery_ends_with_the_next_success_or_with_the_incidents_it_caused() -> None:
    outages = [Impairment(NOW - 9 * HOUR, NOW - 6 * HOUR, "c"), Impairment(NOW - 9 * HOUR, NOW - 5 * HOUR, "c")]
    found = measured(
        deployed("a", 20, fails=True), deployed("b", 18), deployed("c", 9), deployed("d", 8.5), incidents=outages
    ).recovery_time
    # Two hours until b, four until the last incident of c ended.
    assert (found.value, found.n) == (3 * 3600, 2)


def test_a_failure_that_lasts_has_no_recovery_time_yet() -> None:
    found = measured(deployed("a", 2, fails=True), deployed("b", 1), incidents=[Impairment(NOW - HOUR, None, "b")])
    assert (found.recovery_time.value, found.recovery_time.n) == (3600, 1)
    assert found.change_fail_rate.value == 100.0


def test_rework_is_a_share_of_those_of_which_somebody_said_it() -> None:
    found = measured(
        *(deployed(id, place) for place, id in enumerate("abcd", 1)), unplanned={"a": True, "b": False, "c": False}
    ).rework_rate
    assert found.value == pytest.approx(100 / 3)
    assert found.n == 3


def test_measures_are_in_the_order_of_dora() -> None:
    assert [one.id.partition(".")[2] for one in measured().measures] == [
        "lead_time",
        "frequency",
        "recovery_time",
        "change_fail_rate",
        "rework_rate",
    ]

"""The five DORA measures and the stages of the pipeline, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from statuspress.core.dora import Deployment, Dora, Impairment, Outcome, measure
from statuspress.core.pipeline import STAGES, Stage, StageTime, stage_times

NOW = datetime(2031, 3, 18, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(weeks=4)
HOUR = timedelta(hours=1)


def deployed(id: str, hours_ago: float, outcome: str = "succeeded", *, unplanned: bool | None = None) -> Deployment:
    """A deployment of ten minutes that ended that long ago; its revision is named like it."""
    finished = NOW - hours_ago * HOUR
    ended = None if outcome == "running" else finished
    return Deployment(id, id, finished - HOUR / 6, ended, Outcome(outcome), "argocd", unplanned)


def measured(*deployments: Deployment, incidents: list[Impairment] | None = None, **hours_before: float) -> Dora:
    """With the commit of each revision named that many hours before its deployment ended."""
    ends = {one.id: one.finished for one in deployments if one.finished}
    committed = {id: ends[id] - hours * HOUR for id, hours in hours_before.items()}
    return measure(deployments, incidents or [], committed, SINCE, NOW)


def test_of_no_deployments_nothing_is_known() -> None:
    assert [(one.value, one.n) for one in measured().measures] == [(None, 0)] * 5


def test_lead_time_is_the_median_of_those_whose_commit_is_known() -> None:
    found = measured(
        *(deployed(id, 10 * place) for place, id in enumerate("abcde", 1)), a=1, b=2, c=30, d=100
    ).lead_time
    assert (found.value, found.unit, found.n) == (16 * 3600, "s", 4)


def test_a_failed_deployment_has_no_lead_time_and_a_commit_of_the_future_is_none() -> None:
    assert measured(deployed("a", 5, "failed"), deployed("b", 4), a=1, b=-1).lead_time.n == 0


def test_frequency_is_of_deployments_that_succeeded_in_the_window() -> None:
    found = measured(*(deployed(str(n), n) for n in range(1, 9)), deployed("x", 9, "failed"), deployed("old", 24 * 29))
    assert (found.frequency.value, found.frequency.n) == (2.0, 8)


def test_the_change_fail_rate_counts_failed_deployments_and_not_incidents() -> None:
    outages = [Impairment(NOW - 3 * HOUR, NOW - 2 * HOUR, "b"), Impairment(NOW - 2 * HOUR, NOW - HOUR, "b")]
    nobody_s_fault = Impairment(NOW - 20 * HOUR, NOW - 19 * HOUR)
    found = measured(
        deployed("a", 5, "failed"),
        deployed("b", 4),
        deployed("c", 3),
        deployed("d", 2),
        deployed("e", 1, "cancelled"),
        deployed("f", 0, "running"),
        incidents=[*outages, nobody_s_fault],
    ).change_fail_rate
    assert (found.value, found.unit, found.n) == (50.0, "%", 4)


def test_recovery_ends_with_the_next_success_or_with_the_incidents_it_caused() -> None:
    outages = [Impairment(NOW - 9 * HOUR, NOW - 6 * HOUR, "c"), Impairment(NOW - 9 * HOUR, NOW - 5 * HOUR, "c")]
    found = measured(
        deployed("a", 20, "failed"), deployed("b", 18), deployed("c", 9), deployed("d", 8.5), incidents=outages
    ).recovery_time
    # Two hours until b, four until the last incident of c ended.
    assert (found.value, found.n) == (3 * 3600, 2)


def test_a_failure_that_lasts_has_no_recovery_time_yet() -> None:
    found = measured(deployed("a", 2, "failed"), deployed("b", 1), incidents=[Impairment(NOW - HOUR, None, "b")])
    assert (found.recovery_time.value, found.recovery_time.n) == (3600, 1)
    assert found.change_fail_rate.value == 100.0


def test_rework_is_a_share_of_those_of_which_somebody_said_it() -> None:
    found = measured(
        deployed("a", 4, unplanned=True),
        deployed("b", 3, unplanned=False),
        deployed("c", 2, unplanned=False),
        deployed("d", 1),
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


def stage(name: str, hours_ago: float, seconds: float | None, outcome: str = "succeeded") -> Stage:
    finished = NOW - hours_ago * HOUR
    started = None if seconds is None else finished - timedelta(seconds=seconds)
    return Stage(str(hours_ago), name, started, finished, Outcome(outcome))


def test_every_stage_of_the_flow_has_its_median_its_last_time_and_its_failures() -> None:
    found = stage_times(
        [
            stage("build", 1, 400),
            stage("build", 3, 200),
            stage("build", 2, 2, "failed"),
            stage("sync", 1, None),
            stage("health", 24 * 40, 30),
            Stage("r", "rollout", NOW, None, Outcome.RUNNING),
            Stage("r", "scan", NOW, NOW - HOUR, Outcome.SUCCEEDED),
        ],
        SINCE,
        NOW,
    )
    assert [one.name for one in found] == list(STAGES)
    times = {one.name: one for one in found}
    assert times["build"] == StageTime("build", median=300, last=400, n=2, failed=1)
    unknown = [times[name] for name in ("push", "scan", "sync", "rollout", "health")]
    assert {(one.median, one.last, one.n) for one in unknown} == {(None, None, 0)}

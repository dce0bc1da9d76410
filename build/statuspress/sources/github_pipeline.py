"""Workflow runs and their jobs on GitHub: the share that passed, the stages of a deploy, and what was deployed.

A stage is recognised by a word in the name of a step, or else of its job; see STAGES.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from statuspress.core.deployment import Deployment, dump_deployments
from statuspress.sources.fields import Fields
from statuspress.sources.figure import Figure
from statuspress.sources.interface import Unavailable

# The first stage whose word is found in a name has it: "Deploy to Pages" is Pages, "Build and push" is publishing.
STAGES: Mapping[str, tuple[str, str]] = {
    "scan": (r"scan|trivy|bandit|audit|sbom", "Stage: security scan"),
    "test": (r"tests?", "Stage: tests"),
    "pages": (r"pages", "Stage: GitHub Pages"),
    "publish": (r"push|publish", "Stage: push of the image"),
    "build": (r"build", "Stage: build of the image"),
    "sync": (r"sync|argo ?cd", "Stage: Argo CD sync"),
    "health": (r"health|smoke", "Stage: health check"),
    "rollout": (r"rollout|deploy", "Stage: rollout"),
}
RUNS: Mapping[str, str] = {
    "github.runs": "Workflow runs of 30 days that finished",
    "github.runs.passed": "Workflow runs that passed",
}
PIPELINE: Mapping[str, str] = {
    "github.build.duration": "Time a build takes",
    "github.deploy.duration": "Time a deploy takes",
    "github.queue.duration": "Time a job waits for a runner, median",
    **{f"github.stage.{stage}": f"{label}, median" for stage, (_, label) in STAGES.items()},
    "github.deployments": "Deployments by workflow",
    "github.deployments.log": "Log of the deployments by workflow",
}
_WORDS = {stage: re.compile(rf"(?i)\b({word})\b") for stage, (word, _) in STAGES.items()}
_OURS = re.compile(r"(?i)(set up|post|complete) ")  # steps that runners add by themselves
_BUILT, _DEPLOYED = ({"publish"}, {"build"}), {"sync", "health", "rollout"}
_PASSED, _FAILED = {"success"}, {"failure", "timed_out", "startup_failure"}  # the others were not let finish


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a workflow that ended, in its last attempt."""

    id: int
    path: str
    revision: str
    passed: bool
    started: datetime
    committed: datetime | None


@dataclass(frozen=True, slots=True)
class Activity:
    """A job or a step that did the work of a stage."""

    stage: str
    started: datetime
    finished: datetime
    passed: bool


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A run with what was done in it, and how many seconds each of its jobs waited for a runner."""

    run: Run
    activities: tuple[Activity, ...]
    waits: tuple[float, ...]

    def end(self, *stages: set[str]) -> datetime | None:
        """When the last activity of the first of those sets that was run ended."""
        for wanted in stages:
            if found := [one.finished for one in self.activities if one.stage in wanted]:
                return max(found)
        return None


def read_runs(found: Iterable[Fields]) -> list[Run]:
    """The runs that passed or failed, newest first. Raises Unavailable for what is none."""
    runs = []
    for one in found:
        conclusion = one.text("conclusion") if "conclusion" in one else ""
        if one.text("status") != "completed" or conclusion not in _PASSED | _FAILED:
            continue
        began = "run_started_at" if "run_started_at" in one else "created_at"
        runs.append(
            Run(
                one.whole("id"),
                one.text("path").partition("@")[0],
                one.text("head_sha"),
                conclusion in _PASSED,
                one.instant(began),
                one.maybe_instant("head_commit.timestamp"),
            )
        )
    return sorted(runs, key=lambda run: run.started, reverse=True)


def read_pipeline(run: Run, jobs: Iterable[Fields]) -> Pipeline:
    """The run with its jobs; what has no beginning or end was not run. Raises Unavailable."""
    activities: list[Activity] = []
    waits: list[float] = []
    for job in jobs:
        steps = [found for step in job.each("steps") if (found := _activity(step)) is not None]
        whole = _activity(job)
        activities += steps or ([whole] if whole else [])
        created, started = job.maybe_instant("created_at"), job.maybe_instant("started_at")
        if created and started and started >= created:
            waits.append((started - created).total_seconds())
    return Pipeline(run, tuple(activities), tuple(waits))


def run_figures(runs: Sequence[Run]) -> Mapping[str, Figure]:
    """How many finished, and which share of them passed."""

    def passed() -> float:
        if not runs:
            raise Unavailable("No workflow run finished on the branch in 30 days.", "Push, or run a workflow.")
        return 100 * sum(run.passed for run in runs) / len(runs)

    return {
        "github.runs": Figure(lambda: len(runs), "{run}", "finished runs | length"),
        "github.runs.passed": Figure(passed, "%", "share of finished runs with conclusion success"),
    }


def pipeline_figures(pipelines: Sequence[Pipeline], workflow: str) -> Mapping[str, Figure]:
    """The times of a deploy, as medians over its runs, and the log of what was deployed."""

    def builds() -> list[float]:
        ends = ((one.run.started, one.end(*_BUILT)) for one in pipelines if one.run.passed)
        return [(end - started).total_seconds() for started, end in ends if end is not None and end >= started]

    def deploys() -> list[float]:
        ends = ((one.end(*_BUILT), one.end(_DEPLOYED)) for one in pipelines if one.run.passed)
        return [(end - built).total_seconds() for built, end in ends if built and end and end >= built]

    def stage(name: str) -> Callable[[], float]:
        def read() -> float:
            return _median([took for one in pipelines if (took := _span(one, name)) is not None], workflow)

        return read

    return {
        "github.build.duration": Figure(
            lambda: _median(builds(), workflow), "s", "median of start to the end of the push, passed runs"
        ),
        "github.deploy.duration": Figure(
            lambda: _median(deploys(), workflow), "s", "median of the end of the push to the last check, passed runs"
        ),
        "github.queue.duration": Figure(
            lambda: _median([wait for one in pipelines for wait in one.waits], workflow),
            "s",
            "jobs | map(.started_at - .created_at) | median",
        ),
        **{
            f"github.stage.{name}": Figure(stage(name), "s", f"median of the steps or jobs named {word}")
            for name, (word, _) in STAGES.items()
        },
        "github.deployments": Figure(
            lambda: len(deployments(pipelines)), "{deployment}", "runs in which a rollout was tried | length"
        ),
        "github.deployments.log": Figure(
            lambda: _log(deployments(pipelines), workflow), "", "runs in which a rollout was tried"
        ),
    }


def deployments(pipelines: Iterable[Pipeline]) -> list[Deployment]:
    """What was deployed, or was tried: a run that ended before its rollout began deployed nothing."""
    found = []
    for one in pipelines:
        tried = [activity for activity in one.activities if activity.stage in _DEPLOYED]
        if tried:
            run, end = one.run, max(activity.finished for activity in tried)
            passed = all(activity.passed for activity in tried)
            found.append(Deployment(end, passed, run.revision, run.started, run.committed))
    return found


def _activity(one: Fields) -> Activity | None:
    name = one.text("name") if "name" in one else ""
    started, finished = one.maybe_instant("started_at"), one.maybe_instant("completed_at")
    conclusion = one.text("conclusion") if "conclusion" in one else ""
    if not started or not finished or finished < started or _OURS.match(name):
        return None
    if conclusion not in _PASSED | _FAILED:
        return None
    stage = next((stage for stage, word in _WORDS.items() if word.search(name)), None)
    return Activity(stage, started, finished, conclusion in _PASSED) if stage else None


def _span(pipeline: Pipeline, stage: str) -> float | None:
    found = [one for one in pipeline.activities if one.stage == stage and one.passed]
    if not found:
        return None
    return (max(one.finished for one in found) - min(one.started for one in found)).total_seconds()


def _median(times: Sequence[float], workflow: str) -> float:
    if not times:
        raise Unavailable(
            f"No recent run of {workflow} shows it.", "See whether its jobs are named after their stages."
        )
    return median(times)


def _log(found: Sequence[Deployment], workflow: str) -> str:
    if not found:
        raise Unavailable(f"No recent run of {workflow} tried a rollout.", "Run it.")
    return dump_deployments(found)

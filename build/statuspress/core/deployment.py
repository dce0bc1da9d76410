"""A deployment: one change brought to production, or the try of it; and a log of them as text, which evidence can hold.

One line a deployment, oldest first: when it ended, success or failure, the revision, when it began, and when the
revision was committed; times are RFC 3339 in UTC, and `-` stands for what is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_UNKNOWN = "-"
_REVISION = re.compile(r"[\w./+:@-]{1,100}\Z")


class DeploymentError(ValueError):
    """A line is not one of a log of deployments. The message says which, and why."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """`finished` and `succeeded` tell how it ended; `started` and `committed` are None when they are not known."""

    finished: datetime
    succeeded: bool
    revision: str
    started: datetime | None = None
    committed: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took, if that is known."""
        return None if self.started is None else (self.finished - self.started).total_seconds()


def dump_deployments(deployments: Iterable[Deployment]) -> str:
    """The log, oldest first."""
    return "\n".join(map(_line, sorted(deployments, key=lambda one: (one.finished, one.revision))))


def load_deployments(text: str) -> tuple[Deployment, ...]:
    """The deployments of a log. Raises DeploymentError."""
    return tuple(_deployment(number, line) for number, line in enumerate(text.splitlines(), 1))


def _line(deployment: Deployment) -> str:
    revision = deployment.revision if _REVISION.match(deployment.revision) else _UNKNOWN
    outcome = "success" if deployment.succeeded else "failure"
    times = [_text(at) for at in (deployment.started, deployment.committed)]
    return " ".join((_text(deployment.finished), outcome, revision, *times))


def _text(at: datetime | None) -> str:
    return _UNKNOWN if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _deployment(number: int, line: str) -> Deployment:
    parts = line.split(" ")
    if len(parts) != 5 or parts[1] not in {"success", "failure"}:
        raise DeploymentError(f"line {number} is not time, outcome, revision and two times")
    finished, outcome, revision, started, committed = parts
    try:
        ended = datetime.fromisoformat(finished)
        times = [None if text == _UNKNOWN else datetime.fromisoformat(text) for text in (started, committed)]
    except ValueError:
        raise DeploymentError(f"line {number} has a time that is none") from None
    if any(at is not None and at.tzinfo is None for at in (ended, *times)):
        raise DeploymentError(f"line {number} has a time without a zone")
    return Deployment(ended, outcome == "success", "" if revision == _UNKNOWN else revision, *times)

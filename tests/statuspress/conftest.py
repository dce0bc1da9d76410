"""A report with one of everything: fresh, ageing, stale, missing and recorded evidence; components in all states."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest

from statuspress.core.component import Availability, ComponentStatus, Day
from statuspress.core.evidence import Dossier, Evidence, Gap, Value
from statuspress.core.finding import Finding, Outcome
from statuspress.core.report import Point, Project, Report
from statuspress.core.score import score_card, score_criterion
from statuspress.core.state import State

NOW = datetime(2031, 3, 18, 14, 5, tzinfo=UTC)
TODAY = date(2031, 3, 18)
_DIGEST = "9f2c" * 16


def _measured(
    id: str, label: str, value: Value, unit: str, *, minutes: float = 3, hours: float | None = 0.25
) -> Evidence:
    source = "reports" if hours is None else "service"
    valid_for = None if hours is None else timedelta(hours=hours)
    query = f"GET http://192.0.2.10:8080/metrics: {id}"
    return Evidence(id, label, value, unit, source, query, NOW - timedelta(minutes=minutes), valid_for, _DIGEST)


def _items() -> list[Evidence | Gap]:
    return [
        _measured("service.ready", "Answers lookups", value=True, unit=""),
        _measured("service.lookup.p50", "Lookup time inside the service, median", 0.00042, "s"),
        _measured("service.lookup.p95", "Lookup time inside the service, 95th percentile", 0.0062, "s"),
        _measured("service.lookup.p99", "Lookup time inside the service, 99th percentile", 0.0113, "s"),
        _measured("service.memory", "Resident memory", 92_274_688, "By", minutes=9),
        _measured("service.cpu", "Processor time since the start", 41.25, "s"),
        _measured("service.uptime", "Uptime", 266_400, "s"),
        _measured("service.requests", "Requests answered since the start", 18_412, "{request}"),
        _measured("service.entries", "Indicators", 552_310, "{indicator}", minutes=13),
        _measured("service.feeds", "Feeds", 12, "{feed}"),
        _measured("service.feeds.failing", "Feeds that fail or are quarantined", 1, "{feed}"),
        _measured("service.version", "Version", "4.2.0", "", minutes=20),  # stale
        _measured("probe.lookup.p95", "Lookup time seen by the collector, 95th percentile", 0.031, "s"),
        _measured("probe.auth.required", "A lookup without a key is refused", value=True, unit=""),
        _measured("tests.passed", "Tests passed", 1284, "{test}", minutes=2000, hours=None),
        _measured("coverage.lines", "Lines covered", 93.1, "%", minutes=2000, hours=None),
        Gap(
            "github.runs",
            "Commit to production, median",
            "github",
            "GitHub answers 401: the token has expired.",
            NOW - timedelta(hours=17),
            "Issue a new token.",
        ),
    ]


def _days(*, trouble: dict[int, dict[State, int]], silent: range, first: int = 90) -> tuple[Day, ...]:
    days = []
    for ago in range(first - 1, -1, -1):
        length = 86_400 if ago else 50_700
        seconds = {State.OPERATIONAL: length} if ago not in silent else {}
        if ago in trouble:
            seconds = {**trouble[ago], State.OPERATIONAL: length - sum(trouble[ago].values())}
        days.append(Day(TODAY - timedelta(days=ago), length, seconds))
    return tuple(days)


def _component(
    id: str, name: str, group: str, state: tuple[State, str, tuple[str, ...]], days: tuple[Day, ...]
) -> ComponentStatus:
    known = sum(s for d in days for kind, s in d.seconds.items() if kind not in {State.UNKNOWN, State.MAINTENANCE})
    down = sum(s for d in days for kind, s in d.seconds.items() if kind in {State.PARTIAL, State.MAJOR})
    held = Availability(known - down, known, 90 * 86_400)
    until = None if state[0] is State.UNKNOWN else NOW + timedelta(minutes=12)
    return ComponentStatus(id, name, group, *state, until, days, held)


def _components() -> tuple[ComponentStatus, ...]:
    silent = range(54, 57)
    return (
        _component(
            "lookup",
            "Lookups",
            "Lookup API",
            (State.OPERATIONAL, "Lookups are answered.", ("service.ready", "service.lookup.p95")),
            _days(trouble={29: {State.MAJOR: 300}}, silent=silent),
        ),
        _component(
            "external",
            "External address",
            "Lookup API",
            (State.PARTIAL, "1 lookup in 16 from outside is answered 502.", ("probe.lookup.p95",)),
            _days(
                trouble={0: {State.PARTIAL: 5000}, 14: {State.PARTIAL: 25_080}, 49: {State.MAJOR: 11_400}},
                silent=silent,
            ),
        ),
        _component(
            "feeds",
            "Feeds",
            "Data",
            (State.DEGRADED, "One feed has not been imported in time.", ("service.feeds.failing",)),
            _days(trouble={ago: {State.DEGRADED: 30_000} for ago in range(1, 4)}, silent=silent),
        ),
        _component(
            "registry",
            "Container registry",
            "Delivery",
            (State.MAINTENANCE, "Old tags are being cleaned up.", ("tests.passed",)),
            _days(trouble={0: {State.MAINTENANCE: 2000}, 60: {State.MAINTENANCE: 7200}}, silent=silent),
        ),
        _component(
            "database",
            "Store",
            "Data",
            (State.MAJOR, "The store does not answer.", ("service.ready",)),
            _days(trouble={0: {State.MAJOR: 4000}}, silent=range(75, 90)),
        ),
        _component(
            "runners",
            "Self-hosted runners",
            "Delivery",
            (State.UNKNOWN, "GitHub answers 401: the token has expired.", ("github.runs",)),
            _days(trouble={}, silent=range(1), first=30),
        ),
    )


_CRITERIA = (
    ("source-control", "Source control", 10, 9.0),
    ("container-registry", "Container registry", 8, None),
    ("security-scanning", "Security scanning", 12, 6.0),
    ("testing", "Testing", 12, 8.5),
    ("ci-cd", "CI/CD pipeline", 10, None),
    ("github-pages", "GitHub Pages", 6, 9.5),
    ("kubernetes", "Kubernetes manifests", 14, 5.5),
    ("argo-cd", "Argo CD integration", 10, 7.5),
    ("security-system", "Security system", 10, 7.0),
    ("runners", "Self-hosted runners", 8, None),
)


def _findings(id: str, score: float | None) -> list[Finding]:
    if score is None:
        reason = "GitHub answers 401 since 17 March."
        return [
            Finding(
                f"{id}.any", "Runs succeed", Outcome.INCONCLUSIVE, None, 2, reason, "Issue a token.", ("github.runs",)
            )
        ]
    passed = Finding(
        f"{id}.first", "Tests pass", Outcome.PASS, 10.0, 1, "1,284 passed, none failed.", "", ("tests.passed",)
    )
    failed = Finding(
        f"{id}.second",
        "Lookups need a key",
        Outcome.FAIL,
        2 * score - 10,
        1,
        "An anonymous lookup was answered.",
        "Turn anonymous access off.",
        ("probe.auth.required",),
    )
    return [passed, failed]


def _series(base: float, *, step: int = 10) -> tuple[Point, ...]:
    points = []
    for minute in range(24 * 60, -1, -step):
        at = NOW - timedelta(minutes=3 + minute)
        wave = base * (1 + 0.25 * math.sin(minute / 97) + 0.08 * math.sin(minute / 7))
        spike = 2.2 if 395 <= minute <= 410 else 1.0
        points.append(Point(at, None if 1000 <= minute <= 1080 else wave * spike))
    return tuple(points)


@pytest.fixture
def now() -> datetime:
    """The instant at which the sample report is made."""
    return NOW


@pytest.fixture
def report(sample: Report) -> Report:
    """A report that holds one of everything."""
    return sample


@pytest.fixture(scope="session")
def sample() -> Report:
    """The same, for fixtures of the whole session. Reports are frozen."""
    items = _items()
    criteria = [
        score_criterion(name, title, f"How {title} is looked after.", weight, _findings(name, score))
        for name, title, weight, score in _CRITERIA
    ]
    return Report(
        now=NOW,
        project=Project(
            "blacklist", "https://site.example/blacklist/", "https://code.example/blacklist", "v4.2.0", "7c1f0ae"
        ),
        dossier=Dossier(NOW - timedelta(minutes=3), {item.id: item for item in items}),
        scorecard=score_card(criteria),
        components=_components(),
        series={
            "service.lookup.p50": _series(0.0004),
            "service.lookup.p95": _series(0.006),
            "service.lookup.p99": _series(0.011),
            "service.memory": _series(88_000_000),
            "probe.lookup.p95": _series(0.03)[-6:],
        },
    )

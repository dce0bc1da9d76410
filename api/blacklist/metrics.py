"""Counters of a serving process: plain integers, which a collector reads when /metrics is scraped.

A counter object of a metrics library takes a lock for each step and was a third of a lookup's time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

# Upper bounds in seconds: lookups take tens of microseconds, lists and batches up to seconds.
BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# `done` and `refused` are decisions on a password; `renewed` and `reused` on a refresh token.
LOGINS = ("done", "refused", "throttled", "busy", "unavailable", "renewed", "reused")


class Histogram:
    """Durations in seconds: a count for each bucket (the last is the rest), and their sum."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0


class Asked:
    """Which listed addresses are asked for most: for the live page alone, never for a label.

    It holds at most KEPT; when there are more, the half with the lower counts is forgotten, so a count may be too low
    but never too high.
    """

    KEPT = 2048
    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: dict[tuple[int, int], int] = {}

    def add(self, version: int, value: int) -> None:
        """Counts one listed verdict on the address of that IP version and value."""
        key = version, value
        counts = self.counts
        if key in counts:
            counts[key] += 1
        else:
            if len(counts) >= self.KEPT:
                self.counts = counts = dict(self.top(self.KEPT // 2))
            counts[key] = 1

    def top(self, most: int) -> list[tuple[tuple[int, int], int]]:
        """The addresses with the highest counts, the highest first."""
        return sorted(self.counts.items(), key=lambda item: -item[1])[:most]


class Metrics:
    """All counters. Labels are bounded: route templates and known outcomes, never addresses or keys."""

    __slots__ = (
        "asked",
        "audit_entries",
        "audit_failures",
        "auth_failures",
        "auth_failures",
        "connections",
        "durations",
        "durations",
        "imports",
        "imports",
        "logins",
        "lookups",
        "lookups",
        "rate_limited",
        "requests",
        "snapshots_refused",
    )

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()  # route, method, status
        self.durations: dict[str, Histogram] = {}  # route
        self.lookups: Counter[str] = Counter({"listed": 0, "unlisted": 0, "allowlisted": 0, "invalid": 0})
        self.auth_failures: Counter[str] = Counter()  # reason
        self.logins: Counter[str] = Counter(dict.fromkeys(LOGINS, 0))  # outcome
        self.audit_entries = self.audit_failures = 0
        self.rate_limited: Counter[str] = Counter({"key": 0, "address": 0})  # whose quota was spent
        self.connections: Counter[str] = Counter()  # closed before their time, by reason
        self.imports: Counter[str] = Counter()  # how the importer's process ended
        self.snapshots_refused = 0
        self.asked = Asked()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts one request that was answered."""
        self.requests[route, method, status] += 1
        histogram = self.durations.get(route)
        if histogram is None:
            histogram = self.durations[route] = Histogram()
        histogram.counts[bisect_left(BUCKETS, seconds)] += 1
        histogram.sum += seconds

    def connection_refused(self, reason: str) -> None:
        """Counts one connection that a limit closed."""
        self.connections[reason] += 1

"""The figures of the live page, as one value."""

from __future__ import annotations

from collections import Counter
from typing import Any

from blacklist.core.indicator import format_address
from blacklist.web.health import describe
from blacklist.web.limiting import limited_clients
from blacklist.web.recorder import LOOKUP, OUTCOMES, QUANTILES, Route
from blacklist.web.state import State

TOP = 10  # addresses, and callers whose quota is spent
PULLS = 20  # lists that consumers take, the late ones first
_NAMES = tuple(f"p{round(one * 100)}" for one in QUANTILES)
_IDLE = Route(0.0, (None,) * len(QUANTILES))


def figures(state: State, now: float) -> dict[str, Any]:
    """What the page shows. Durations are in seconds; rates are per second, over `window_seconds`."""
    metrics, recorder = state.metrics, state.recorder
    routes, verdicts = recorder.routes(), recorder.verdicts()
    return {
        "at": now,
        "point": recorder.points[-1] if recorder.points else None,
        "window_seconds": recorder.seconds,
        "health": describe(state, now),
        "requests": {
            "total": sum(metrics.requests.values()),
            "rate": sum(route.rate for route in routes.values()) if routes else None,
        },
        "latency": dict(zip(_NAMES, routes.get(LOOKUP, _IDLE).quantiles, strict=True)),
        "verdicts": [
            {"outcome": name, "total": metrics.lookups[name], "rate": verdicts.get(name)} for name in OUTCOMES
        ],
        "routes": _routes(state, routes),
        "refused": dict(metrics.auth_failures.most_common()),
        "asked": [
            {"address": format_address(version, value), "count": count}
            for (version, value), count in metrics.asked.top(TOP)
        ],
        "limited": limited_clients(state, now, TOP),
        "pulls": _pulls(state, now),
    }


def _routes(state: State, recent: dict[str, Route]) -> list[dict[str, Any]]:
    """Every route that was ever asked, the busiest of the window first."""
    totals: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {"limited": Counter(), "refused": Counter(), "failed": Counter()}
    for (route, _, status), count in state.metrics.requests.items():
        totals[route] += count
        kind = "limited" if status == 429 else "failed" if status >= 500 else "refused" if status >= 400 else ""
        if kind:
            kinds[kind][route] += count
    rows = []
    for route, total in totals.items():
        now = recent.get(route, _IDLE)
        counts = {kind: of[route] for kind, of in kinds.items()}
        times = dict(zip(_NAMES, now.quantiles, strict=True))
        rows.append({"route": route, "total": total, "rate": now.rate, **times, **counts})
    return sorted(rows, key=lambda row: (-row["rate"], -row["total"], row["route"]))


def _pulls(state: State, now: float) -> list[dict[str, Any]]:
    rows = [
        {
            "consumer": pull.taken.consumer,
            "list": pull.taken.list,
            "generation": pull.generation,
            "entries": pull.entries,
            "age_seconds": max(0, int(now - pull.at)),
            "late": pull.late(now),
        }
        for pull in reversed(list(state.pulls))
    ]
    return sorted(rows, key=lambda row: not row["late"])[:PULLS]

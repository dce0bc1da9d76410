"""What Bandit found in the code: `bandit.json`."""

from __future__ import annotations

import json

from statuspress.sources.report import Reading, ReportError, ReportKind, instant, whole


def read_bandit(raw: bytes) -> Reading:
    """The totals by severity: of all that was found, whatever level the listing was cut at."""
    try:
        document = json.loads(raw)
        totals = document["metrics"]["_totals"]
        unread = len(document["errors"])
        at = instant(document.get("generated_at"))
        severities = {level: totals[f"SEVERITY.{level}"] for level in ("HIGH", "MEDIUM", "LOW")}
        lines = whole(totals, "loc", "its totals")
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ReportError("It is not the JSON report of Bandit.") from None
    except json.JSONDecodeError:
        raise ReportError("It is not JSON.") from None
    if lines == 0:
        raise ReportError("It scanned no line.")
    found = {level: whole(severities, level, "its totals") for level in severities}
    return Reading(
        {
            "bandit.high": (found["HIGH"], "{finding}"),
            "bandit.medium": (found["MEDIUM"], "{finding}"),
            "bandit.low": (found["LOW"], "{finding}"),
            "bandit.unread": (unread, "{file}"),
            "bandit.lines": (lines, "{line}"),
        },
        at,
    )


BANDIT = ReportKind(
    "`make lint`",
    {"bandit.json": read_bandit},
    {
        "bandit.high": "Bandit findings of high severity",
        "bandit.medium": "Bandit findings of medium severity",
        "bandit.low": "Bandit findings of low severity",
        "bandit.unread": "Files that Bandit could not read",
        "bandit.lines": "Lines that Bandit scanned",
    },
)

"""`statuspress doctor`: every configured source tried, and each failure explained with its remedy. Saves nothing."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from statuspress.checks.diagnosis import Diagnosis, Health, Outside, Trouble, diagnose, judge_outside
from statuspress.config import Config, load_config
from statuspress.core.document import rfc3339
from statuspress.errors import UsageError
from statuspress.settings.blackbox import BlackboxSettings
from statuspress.sources.collector import collect
from statuspress.sources.leaving import run_leaving
from statuspress.sources.outside import look_from_outside
from statuspress.sources.progress import ProgressLines

_MARKS = {Health.WELL: "✓", Health.PARTLY: "○", Health.FAILED: "✗"}
_NAMED = 3  # figures of a trouble


def run(options: Namespace) -> int:
    """0 when every source gave all its figures and the way from outside is open; else 1."""
    config = load_config(options.config, os.environ)
    if options.service:
        config = config.with_service(options.service)
    names = tuple(config.sources)
    if not names:
        raise UsageError(f"{config.path} configures no source: add [sources.service]")
    now = datetime.now(UTC).replace(microsecond=0)
    lines = ProgressLines(names, sys.stderr)
    dossier = run_leaving(collect(config, now, lines.done))
    diagnoses = diagnose(dossier, names)
    outside = _outside(config)
    trouble = judge_outside(outside, dossier, now) if outside else None
    if options.json:
        json.dump(_document(diagnoses, outside, trouble, now), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        print("\n".join(_lines(diagnoses, outside, trouble)))
    return 1 if trouble or any(one.troubles for one in diagnoses) else 0


def _outside(config: Config) -> Outside | None:
    blackbox = config.sources.get("blackbox")
    if not isinstance(blackbox, BlackboxSettings) or not blackbox.target:
        return None
    return run_leaving(look_from_outside(blackbox.target))


def _lines(diagnoses: Sequence[Diagnosis], outside: Outside | None, trouble: Trouble | None) -> list[str]:
    width = max(len(one.source) for one in diagnoses)
    lines = []
    for one in diagnoses:
        missing = sum(len(found.ids) for found in one.troubles)
        gaps = f", {missing} missing" if missing else ""
        lines.append(f"{_MARKS[one.health]} {one.source:<{width}}  {one.figures} figures{gaps}")
        for found in one.troubles:
            lines += _sentences(found)
    if outside:
        lines.append(f"{'✗' if trouble else '✓'} {'outside':<{width}}  {outside.url}")
        lines += _sentences(trouble) if trouble else []
    return lines


def _sentences(trouble: Trouble) -> list[str]:
    more = len(trouble.ids) - _NAMED
    named = ", ".join(trouble.ids[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    lines = [f"    {trouble.reason}{f' ({named})' if named else ''}"]
    return [*lines, f"    → {trouble.remedy}"] if trouble.remedy else lines


def _document(
    diagnoses: Sequence[Diagnosis], outside: Outside | None, trouble: Trouble | None, now: datetime
) -> dict[str, Any]:
    return {
        "version": 1,
        "checked_at": rfc3339(now),
        "sources": [
            {
                "source": one.source,
                "health": one.health,
                "figures": one.figures,
                "troubles": [_trouble(found) for found in one.troubles],
            }
            for one in diagnoses
        ],
        "outside": outside
        and {"url": outside.url, "status": outside.status, "trouble": _trouble(trouble) if trouble else None},
    }


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {"reason": trouble.reason, "remedy": trouble.remedy, "ids": list(trouble.ids)}

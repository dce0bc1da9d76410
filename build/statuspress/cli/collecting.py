"""`statuspress collect`: every configured source asked, and what it brought home saved."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from statuspress.archive import Archive
from statuspress.checks.components import assess, held_states
from statuspress.cli.report import load_content, load_incidents
from statuspress.config import load_config
from statuspress.core.document import dump_dossier
from statuspress.core.evidence import Dossier, Gap
from statuspress.core.history import make_sample
from statuspress.core.incident import maintained
from statuspress.core.lateness import lateness
from statuspress.core.past import Past
from statuspress.errors import DataError, UsageError
from statuspress.settings.option import checked_address
from statuspress.sources.collector import collect
from statuspress.sources.interface import Unavailable
from statuspress.sources.leaving import run_leaving
from statuspress.sources.progress import ProgressLines
from statuspress.sources.push import push

_RUN = re.compile(r"[A-Za-z0-9_-]*")


def run(options: Namespace) -> int:
    """0 with gaps noted; 1 when a required source has one, or the push failed, with everything written all the same."""
    config = load_config(options.config, os.environ)
    if options.service:
        config = config.with_service(options.service)
    if options.push:
        _check_address(options.push, "--push")
    names = tuple(config.sources)
    if unknown := [name for name in options.require if name not in names]:
        raise UsageError(f"--require {unknown[0]}: not configured in {config.path}; configured: {', '.join(names)}")
    thresholds, components = load_content(config.root)
    now = datetime.now(UTC).replace(microsecond=0)
    if not _RUN.fullmatch(options.run):
        raise UsageError(f"--run {options.run}: a run is named by letters, digits, _ and - only")
    lines = ProgressLines(names, sys.stderr)
    archive = Archive(options.data or config.data, options.run)
    found = run_leaving(collect(config, now, lines.done))
    own = lateness(collection_times(archive, now), now, config.every)
    dossier = replace(found, items={**found.items, **{item.id: item for item in own}}).after(_before(archive, now))
    planned = maintained(load_incidents(config.root), now)
    states = held_states(assess(components, Past(), dossier, thresholds, now), now, planned, config.every)
    archive.save(dossier, make_sample(dossier, states))
    gaps = [item for item in dossier if isinstance(item, Gap)]
    for reason, ids in _by_reason(gaps).items():
        named = f"{', '.join(ids[:3])}{f' and {len(ids) - 3} more' if len(ids) > 3 else ''}"
        print(f"  gap: {named}: {reason}", file=sys.stderr)
    figures = len(dossier.items) - len(gaps)
    print(f"{figures} figures and {len(gaps)} gaps in {archive.evidence}", file=sys.stderr)
    pushed = not options.push or _push(options.push, dossier)
    if options.json:
        json.dump(dump_dossier(dossier), sys.stdout, ensure_ascii=False, allow_nan=False, indent=1)
        print()
    if missed := sorted({gap.source for gap in gaps} & set(options.require)):
        print(f"statuspress: required, but with gaps: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0 if pushed else 1


def _push(url: str, dossier: Dossier) -> bool:
    """Whether it got there. The evidence is saved by then."""
    try:
        figures = run_leaving(push(url, dossier))
    except Unavailable as why:
        print(f"statuspress: not pushed: {why.reason} {why.remedy}", file=sys.stderr)
        return False
    print(f"{figures} figures pushed to {url}", file=sys.stderr)
    return True


def _check_address(text: str, name: str) -> None:
    try:
        checked_address(text, name)
    except ValueError as error:
        raise UsageError(str(error)) from None


def collection_times(archive: Archive, now: datetime) -> list[datetime]:
    """When the collections of the last day were, and at least the last one before them. Raises DataError."""
    days = archive.days()
    since = (now - timedelta(days=1)).date()
    earlier = max((day for day in days if day < since), default=since)
    samples, _ = archive.samples(earlier)
    return [sample.at for sample in samples]


def _before(archive: Archive, now: datetime) -> Dossier:
    try:
        return archive.load(now)
    except DataError as error:
        print(f"warning: {error}; it is replaced", file=sys.stderr)
        return Dossier(now, {})


def _by_reason(gaps: Sequence[Gap]) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for gap in gaps:
        reasons.setdefault(gap.reason, []).append(gap.id)
    return reasons

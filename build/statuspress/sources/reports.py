"""The folder of reports: one file each of tests, coverage and scans. They are records, so they never go stale."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.reports import ReportsSettings
from statuspress.sources.bandit import BANDIT
from statuspress.sources.coverage import COVERAGE
from statuspress.sources.cyclonedx import CYCLONEDX
from statuspress.sources.interface import Gaps, Unavailable
from statuspress.sources.junit import JUNIT
from statuspress.sources.pip_audit import PIP_AUDIT
from statuspress.sources.report import ReportError, ReportKind
from statuspress.sources.trivy import TRIVY, TRIVY_CONFIG

KINDS = (JUNIT, COVERAGE, BANDIT, PIP_AUDIT, TRIVY, TRIVY_CONFIG, CYCLONEDX)
CAP = 64 << 20  # bytes: the report of a very large test run
_SKEW = timedelta(minutes=5)


class ReportsSource:
    """Reads every report there is; a missing or broken one is a gap for its own ids."""

    name = "reports"
    ids: Mapping[str, str] = {name: label for kind in KINDS for name, label in kind.ids.items()}

    async def collect(
        self,
        settings: ReportsSettings,
        client: httpx.AsyncClient,  # noqa: ARG002 - the interface's
        now: datetime,
    ) -> Sequence[Evidence | Gap]:
        """The figures of all kinds, in the order of KINDS."""
        parts = await asyncio.gather(*(asyncio.to_thread(_read, settings.folder, kind, now) for kind in KINDS))
        return [item for part in parts for item in part]


def _read(folder: Path, kind: ReportKind, now: datetime) -> list[Evidence | Gap]:
    path = next((folder / name for name in kind.files if (folder / name).is_file()), None)
    gaps = Gaps("reports", kind.ids, now)
    if path is None:
        names = " or ".join(kind.files)
        why = Unavailable(f"There is no {names} in {folder.name}/.", f"Run {kind.writer}, which writes it.")
        return gaps.make(list(kind.ids), why)
    try:
        raw = _bytes(path)
        reading = kind.files[path.name](raw)
        at = _time(reading.at or datetime.fromtimestamp(path.stat().st_mtime, UTC), now)
    except OSError as error:
        return gaps.make(list(kind.ids), Unavailable(f"{path.name} cannot be read: {error.strerror}."))
    except ReportError as error:
        remedy = f"Run {kind.writer} again."
        return gaps.make(list(kind.ids), Unavailable(f"{path.name} is not usable: {error}", remedy))
    digest = sha256(raw).hexdigest()
    items: list[Evidence | Gap] = [
        Evidence(name, kind.ids[name], value, unit, "reports", f"{path.name}: {name}", at, None, digest)
        for name, (value, unit) in reading.figures.items()
    ]
    for name, reason in reading.missing.items():
        items += gaps.make([name], Unavailable(f"{path.name} does not say it: {reason}", f"See {kind.writer}."))
    return items


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(CAP + 1)
    if len(raw) > CAP:
        raise ReportError(f"It is larger than {CAP >> 20} MiB.")
    return raw


def _time(at: datetime, now: datetime) -> datetime:
    if at > now + _SKEW:
        raise ReportError(f"Its time, {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC, lies ahead.")
    return at.astimezone(UTC)

"""The five DORA measures as figures: from the log of deployments that a source brought home, and from incidents.

GitHub's log is read first. Argo CD remembers only what succeeded, so by its log alone nobody knows how much failed.
"""

from __future__ import annotations

from datetime import timedelta

from statuspress.core.deployment import DeploymentError, load_deployments
from statuspress.core.dora import Measure, measure
from statuspress.core.evidence import Evidence, Gap
from statuspress.core.report import Report
from statuspress.render.derived import SOURCE, Derived, made
from statuspress.render.texts import Texts

WINDOW = timedelta(days=90)
IDS = ("dora.lead_time", "dora.frequency", "dora.recovery_time", "dora.change_fail_rate", "dora.rework_rate")
_LOGS = ("github.deployments.log", "argocd.deployments.log")
_NEEDS_FAILURES = {"dora.recovery_time", "dora.change_fail_rate"}
_QUERIES = {
    "dora.lead_time": "median(finished - committed)",
    "dora.frequency": "count(succeeded) / weeks",
    "dora.recovery_time": "median(recovered - failed)",
    "dora.change_fail_rate": "100 * count(failed) / count(ended)",
    "dora.rework_rate": "100 * count(unplanned) / count(told)",
}


def deliveries(report: Report, texts: Texts) -> list[Derived]:
    """All five, of the 90 days that end now; those of which nothing is known are gaps."""
    found = [item for id in _LOGS if isinstance(item := report.dossier.known(id, report.now), Evidence)]
    log = found[0] if found else None
    try:
        deployments = load_deployments(str(log.value)) if log else ()
    except DeploymentError:
        deployments, log = (), None
    dora = measure(deployments, report.impairments, {}, report.now - WINDOW, report.now)
    return [_figure(one, log, report, texts) for one in dora.measures]


def _figure(one: Measure, log: Evidence | None, report: Report, texts: Texts) -> Derived:
    key = one.id.partition(".")[2]
    label = texts(f"derived.dora_{key}", count=one.n, days=WINDOW.days)
    if log is None:
        return Derived(Gap(one.id, label, SOURCE, texts("derived.no_log"), report.now), ())
    if log.id != _LOGS[0] and one.id in _NEEDS_FAILURES:
        return Derived(Gap(one.id, label, SOURCE, texts("derived.no_failures"), report.now), (log.id,))
    if one.value is None:
        return Derived(Gap(one.id, label, SOURCE, texts("derived.no_deployment"), report.now), (log.id,))
    query = f"{_QUERIES[one.id]} over {WINDOW.days} d, n = {one.n}"
    return Derived(made(one.id, label, (round(one.value, 4), one.unit), query, (report.now, None)), (log.id,))

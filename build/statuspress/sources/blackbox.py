"""Prometheus's blackbox exporter: the address outside, its status and its certificate.

https://github.com/prometheus/blackbox_exporter
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx

from statuspress.core.evidence import Evidence, Gap
from statuspress.settings.blackbox import BlackboxSettings
from statuspress.sources.exposition import Exposition, parse_exposition
from statuspress.sources.fetch import Call, send
from statuspress.sources.interface import Unavailable
from statuspress.sources.notes import Notes, Origin

_PART = 0.8  # of the deadline for the probe; the exporter needs some of it itself
_FARTHEST = 253_402_300_799.0  # the last second of the year 9999
_LEAST = 1.0  # seconds: from what it is told the exporter takes half a second off


class BlackboxSource:
    """Asks an exporter for one probe of one address."""

    name = "blackbox"
    ids: Mapping[str, str] = {
        "blackbox.up": "The service answers from outside",
        "blackbox.status": "HTTP status from outside",
        "blackbox.duration": "Time of the probe from outside",
        "blackbox.tls": "The address outside is reached over TLS",
        "blackbox.tls.version": "Version of TLS at the address outside",
        "blackbox.certificate.ends": "End of the certificate at the address outside",
        "blackbox.certificate.left": "Time left to the certificate at the address outside",
    }

    async def collect(
        self, settings: BlackboxSettings, client: httpx.AsyncClient, now: datetime
    ) -> Sequence[Evidence | Gap]:
        """One probe."""
        for name in ("url", "target"):
            if not getattr(settings, name):
                raise Unavailable(f"sources.blackbox.{name} is not set.", "Set it in statuspress.toml.")
        asked = urlencode({"target": settings.target, "module": settings.module})
        limit = {"x-prometheus-scrape-timeout-seconds": f"{max(_LEAST, _PART * settings.deadline):.1f}"}
        call = Call(f"{settings.url}/probe?{asked}", headers=limit)
        answer = await send(client, call, timeout=0.95 * settings.deadline)
        if answer.status == 400 and b"module" in answer.body[:1000]:
            raise Unavailable(f"The exporter knows no module {settings.module}.", "Configure another.")
        try:
            seen = parse_exposition(answer.body, "The probe")
        except ValueError:
            raise answer.unexpected("a probe") from None
        if answer.status != 200 or "probe_success" not in seen.samples:
            raise answer.unexpected("a probe")
        notes = Notes(self.name, self.ids, now, settings.valid_for)
        _note(notes, seen, Origin(f"probe of {settings.target} by {settings.module}", answer.digest, settings.target))
        return notes.items


def _note(notes: Notes, seen: Exposition, origin: Origin) -> None:
    def figure(name: str) -> Origin:
        return Origin(f"{origin.query}: {name}", origin.digest, origin.link)

    def status() -> int:
        found = int(seen.value("probe_http_status_code"))
        if not found:
            raise Unavailable("The address outside gave no HTTP answer.", "See whether its name and TLS are right.")
        return found

    def version() -> str:
        found = seen.samples.get("probe_tls_version_info")
        if not found:
            raise Unavailable("The address outside is not reached over TLS.", "Serve it over https.")
        return found[0].labels.get("version", "")[:20]

    def ends() -> datetime:
        if "probe_ssl_earliest_cert_expiry" not in seen.samples:
            raise Unavailable("The probe saw no certificate that holds.", "See whether one is there and trusted.")
        return datetime.fromtimestamp(min(seen.value("probe_ssl_earliest_cert_expiry"), _FARTHEST), UTC)

    def left() -> float:
        return max(0.0, (ends() - notes.now).total_seconds())

    certificate = "probe_ssl_earliest_cert_expiry"
    notes.note("blackbox.up", lambda: seen.value("probe_success") == 1, "", figure("probe_success"))
    notes.note("blackbox.status", status, "1", figure("probe_http_status_code"))
    notes.note("blackbox.duration", lambda: seen.value("probe_duration_seconds"), "s", figure("probe_duration_seconds"))
    notes.note("blackbox.tls", lambda: seen.value("probe_http_ssl") == 1, "", figure("probe_http_ssl"))
    notes.note("blackbox.tls.version", version, "", figure("probe_tls_version_info"))
    notes.note("blackbox.certificate.ends", lambda: f"{ends():%Y-%m-%dT%H:%M:%SZ}", "", figure(certificate))
    notes.note("blackbox.certificate.left", left, "s", figure(certificate))

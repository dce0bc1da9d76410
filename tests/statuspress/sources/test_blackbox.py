"""The blackbox source against a real exporter that probes servers which answer well, badly, over TLS, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from answering import Answering, Reply, answering
from certified import make_authority
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.blackbox import BlackboxSettings
from statuspress.sources.blackbox import BlackboxSource
from systems import blackbox_exporter, free_port

Ask = Callable[..., Dossier]
NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
NO_TLS = {"blackbox.tls.version", "blackbox.certificate.ends", "blackbox.certificate.left"}


@dataclass
class Outside:
    """A real exporter, and what it is to probe: a server with TLS and one without."""

    url: str
    plain: Answering
    secure: Answering


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = tmp_path_factory.mktemp("blackbox")
    authority = make_authority(folder)
    modules = {
        "http_2xx": {"prober": "http", "http": {"preferred_ip_protocol": "ip4"}},
        "own_authority": {
            "prober": "http",
            "http": {"preferred_ip_protocol": "ip4", "tls_config": {"ca_file": str(authority.certificate)}},
        },
    }
    with ExitStack() as stack:
        plain = stack.enter_context(answering())
        secure = stack.enter_context(answering(tls=authority.server()))
        for server in (plain, secure):
            server.set("/", Reply(b"well"))
        yield Outside(stack.enter_context(blackbox_exporter(folder, modules)), plain, secure)


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier]) -> Ask:
    """Has that exporter probe that target."""

    def run(url: str, target: str, now: datetime | None = None, **options: Any) -> Dossier:
        settings = BlackboxSettings(url=url, target=target, **options)
        return gather(
            replace(configure("http://127.0.0.1:9"), sources={"blackbox": settings}), now or datetime.now(UTC)
        )

    return run


def values(dossier: Dossier) -> dict[str, Any]:
    return {item.id.removeprefix("blackbox."): item.value for item in dossier if isinstance(item, Evidence)}


def gaps(dossier: Dossier) -> dict[str, str]:
    return {item.id: item.reason for item in dossier if isinstance(item, Gap)}


def test_an_address_over_tls_is_seen_with_its_certificate(outside: Outside, ask: Ask) -> None:
    dossier = ask(outside.url, outside.secure.url, module="own_authority")
    assert gaps(dossier) == {}
    found = values(dossier)
    assert (found["up"], found["status"], found["tls"], found["tls.version"]) == (True, 200, True, "TLS 1.3")
    assert found["certificate.left"] == pytest.approx(30 * 86_400, abs=3600)
    assert datetime.fromisoformat(found["certificate.ends"]) > datetime.now(UTC)
    assert 0 < found["duration"] < 5
    item = dossier.items["blackbox.status"]
    assert isinstance(item, Evidence)
    assert item.query == f"probe of {outside.secure.url} by own_authority: probe_http_status_code"
    assert item.link == outside.secure.url


def test_a_certificate_that_has_ended_has_no_time_left(outside: Outside, ask: Ask) -> None:
    later = datetime(2091, 1, 1, tzinfo=UTC)
    assert values(ask(outside.url, outside.secure.url, later, module="own_authority"))["certificate.left"] == 0


def test_a_502_outside_is_known_as_what_it_is(outside: Outside, ask: Ask) -> None:
    outside.plain.set("/broken", Reply(b"bad gateway", 502))
    dossier = ask(outside.url, f"{outside.plain.url}/broken")
    found = values(dossier)
    assert (found["up"], found["status"], found["tls"]) == (False, 502, False)
    assert set(gaps(dossier)) == NO_TLS


def test_a_certificate_that_nobody_trusts_is_no_answer(outside: Outside, ask: Ask) -> None:
    dossier = ask(outside.url, outside.secure.url)
    assert values(dossier)["up"] is False
    assert gaps(dossier)["blackbox.status"] == "The address outside gave no HTTP answer."
    assert "blackbox.certificate.left" in gaps(dossier)


def test_an_address_that_nothing_listens_on_is_down(outside: Outside, ask: Ask) -> None:
    dossier = ask(outside.url, f"http://127.0.0.1:{free_port()}")
    assert values(dossier)["up"] is False
    assert "blackbox.status" in gaps(dossier)


def test_a_module_or_setting_that_is_missing_is_a_gap_for_all(outside: Outside, ask: Ask) -> None:
    for options, reason in (
        ({"module": "none"}, "The exporter knows no module none."),
        ({"target": ""}, "sources.blackbox.target is not set."),
        ({"url": ""}, "sources.blackbox.url is not set."),
    ):
        given = {"url": outside.url, "target": outside.plain.url} | options
        found = gaps(ask(**given))
        assert set(found.values()) == {reason}
        assert set(found) == set(BlackboxSource.ids)


@pytest.mark.parametrize(
    ("line", "missing", "reason"),
    [
        ("probe_duration_seconds NaN", "blackbox.duration", "The probe gives probe_duration_seconds, but nan is not"),
        ("probe_duration_seconds -1", "blackbox.duration", "-1 is negative"),
        ("probe_ssl_earliest_cert_expiry 9e15", "", ""),
        ("probe_ssl_earliest_cert_expiry 1e300", "blackbox.certificate.left", "too large"),
        ("probe_http_status_code 0", "blackbox.status", "gave no HTTP answer"),
    ],
)
def test_a_probe_with_a_figure_gone_wrong_is_a_gap_for_that_alone(
    ask: Ask, line: str, missing: str, reason: str
) -> None:
    lines = {
        "probe_success": "1",
        "probe_http_status_code": "200",
        "probe_duration_seconds": "0.1",
        "probe_http_ssl": "1",
        "probe_ssl_earliest_cert_expiry": "1.95e9",
        'probe_tls_version_info{version="TLS 1.2"}': "1",
    }
    name, _, number = line.partition(" ")
    with answering() as server:
        server.set(
            "/probe", Reply("".join(f"{key} {value}\n" for key, value in (lines | {name: number}).items()).encode())
        )
        found = gaps(ask(server.url, "http://192.0.2.9", NOW))
        assert server.asked[0].headers["x-prometheus-scrape-timeout-seconds"] == "8.0"
    assert reason in found.get(missing, "")
    assert len(found) == (2 if "certificate" in missing else len(missing) > 0)

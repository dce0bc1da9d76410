"""Every source that asks over HTTP, and every way for an answer to go wrong: gaps with a reason, and no key astray."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest

import argocd_answers
import github_answers
import hostile as spoilt
from answering import Reply, answering, as_json
from hostile import Behave, hostile
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.container_registry import RegistrySettings
from statuspress.settings.github import GithubSettings
from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.settings.prometheus import PrometheusSettings
from statuspress.settings.section import SourceSettings
from statuspress.settings.service import ServiceSettings

TOKEN = "a-token-that-must-not-go-astray"
Ask = Callable[..., Dossier]
Make = Callable[[str, Path], SourceSettings]


def _kubernetes(url: str, folder: Path) -> SourceSettings:
    user = {"name": "u", "user": {"token": TOKEN}}
    context = {"name": "x", "context": {"cluster": "c", "user": "u"}}
    cluster = {"name": "c", "cluster": {"server": url}}
    path = folder / "kubeconfig"
    path.write_text(json.dumps({"current-context": "x", "contexts": [context], "clusters": [cluster], "users": [user]}))
    return KubernetesSettings(kubeconfig=path)


SECTIONS: Mapping[str, Make] = {
    "service": lambda url, _: ServiceSettings(url=url, token=TOKEN, lookups=2),
    "prometheus": lambda url, _: PrometheusSettings(url=url, token=TOKEN),
    "registry": lambda url, _: RegistrySettings(image="registry.example/owner/blacklist", url=url, token=TOKEN),
    "kubernetes": _kubernetes,
    "argocd": lambda url, _: ArgocdSettings(url=url, token=TOKEN),
    "github": lambda url, folder: GithubSettings(
        repository=github_answers.NAME, url=url, pages=url, token=TOKEN, cache=folder / "github.json"
    ),
}


@pytest.fixture(params=SECTIONS)
def ask(
    request: pytest.FixtureRequest,
    configure: Callable[..., Config],
    gather: Callable[[Config], Dossier],
    tmp_path: Path,
) -> Ask:
    """Collects from one source at that address."""

    def run(url: str, deadline: float = 10) -> Dossier:
        section = replace(SECTIONS[request.param](url, tmp_path), deadline=deadline)
        return gather(replace(configure(url), sources={request.param: section}))

    return run


def gaps_alone(dossier: Dossier) -> list[Gap]:
    """All of it, which must be gaps with a sentence each, and hold no key."""
    gaps = [item for item in dossier if isinstance(item, Gap)]
    assert gaps
    assert len(gaps) == len(dossier.items), [item for item in dossier if isinstance(item, Evidence)]
    for gap in gaps:
        assert gap.reason[:1].isupper() or gap.reason.startswith(("http", "/"))
        assert gap.reason.endswith(".")
        assert "unexpectedly" not in gap.reason
    assert TOKEN not in repr(dossier)
    return gaps


def test_a_port_that_nobody_listens_on_is_a_gap(ask: Ask) -> None:
    assert "refused the connection." in {gap.reason.partition(" ")[2] for gap in gaps_alone(ask("http://127.0.0.1:9"))}


@pytest.mark.parametrize("behave", [spoilt.reset, spoilt.silent, spoilt.cut, spoilt.bomb, spoilt.gibberish])
def test_a_connection_that_breaks_or_makes_no_sense_is_a_gap(ask: Ask, behave: Behave) -> None:
    with hostile(behave) as server:
        gaps_alone(ask(server.url))


@pytest.mark.parametrize("behave", [spoilt.drip, spoilt.mute])
def test_what_never_ends_is_a_gap_when_its_time_is_over(ask: Ask, behave: Behave) -> None:
    with hostile(behave) as server:
        started = perf_counter()
        gaps_alone(ask(server.url, deadline=0.6))
        assert perf_counter() - started < 4  # 0.6 s, and what a busy machine adds


@pytest.mark.parametrize("behave", [spoilt.endless, spoilt.headers])
def test_ten_gigabytes_are_left_after_a_few(ask: Ask, behave: Behave) -> None:
    with hostile(behave) as server:
        gaps_alone(ask(server.url))
        assert server.sent < 500 << 20  # whatever is in the buffers of all its connections


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<!doctype html><form action=/login><input name=password>", 200, "text/html"),
        Reply(b"<h1>Bad Gateway</h1>", 502, "text/html"),
        Reply(b"", 204),
        Reply(b"", 401),
        Reply(b"", 403),
        as_json(None),
        as_json([]),
        as_json({}),
        as_json({"status": {"status": {"status": []}}, "items": 3, "data": "x", "tags": {}}),
        Reply(b'{"a": ' * 100_000, 200, "application/json"),
        Reply(b"[" + b"9" * 5000 + b"]", 200, "application/json"),
        Reply(b"NaN", 200, "application/json"),
        Reply(b'{"status": Infinity}', 200, "application/json"),
        Reply(b"\xff\xfe{}", 200, "application/json"),
    ],
    ids=lambda reply: f"{reply.status}-{reply.body[:12]!r}",
)
def test_an_answer_that_is_another_one_is_a_gap(ask: Ask, reply: Reply) -> None:
    with answering() as server:
        server.set("/", reply)
        figures = {item.id: item.value for item in ask(server.url) if isinstance(item, Evidence)}
    # What the status alone says is known: a site that answers, a call that was refused, lookups that failed.
    known = {id for id in figures if id.startswith("probe.")} | {"github.pages.answers", "service.ready"}
    assert figures.keys() <= known
    assert figures.get("probe.lookup.failed") in {None, 2}
    assert figures.get("service.ready") in {None, False}
    assert figures.get("probe.batch.ok") in {None, False}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_a_gap_and_no_key_follows(ask: Ask, status: int) -> None:
    with answering() as other, answering() as server:
        server.set("/", Reply(b"", status, headers={"location": f"{other.url}/?again"}))
        assert any("redirects to 127.0.0.1" in gap.reason for gap in gaps_alone(ask(server.url)))
        assert other.asked == []


HOSTILE_NUMBERS = ("-5", "1e999", "9" * 400, "1e300", "0.5", '"7"', "true", "[]")


@pytest.mark.parametrize("number", HOSTILE_NUMBERS)
@pytest.mark.parametrize("name", ["argocd", "github"])
def test_a_number_that_is_no_measurement_never_becomes_a_figure(
    configure: Callable[..., Config], gather: Callable[[Config], Dossier], tmp_path: Path, name: str, number: str
) -> None:
    """Every number of every answer is replaced at once."""
    documents = {
        f"/repos/{github_answers.NAME}{path}": document for path, document in github_answers.documents().items()
    }
    documents[f"/api/v1/applications/{argocd_answers.NAME}"] = argocd_answers.application()
    with answering() as server:
        for path, document in documents.items():
            server.set(path, Reply(_numbers(document, number).encode(), 200, "application/json"))
        config = replace(configure(server.url), sources={name: SECTIONS[name](server.url, tmp_path)})
        dossier = gather(config)
    figures = [item.value for item in dossier if isinstance(item, Evidence)]
    numbers = [value for value in figures if isinstance(value, int | float) and not isinstance(value, bool)]
    assert figures
    assert all(math.isfinite(value) and 0 <= value < 2**53 for value in numbers)
    assert not [item for item in dossier if isinstance(item, Gap) and "unexpectedly" in item.reason]


def _numbers(document: object, number: str) -> str:
    """The JSON of a document with every number in it replaced."""
    if isinstance(document, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{_numbers(value, number)}" for key, value in document.items()) + "}"
    if isinstance(document, list):
        return "[" + ",".join(_numbers(item, number) for item in document) + "]"
    return number if isinstance(document, int | float) and not isinstance(document, bool) else json.dumps(document)

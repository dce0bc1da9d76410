"""Every source that asks over HTTP, against every kind of answer that a network has to offer: gaps, and no key is lost.

A new source has one line in SETTINGS.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import pytest

import argocd_answers
import github_answers
import hostile as spoilt
from answering import Asked, Reply, answering, as_json
from hostile import Behave, hostile
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.argocd import ArgocdSettings
from statuspress.settings.blackbox import BlackboxSettings
from statuspress.settings.container_registry import RegistrySettings
from statuspress.settings.github import GithubSettings
from statuspress.settings.kubernetes import KubernetesSettings
from statuspress.settings.prometheus import PrometheusSettings
from statuspress.settings.section import SourceSettings
from statuspress.settings.service import ServiceSettings
from statuspress.sources.registry import SOURCES
from systems import free_port

KEY = "blk_planted+where/it=should-not-grow"
DEADLINE = 2.0
IDS = {source.name: set(source.ids) for source in SOURCES}

Make = Callable[[str, Path, float], SourceSettings]


def _kubernetes(url: str, folder: Path, deadline: float) -> SourceSettings:
    document = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": url}}],
        "users": [{"name": "a", "user": {"token": KEY}}],
    }
    (folder / "kubeconfig").write_text(json.dumps(document))  # JSON is YAML
    return KubernetesSettings(kubeconfig=folder / "kubeconfig", deadline=deadline)


SETTINGS: Mapping[str, Make] = {
    "service": lambda url, _, deadline: ServiceSettings(url=url, token=KEY, lookups=5, deadline=deadline),
    "prometheus": lambda url, _, deadline: PrometheusSettings(url=url, token=KEY, deadline=deadline),
    "registry": lambda url, _, deadline: RegistrySettings(
        image=f"{urlsplit(url).netloc}/a/b", url=url, user="reader", token=KEY, deadline=deadline
    ),
    "kubernetes": _kubernetes,
    "argocd": lambda url, _, deadline: ArgocdSettings(url=url, token=KEY, deadline=deadline),
    "github": lambda url, folder, deadline: GithubSettings(
        repository=github_answers.NAME,
        url=url,
        pages=url,
        token=KEY,
        cache=folder / "github.json",
        deadline=deadline,
    ),
    "blackbox": lambda url, _, deadline: BlackboxSettings(url=url, target="https://192.0.2.9", deadline=deadline),
}
READ_FILES = {"reports", "git", "manifests"}
Ask = Callable[..., Dossier]


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path) -> Ask:
    """Collects by all of them from that one address."""

    def run(url: str, deadline: float = 20.0) -> Dossier:
        sources = {name: make(url, tmp_path, deadline) for name, make in SETTINGS.items()}
        return gather(replace(configure(url), sources=sources))

    return run


def check(dossier: Dossier) -> set[str]:
    """Every id of every source is a gap whose reason is a sentence without the key; the reasons.

    What a status alone says is known all the same: that lookups are refused or fail, that some site answers.
    """
    figures = {item.id: item.value for item in dossier if isinstance(item, Evidence)}
    known = {id for id in figures if id.startswith("probe.")} | {"github.pages.answers", "service.ready"}
    assert figures.keys() <= known
    assert figures.get("probe.lookup.failed") in {None, 5}
    assert figures.get("service.ready") in {None, False}
    assert figures.get("probe.batch.ok") in {None, False}
    assert set(dossier.items) == set().union(*(IDS[name] for name in SETTINGS))
    gaps = [item for item in dossier if isinstance(item, Gap)]
    assert not [gap for gap in gaps if "unexpectedly" in gap.reason or not gap.reason.endswith((".", "…"))]
    assert KEY[:12] not in str(dossier)
    return {gap.reason for gap in gaps}


def test_every_source_that_asks_over_http_is_tried() -> None:
    assert set(SETTINGS) | READ_FILES == set(IDS)


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (spoilt.reset, "broke off its answer."),
        (spoilt.silent, "broke off its answer."),
        (spoilt.cut, "broke off its answer."),
        (spoilt.gibberish, "broke off its answer."),
        (spoilt.headers, "broke off its answer."),
        (spoilt.bomb, "answered in an encoding that was not asked for."),
        (spoilt.endless, "answered with more than "),
    ],
)
def test_a_server_that_keeps_to_no_rule_is_a_gap_and_ten_gigabytes_are_left_after_a_few(
    ask: Ask, behave: Behave, reason: str
) -> None:
    with hostile(behave) as server:
        assert [text for text in check(ask(server.url)) if reason not in text] == []
        assert server.sent < 500 << 20  # whatever is in the buffers of all its connections


@pytest.mark.parametrize("behave", [spoilt.mute, spoilt.drip])
def test_an_answer_without_end_is_a_gap_in_time(ask: Ask, behave: Behave) -> None:
    with hostile(behave) as server:
        started = perf_counter()
        reasons = check(ask(server.url, DEADLINE))
        assert perf_counter() - started < 2.5 * DEADLINE  # one after the other they would take seven times that
    assert [text for text in reasons if "did not answer in full" not in text and "did not finish" not in text] == []


def test_a_port_that_nothing_listens_on_is_a_gap_that_says_so(ask: Ask) -> None:
    assert all("refused the connection." in text for text in check(ask(f"http://127.0.0.1:{free_port()}")))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<!doctype html><title>Sign in</title>", 200, "text/html"),
        Reply(b"", 200, "application/json"),
        Reply(b"", 204),
        Reply(b'{"status": ', 200, "application/json"),
        Reply(b"[" * 100_000, 200, "application/json"),
        Reply(b"\xff\xfe\x00", 200, "application/json"),
        Reply(b'{"status": NaN, "kind": Infinity}', 200, "application/json"),
        Reply(b'{"status": ' + b"9" * 10_000 + b"}", 200, "application/json"),
        as_json(None),
        as_json(5),
        as_json([]),
        as_json([{}]),
        as_json({}),
        as_json({"status": "success", "data": {"resultType": "vector", "result": {"a": 1}}, "tags": {}, "kind": 5}),
        as_json({"kind": "PodList", "items": [[]], "tags": [{}], "status": {"a": 1}}),
        as_json({"kind": "Deployment", "spec": [], "status": [], "metadata": []}),
        as_json({"error": KEY, "status": "error", "errorType": KEY}, 400),
        as_json({"message": KEY}, 401),
        as_json({"message": KEY}, 403),
        as_json({"message": KEY}, 404),
        as_json({"message": KEY}, 500),
        Reply(b"slow down", 429, headers={"retry-after": "3600"}),
        Reply(b"bad gateway", 502),
        Reply(b"\x1f\x8b", headers={"content-encoding": "gzip"}),
        Reply(b"", 401, headers={"www-authenticate": 'Bearer realm="http://192.0.2.9/token",service="a"'}),
        Reply(b"", 401, headers={"www-authenticate": 'Bearer realm="http://[half",service="a"'}),
        Reply(b"", 401, headers={"www-authenticate": "Negotiate"}),
        Reply(b"probe_success 1e400\nblackbox NaN NaN NaN\n"),
    ],
    ids=lambda reply: f"{reply.status} {reply.body[:20]!r}",
)
def test_an_answer_that_is_none_is_a_gap(ask: Ask, reply: Reply) -> None:
    with answering() as server:
        server.set("/", reply)
        check(ask(server.url))


def test_a_redirect_to_another_host_takes_no_key_along(ask: Ask) -> None:
    with answering() as elsewhere, answering() as server:
        elsewhere.set("/", Reply(b"{}"))
        server.answers["/"] = lambda asked: Reply(b"", 307, headers={"location": elsewhere.url + asked.path})
        reasons = check(ask(server.url))
        assert elsewhere.asked == []
        assert any(KEY in asked.headers.get("authorization", "") for asked in server.asked)
    assert [text for text in reasons if "which is not followed." not in text] == []


def test_a_server_that_repeats_the_key_in_everything_it_says_gets_it_published_nowhere(ask: Ask) -> None:
    def repeat(asked: Asked) -> Reply:
        said = asked.headers.get("authorization", "")
        return Reply(said.encode(), 500, "text/plain", {"www-authenticate": f'Bearer realm="{said}"', "link": said})

    with answering() as server:
        server.answers["/"] = repeat
        check(ask(server.url))


def test_what_fails_once_is_asked_again_within_the_deadline(
    configure: Callable[..., Config], gather: Callable[..., Dossier]
) -> None:
    answers = [Reply(b"", 503), Reply(b"", 502)]

    def answer(asked: Asked) -> Reply:
        return answers.pop() if answers else as_json({"tags": ["1.0"]})

    with answering() as server:
        server.answers["/v2/a/b/tags/list"] = answer
        settings = RegistrySettings(image="registry.example.org/a/b", url=server.url)
        dossier = gather(replace(configure(server.url), sources={"registry": settings}))
        asked = [one for one in server.asked if "tags" in one.path]
    item = dossier.items["registry.tag"]
    assert isinstance(item, Evidence)
    assert (item.value, len(asked)) == ("1.0", 3)


HOSTILE_NUMBERS = ("-5", "1e999", "9" * 400, "1e300", "0.5", '"7"', "true", "[]")


@pytest.mark.parametrize("number", HOSTILE_NUMBERS)
@pytest.mark.parametrize("name", ["argocd", "github"])
def test_a_number_that_is_no_measurement_never_becomes_a_figure(
    configure: Callable[..., Config], gather: Callable[..., Dossier], tmp_path: Path, name: str, number: str
) -> None:
    """Every number of every answer is replaced at once."""
    documents = {
        f"/repos/{github_answers.NAME}{path}": document for path, document in github_answers.documents().items()
    }
    documents[f"/api/v1/applications/{argocd_answers.NAME}"] = argocd_answers.application()
    with answering() as server:
        for path, document in documents.items():
            server.set(path, Reply(_numbers(document, number).encode(), 200, "application/json"))
        config = replace(configure(server.url), sources={name: SETTINGS[name](server.url, tmp_path, 20)})
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

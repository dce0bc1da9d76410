"""Every source that asks over HTTP, against every kind of answer that a network has to offer: gaps, and no key is lost.

A new source has one line in SETTINGS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import pytest
import yaml

from answering import Asked, Reply, answering, as_json
from misbehaving import Behave, babbles, cuts, drips, floods, hangs, leaves, misbehaving, rambles, resets
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
    (folder / "kubeconfig").write_text(yaml.safe_dump(document))
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
        repository="owner/blacklist", url=url, token=KEY, cache=folder / "github.json", deadline=deadline
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

    Only of the service some answers that are none tell something: that it refuses, or does not answer lookups.
    """
    assert {item.source for item in dossier if isinstance(item, Evidence)} <= {"service"}
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
        (resets, "broke off its answer."),
        (leaves, "broke off its answer."),
        (cuts, "broke off its answer."),
        (floods, "answered with more than 4096 KiB."),
        (babbles, "broke off its answer."),
        (rambles, "broke off its answer."),
    ],
)
def test_a_server_that_keeps_to_no_measure_is_a_gap(ask: Ask, behave: Behave, reason: str) -> None:
    with misbehaving(behave) as url:
        assert [text for text in check(ask(url)) if reason not in text] == []


@pytest.mark.parametrize("behave", [hangs, drips])
def test_a_server_without_end_is_a_gap_in_time(ask: Ask, behave: Behave) -> None:
    with misbehaving(behave) as url:
        started = perf_counter()
        reasons = check(ask(url, DEADLINE))
        assert perf_counter() - started < 2 * DEADLINE  # one after the other they would take five times that
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

"""The Prometheus source against a real Prometheus that scrapes the real API, and against answers gone wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from answering import Answering, Asked, Reply, answering, as_json
from running import eventually, fill, serving
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.settings.prometheus import QUERIES, PrometheusSettings
from statuspress.sources.prometheus import PrometheusSource
from systems import prometheus

NOW = datetime(2031, 3, 18, 14, 2, tzinfo=UTC)
Ask = Callable[..., Dossier]

# What a cluster exposes about the pods beside the service.
CLUSTER = b"""\
container_memory_working_set_bytes{namespace="blacklist",pod="a",container="blacklist"} 72000000
container_memory_working_set_bytes{namespace="blacklist",pod="b",container="blacklist"} 48000000
container_memory_working_set_bytes{namespace="other",pod="c",container="blacklist"} 99000000
kube_pod_container_resource_limits{namespace="blacklist",pod="a",container="blacklist",resource="memory"} 96000000
kube_pod_container_resource_limits{namespace="blacklist",pod="b",container="blacklist",resource="memory"} 96000000
"""


@dataclass
class Watched:
    """A real Prometheus, the service and the cluster that it scrapes."""

    url: str
    client: httpx.Client
    service: httpx.Client
    cluster: Answering

    def ask(self, query: str) -> list[Any]:
        answer = self.client.get(f"{self.url}/api/v1/query", params={"query": query}).json()
        found: list[Any] = answer["data"]["result"]
        return found

    def shows(self, query: str, number: float) -> bool:
        return self.number(query) == number

    def number(self, query: str) -> float:
        found = self.ask(query)
        return float(found[0]["value"][1]) if found else math.nan


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "data").mkdir()
    fill(folder / "data", entries={"192.0.2.0/24": None, "198.51.100.7": None})
    with ExitStack() as stack:
        service = stack.enter_context(serving(folder / "data"))
        cluster = stack.enter_context(answering())
        cluster.set("/metrics", Reply(CLUSTER, media_type="text/plain; version=0.0.4"))
        jobs: list[Mapping[str, object]] = [
            {
                "job_name": "blacklist",
                "authorization": {"credentials": service.key},
                "static_configs": [{"targets": [urlsplit(service.url).netloc]}],
            },
            {
                "job_name": "cluster",
                "honor_labels": True,
                "static_configs": [{"targets": [urlsplit(cluster.url).netloc]}],
            },
        ]
        client = stack.enter_context(service.client())
        assert client.get("/api/v1/lookup/192.0.2.1").status_code == 200
        url = stack.enter_context(prometheus(folder, jobs))
        plain = stack.enter_context(httpx.Client(trust_env=False, verify=False))
        yield Watched(url, plain, client, cluster)


@pytest.fixture
def ask(configure: Callable[..., Config], gather: Callable[..., Dossier]) -> Ask:
    """Collects from the Prometheus at that address."""

    def run(url: str, now: datetime = NOW, **options: Any) -> Dossier:
        settings = PrometheusSettings(url=url, **options)
        return gather(replace(configure("http://127.0.0.1:9"), sources={"prometheus": settings}), now)

    return run


def value(dossier: Dossier, id: str) -> Any:
    item = dossier.items[id]
    assert isinstance(item, Evidence), item
    return item.value


def gap(dossier: Dossier, id: str) -> Gap:
    item = dossier.items[id]
    assert isinstance(item, Gap), item
    return item


def test_figures_are_those_of_a_real_prometheus_that_scrapes_the_real_service(watched: Watched, ask: Ask) -> None:
    lookups = 'blacklist_http_request_duration_seconds_count{route="/api/v1/lookup/{address}"}'
    eventually(lambda: watched.number(lookups) >= 1 and watched.number('up{job="cluster"}') == 1)
    for number in range(40):
        assert watched.service.get(f"/api/v1/lookup/192.0.2.{number}").status_code == 200
    eventually(lambda: watched.number(lookups) >= 41)
    eventually(lambda: not math.isnan(watched.number("rate(process_cpu_seconds_total[5m])")))
    eventually(lambda: watched.number('count_over_time(up{job="blacklist"}[1m])') >= 10)
    dossier = ask(watched.url, datetime.now(UTC), period="1m")  # seen second by second
    gaps = {item.id: item.reason for item in dossier if isinstance(item, Gap)}
    assert gaps == {"prometheus.cpu.share": "Prometheus has no such series."}
    assert value(dossier, "prometheus.up") is True
    assert value(dossier, "prometheus.targets") == 1
    assert value(dossier, "prometheus.targets.up") == 1
    assert value(dossier, "prometheus.errors") == 0
    assert value(dossier, "prometheus.memory.share") == 75
    assert value(dossier, "prometheus.memory") == pytest.approx(
        watched.number('max(process_resident_memory_bytes{job="blacklist"})'), rel=0.5
    )
    assert 0 < value(dossier, "prometheus.uptime") < 600
    assert value(dossier, "prometheus.requests") > 0
    assert 0 <= value(dossier, "prometheus.cpu") < 8
    assert value(dossier, "prometheus.up.share") == 100
    assert 0 < value(dossier, "prometheus.up.known") <= 100
    buckets = 'blacklist_http_request_duration_seconds_bucket{job="blacklist",route="/api/v1/lookup/{address}"}'
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        theirs = watched.number(f"histogram_quantile({q}, sum by (le) (increase({buckets}[5m])))")
        assert value(dossier, f"prometheus.lookup.{name}") == pytest.approx(theirs, rel=0.3)
    item = dossier.items["prometheus.memory"]
    assert isinstance(item, Evidence)
    assert item.query == 'max(process_resident_memory_bytes{job="blacklist"})'
    assert item.link.startswith(f"{watched.url}/graph?g0.expr=max%28process")


def test_a_counter_that_starts_again_is_no_negative_figure(watched: Watched, ask: Ask) -> None:
    for number in (100, 300, 5, 10):
        watched.cluster.set("/metrics", Reply(CLUSTER + f"restarting_total {number}\n".encode()))
        eventually(partial(watched.shows, "restarting_total", number))
    dossier = ask(watched.url, datetime.now(UTC), queries={"requests": "increase(restarting_total[1m])"})
    assert value(dossier, "prometheus.requests") >= 210  # 100 to 300, then 0 to 10, and no fall between


def test_a_query_of_one_s_own_replaces_the_default_and_a_wrong_one_is_a_gap(watched: Watched, ask: Ask) -> None:
    queries = {
        "memory": "vector(7)",
        "cpu": "sum(",
        "uptime": 'vector(1) or label_replace(vector(2), "a", "b", "", "")',
    }
    dossier = ask(watched.url, datetime.now(UTC), queries=queries)
    assert value(dossier, "prometheus.memory") == 7
    assert gap(dossier, "prometheus.cpu").reason.startswith("Prometheus refuses the query: ")
    assert gap(dossier, "prometheus.uptime").reason == "The query finds more than one series."


def test_a_job_that_nobody_scrapes_and_a_target_that_is_away_are_told_apart(watched: Watched, ask: Ask) -> None:
    missing = ask(watched.url, datetime.now(UTC), job="nobody")
    assert gap(missing, "prometheus.up").reason == "Prometheus has no such series."
    assert "no such series" in gap(missing, "prometheus.up.share").reason
    away = ask(watched.url, datetime.now(UTC), queries={"up": "vector(0)"})
    assert value(away, "prometheus.up") is False
    assert value(away, "prometheus.up.share") == 0


# --- answers gone wrong


def vector(text: object, at: float = NOW.timestamp(), **labels: str) -> dict[str, Any]:
    return {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": labels, "value": [at, text]}]},
    }


@pytest.fixture
def spoilt() -> Iterator[Answering]:
    """A server in place of Prometheus."""
    with answering() as server:
        yield server


@pytest.mark.parametrize(
    ("document", "status", "reason"),
    [
        (
            {"status": "error", "error": "query timed out"},
            503,
            "refuses the query: query timed",
        ),
        (vector("NaN"), 200, "Prometheus answers NaN: nothing to divide by."),
        (vector("+Inf"), 200, "inf is not a measurement"),
        (vector("-3"), 200, "-3 is negative"),
        (vector("1e300"), 200, "too large to be a measurement"),
        (vector(3), 200, "gives a point that is none"),
        (vector("3", NOW.timestamp() - 3600), 200, "The clock of Prometheus is another"),
        (vector("3", 1e300), 200, "The clock of Prometheus is another"),
        (vector("3") | {"warnings": ["store 2 is away"]}, 200, "answers only in part: store 2 is away."),
        (vector("3") | {"isPartial": True}, 200, "answers only in part."),
        ({"status": "success", "data": {"resultType": "vector", "result": []}}, 200, "has no such series"),
        ({"status": "success", "data": {"resultType": "scalar", "result": [1, "3"]}}, 200, "answers with a scalar"),
        ({"status": "success", "data": {"resultType": "vector", "result": [3]}}, 200, "no list of data.result"),
        ({"status": "success", "data": None}, 200, "answers with a None"),
        ({"status": "success"}, 200, "answers with a None"),
        ([], 200, "instead of a result"),
    ],
)
def test_an_answer_gone_wrong_is_a_gap_that_says_how(
    spoilt: Answering, ask: Ask, document: object, status: int, reason: str
) -> None:
    spoilt.set("/api/v1/query", as_json(document, status))
    dossier = ask(spoilt.url)
    assert reason in gap(dossier, "prometheus.memory").reason
    assert {type(item) for item in dossier} == {Gap}


def test_buckets_that_extrapolation_bent_are_raised_and_broken_ones_are_a_gap(spoilt: Answering, ask: Ask) -> None:
    def histogram(*buckets: tuple[str, str]) -> Reply:
        document = vector("0")
        document["data"]["result"] = [
            {"metric": {"le": bound}, "value": [NOW.timestamp(), number]} for bound, number in buckets
        ]
        return as_json(document)

    spoilt.set("/api/v1/query", histogram(("0.1", "50.1"), ("0.2", "50"), ("+Inf", "100")))
    assert value(ask(spoilt.url), "prometheus.lookup.p50") == pytest.approx(0.0998, abs=1e-4)
    for broken, reason in (
        (histogram(("0.1", "5"), ("0.2", "5")), "no histogram: its last bucket is not +Inf"),
        (histogram(("x", "5"), ("+Inf", "5")), "a bucket without a bound"),
        (histogram(("nan", "5"), ("+Inf", "5")), "A bucket has the bound NaN."),
        (histogram(("0.1", "NaN"), ("+Inf", "5")), "nan is not a measurement"),
        (histogram(("0.1", "0"), ("+Inf", "0")), "No lookup was answered within the window."),
    ):
        spoilt.set("/api/v1/query", broken)
        assert reason in gap(ask(spoilt.url), "prometheus.lookup.p95").reason


def test_the_range_counts_what_was_not_watched_as_unknown(spoilt: Answering, ask: Ask) -> None:
    def answer(asked: Asked) -> Reply:
        given = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        times = range(int(given["start"]), int(given["end"]) + 1, int(given["step"]))
        assert len(times) == 60
        points = [[at, "1" if place % 3 else "0"] for place, at in enumerate(times) if place < 30]
        return as_json(
            {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": points}]}}
        )

    spoilt.answers["/api/v1/query_range"] = answer
    dossier = ask(spoilt.url, period="1h")
    assert value(dossier, "prometheus.up.share") == pytest.approx(200 / 3)
    assert value(dossier, "prometheus.up.known") == 50


def test_a_hanging_query_leaves_the_others_their_figures(spoilt: Answering, ask: Ask) -> None:
    def answer(asked: Asked) -> Reply:
        slow = "process_resident" in asked.path
        return as_json(vector("1")) if not slow else replace(as_json(vector("1")), drip=0.05)

    spoilt.answers["/api/v1/query"] = answer
    dossier = ask(spoilt.url, deadline=2.0)
    assert "did not answer in full within 1.6 s" in gap(dossier, "prometheus.memory").reason
    assert value(dossier, "prometheus.cpu") == 1


def test_the_token_is_sent_and_a_refusal_names_its_variable(spoilt: Answering, ask: Ask) -> None:
    spoilt.set("/api/v1/query", Reply(b"no", 401))
    dossier = ask(spoilt.url, token="key-of-prometheus")
    assert {asked.key for asked in spoilt.asked} == {"key-of-prometheus"}
    assert "it refuses the key in STATUSPRESS_PROMETHEUS_TOKEN" in gap(dossier, "prometheus.up").reason
    assert "STATUSPRESS_PROMETHEUS_TOKEN holds none" in gap(ask(spoilt.url), "prometheus.up").reason


def test_every_default_query_is_asked(spoilt: Answering, ask: Ask) -> None:
    ask(spoilt.url)
    asked = [parse_qs(urlsplit(one.path).query)["query"][0] for one in spoilt.asked]
    assert len(set(asked)) == len(QUERIES)
    assert not any("$" in query for query in asked)
    assert len(PrometheusSource.ids) == 15

"""The service source against a server that answers well, and badly in every way we know of."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from threading import Thread
from time import perf_counter

import pytest

from answering import Answering, Asked, Reply, answering, as_json
from statuspress.config import Config
from statuspress.core.evidence import Dossier, Evidence, Gap
from statuspress.sources.service import ServiceSource

Configure = Callable[..., Config]
Gather = Callable[[Config], Dossier]

HTML = Reply(b"<!doctype html><title>Sign in</title><p>Please sign in", 200, "text/html")
OF_HEALTH = [
    "service.health",
    "service.version",
    "service.generation",
    "service.uptime",
    "service.snapshot.age",
    "service.listings",
    "service.feeds",
    "service.feeds.failing",
    "service.store.up",
]
OF_METRICS = [
    "service.entries",
    "service.requests",
    "service.errors",
    "service.lookup.count",
    "service.lookup.p50",
    "service.lookup.p95",
    "service.lookup.p99",
    "service.batch.p95",
    "service.memory",
    "service.cpu",
]
NEVER_BATCHED = "service.batch.p95"


def value(dossier: Dossier, id: str) -> object:
    item = dossier.items[id]
    assert isinstance(item, Evidence), item
    return item.value


def seconds(dossier: Dossier, id: str) -> float:
    found = value(dossier, id)
    assert isinstance(found, float)
    return found


def gap(dossier: Dossier, id: str) -> Gap:
    item = dossier.items[id]
    assert isinstance(item, Gap), item
    return item


def gaps(dossier: Dossier) -> set[str]:
    return {item.id for item in dossier if isinstance(item, Gap)}


def test_every_figure_is_what_the_service_said(service: Answering, configure: Configure, gather: Gather) -> None:
    dossier = gather(configure(service.url))
    assert gaps(dossier) == {NEVER_BATCHED}
    times = [seconds(dossier, f"probe.lookup.{name}") for name in ("p50", "p95", "p99")]
    assert 0 < times[0] <= times[1] <= times[2] < 5
    timed = {"probe.lookup.p50", "probe.lookup.p95", "probe.lookup.p99"}
    said = {id: value(dossier, id) for id in ServiceSource.ids if id not in timed | {NEVER_BATCHED}}
    assert said == {
        "service.ready": True,
        "service.health": "degraded",
        "service.version": "1.2.3",
        "service.generation": 7,
        "service.uptime": 3600,
        "service.snapshot.age": 120,
        "service.listings": 50,
        "service.feeds": 2,
        "service.feeds.failing": 1,
        "service.store.up": True,
        "service.entries": 42,
        "service.requests": 103,
        "service.errors": 3,
        "service.lookup.count": 100,
        "service.lookup.p50": pytest.approx(0.0001),
        "service.lookup.p95": pytest.approx(0.00075),
        "service.lookup.p99": pytest.approx(0.00095),
        "service.memory": 40_000_000,
        "service.cpu": 1.25,
        "probe.lookup.count": 8,
        "probe.lookup.failed": 0,
        "probe.batch.ok": True,
        "probe.auth.required": True,
        "probe.auth.bad_key": True,
        "probe.headers.nosniff": True,
        "probe.problem.json": True,
    }


def test_evidence_carries_the_digest_of_the_answer_and_the_query(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    service.set("/ready", Reply(b"ready\n"))
    item = gather(configure(service.url)).items["service.ready"]
    assert isinstance(item, Evidence)
    assert item.digest == sha256(b"ready\n").hexdigest()
    assert item.query == f"GET {service.url}/ready"


def test_a_service_that_is_not_there_is_a_gap_for_every_id(configure: Configure, gather: Gather) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    dossier = gather(configure(f"http://127.0.0.1:{port}"))
    assert gaps(dossier) == set(ServiceSource.ids)
    assert gap(dossier, "service.ready").reason == f"http://127.0.0.1:{port}/ready refused the connection."
    assert "refused the connection" in gap(dossier, "probe.lookup.p95").reason


def test_a_service_that_hangs_up_is_a_gap_for_every_id(configure: Configure, gather: Gather) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            with suppress(OSError):  # the listening socket is shut down
                while True:
                    listening.accept()[0].close()

        thread = Thread(target=hang_up)
        thread.start()
        dossier = gather(configure(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert gaps(dossier) == set(ServiceSource.ids)
    assert "broke off its answer" in gap(dossier, "service.health").reason


def test_a_service_without_tls_where_it_is_asked_for_is_a_gap(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    dossier = gather(configure(service.url.replace("http:", "https:")))
    assert gaps(dossier) == set(ServiceSource.ids)
    assert gap(dossier, "service.ready").reason.endswith("/ready does not speak TLS as it should.")


def test_a_service_that_says_not_ready_is_known_not_to_be(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    service.set("/ready", Reply(b"draining\n", 503))
    assert value(gather(configure(service.url)), "service.ready") is False


def test_health_is_read_from_a_503_and_what_it_leaves_out_is_a_gap(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    document = {"status": "unavailable", "version": "1.2.3", "generation": None, "uptime_seconds": 1, "snapshot": None}
    service.set("/health", as_json(document | {"store": {"state": "down"}, "feeds": []}, 503))
    dossier = gather(configure(service.url))
    assert value(dossier, "service.health") == "unavailable"
    assert value(dossier, "service.store.up") is False
    assert gap(dossier, "service.listings").reason == "/health gives no snapshot.listings."
    assert {"service.generation", "service.snapshot.age", "service.listings"} <= gaps(dossier)


@pytest.mark.parametrize(
    "spoilt",
    [
        (Reply(b"nothing here", 404), "answered 404"),
        (HTML, "a web page instead of"),
        (as_json([1, 2]), "instead of"),
        (Reply(b'{"status": ', 200, "application/json"), "instead of"),
        (Reply(b"[" * 100_000, 200, "application/json"), "instead of"),
        (Reply(b"x" * (5 << 20)), "more than 4096 KiB"),
        (Reply(b"", 302, headers={"location": "https://192.0.2.9/login"}), "redirects to 192.0.2.9"),
        (Reply(b"\x1f\x8b", headers={"content-encoding": "gzip"}), "encoding that was not asked for"),
        (Reply(b"short", headers={"content-length": "50", "connection": "close"}), "broke off"),
        (Reply(b"ready\n" * 1000, drip=0.05), "did not answer in full within"),
    ],
    ids=["404", "html", "list", "torn", "deep", "large", "redirect", "gzip", "cut", "drip"],
)
@pytest.mark.parametrize("path", ["/ready", "/health", "/metrics"])
def test_one_bad_answer_is_a_gap_with_its_reason_and_the_rest_is_collected(
    service: Answering, configure: Configure, gather: Gather, path: str, spoilt: tuple[Reply, str]
) -> None:
    reply, reason = spoilt
    service.set(path, reply)
    started = perf_counter()
    dossier = gather(configure(service.url, deadline=2.0))
    assert perf_counter() - started < 2.5
    of_path = {"/ready": ["service.ready"], "/health": OF_HEALTH, "/metrics": OF_METRICS}[path]
    assert gaps(dossier) == {*of_path, NEVER_BATCHED}
    for id in of_path:
        assert reason in gap(dossier, id).reason
        assert service.url in gap(dossier, id).reason


@pytest.mark.parametrize("number", ["NaN", "+Inf", "-1.0", "1e300"])
def test_a_number_that_is_no_measurement_is_a_gap_for_its_own_figure(
    service: Answering, configure: Configure, gather: Gather, number: str
) -> None:
    scrape = service.answers["/metrics"](Asked("", {})).body
    spoilt = scrape.replace(
        b"process_resident_memory_bytes 4.0e+07", f"process_resident_memory_bytes {number}".encode()
    )
    assert spoilt != scrape
    service.set("/metrics", Reply(spoilt))
    dossier = gather(configure(service.url))
    assert gaps(dossier) == {NEVER_BATCHED, "service.memory"}
    assert gap(dossier, "service.memory").reason.startswith("/metrics gives process_resident_memory_bytes, but ")


@pytest.mark.parametrize("number", ["NaN", "1e400", "-5", '"7"x', "true", "1.5", '"' + "9" * 5000 + '"'])
def test_a_number_of_health_that_is_no_count_is_a_gap(
    service: Answering, configure: Configure, gather: Gather, number: str
) -> None:
    body = b'{"status":"ok","version":"1","generation":%b,"uptime_seconds":1,"store":{"state":"up"},"feeds":[]}'
    service.set("/health", Reply(body % number.encode(), 200, "application/json"))
    assert "service.generation" in gaps(gather(configure(service.url)))


def test_a_histogram_that_is_not_cumulative_is_a_gap(service: Answering, configure: Configure, gather: Gather) -> None:
    scrape = service.answers["/metrics"](Asked("", {})).body
    service.set("/metrics", Reply(scrape.replace(b"} 90.0", b"} 20.0")))
    dossier = gather(configure(service.url))
    assert "not cumulative" in gap(dossier, "service.lookup.p95").reason
    assert value(dossier, "service.entries") == 42


def test_without_a_key_lookups_are_gaps_that_name_the_variable_and_refusals_are_still_known(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    dossier = gather(configure(service.url, token=""))
    assert gap(dossier, "probe.lookup.p95").reason == "Lookups need a key, and STATUSPRESS_SERVICE_KEY holds none."
    assert "STATUSPRESS_SERVICE_KEY" in gap(dossier, "probe.problem.json").remedy
    assert value(dossier, "probe.auth.required") is True


def test_a_refused_key_is_a_gap_that_does_not_repeat_it(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    dossier = gather(configure(service.url, token="a-key-nobody-issued"))
    why = gap(dossier, "probe.lookup.p95").reason
    assert why == "The service refused the key in STATUSPRESS_SERVICE_KEY with 401."
    assert "a-key-nobody-issued" not in repr(dossier)


def test_open_lookups_are_found(service: Answering, configure: Configure, gather: Gather) -> None:
    service.set("/api/v1/lookup/", as_json({"listed": True}))
    dossier = gather(configure(service.url))
    assert value(dossier, "probe.auth.required") is False
    assert value(dossier, "probe.auth.bad_key") is False
    assert value(dossier, "probe.problem.json") is False


def test_failed_lookups_are_counted_and_stay_out_of_the_times(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    well = service.answers["/api/v1/lookup/"]

    def every_fourth_fails(asked: Asked) -> Reply:
        return as_json({}, 500, "application/problem+json") if asked.path.endswith("198.51.100.7") else well(asked)

    service.answers["/api/v1/lookup/"] = every_fourth_fails
    dossier = gather(configure(service.url))
    assert value(dossier, "probe.lookup.count") == 8
    assert value(dossier, "probe.lookup.failed") == 2


def test_when_every_lookup_fails_the_times_are_gaps_and_the_failures_are_known(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    service.set("/api/v1/lookup/", as_json({}, 500, "application/problem+json"))
    dossier = gather(configure(service.url))
    assert value(dossier, "probe.lookup.failed") == value(dossier, "probe.lookup.count") == 8
    assert "answered 500" in gap(dossier, "probe.lookup.p50").reason


def test_a_web_page_in_place_of_verdicts_is_nobody_s_failure(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    service.set("/api/v1/lookup", HTML)
    service.set("/api/v1/lookup/", HTML)
    dossier = gather(configure(service.url))
    assert {id for id in ServiceSource.ids if id.startswith("probe.")} <= gaps(dossier)
    assert value(dossier, "service.ready") is True


def test_lookups_that_hang_are_given_up_in_time(service: Answering, configure: Configure, gather: Gather) -> None:
    service.set("/api/v1/lookup", Reply(b"x" * 1000, drip=0.1))
    service.set("/api/v1/lookup/", Reply(b"x" * 1000, drip=0.1))
    started = perf_counter()
    dossier = gather(configure(service.url, deadline=2.0))
    assert perf_counter() - started < 2.2
    assert "did not answer in full" in gap(dossier, "probe.lookup.p95").reason
    assert value(dossier, "service.entries") == 42


def test_the_key_goes_to_its_own_host_and_no_redirect_takes_it_along(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    with answering() as elsewhere:
        elsewhere.set("/", Reply(b"ready\n"))
        for path in ("/ready", "/health", "/metrics", "/api/v1/lookup/", "/api/v1/lookup"):
            service.set(path, Reply(b"", 307, headers={"location": f"{elsewhere.url}{path}"}))
        dossier = gather(configure(service.url))
        assert elsewhere.asked == []
    assert gaps(dossier) == set(ServiceSource.ids)


def test_a_service_that_repeats_the_key_does_not_get_it_published(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    key = "a-key-for-tests"
    service.set("/health", as_json({"status": "ok", "version": key, "uptime_seconds": 1, "store": {}, "feeds": []}))
    dossier = gather(configure(service.url))
    assert key not in repr(dossier)
    assert "repeated the key" in gap(dossier, "service.version").reason


@pytest.mark.parametrize("status", [401, 403])
def test_metrics_that_need_another_key_are_gaps_that_say_so(
    service: Answering, configure: Configure, gather: Gather, status: int
) -> None:
    service.set("/metrics", as_json({}, status, "application/problem+json"))
    dossier = gather(configure(service.url))
    assert gaps(dossier) == set(OF_METRICS)
    assert gap(dossier, "service.memory").reason.endswith("the key is missing, or lacks the scope `metrics`.")


def test_a_metric_that_is_not_exposed_is_a_gap_for_its_own_figure(
    service: Answering, configure: Configure, gather: Gather
) -> None:
    scrape = service.answers["/metrics"](Asked("", {})).body
    service.set("/metrics", Reply(scrape.replace(b"process_cpu", b"process_gpu")))
    dossier = gather(configure(service.url))
    assert gaps(dossier) == {NEVER_BATCHED, "service.cpu"}
    assert gap(dossier, "service.cpu").reason == "/metrics does not expose process_cpu_seconds_total."


@pytest.mark.parametrize(
    "batch",
    [
        (as_json({"results": [{}]}), False),
        (as_json({"results": []}, 503), False),
        (as_json([1]), "instead of verdicts"),
        (HTML, "instead of JSON"),
    ],
)
def test_a_batch_is_well_only_with_all_its_verdicts(
    service: Answering, configure: Configure, gather: Gather, batch: tuple[Reply, bool | str]
) -> None:
    reply, expected = batch
    service.set("/api/v1/lookup", reply)
    dossier = gather(configure(service.url))
    if isinstance(expected, str):
        assert expected in gap(dossier, "probe.batch.ok").reason
    else:
        assert value(dossier, "probe.batch.ok") is expected

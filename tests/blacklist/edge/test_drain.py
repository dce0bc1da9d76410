"""The end of a server: readiness drops first, nobody's request is lost, the exit code is 0."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import httpx

from blacklist.cli.serve import GRACE
from blacklist.web.dashboard import STREAMS
from running import Service, eventually, fill, serving

LOOKUP = "/api/v1/lookup/192.0.2.1"


class Balancer:
    """Four clients that ask as fast as 200 requests a second, one address after another, until /ready says no."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._away = Event()
        self.statuses: list[int | str] = []
        self.closing = 0
        self._threads = [Thread(target=self._ask) for _ in range(4)] + [Thread(target=self._watch)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        with self._service.client() as client:
            while not self._away.is_set():
                try:
                    answer = client.get(LOOKUP)
                    self.statuses.append(answer.status_code)
                    self.closing += answer.headers.get("connection") == "close"
                except httpx.HTTPError as error:
                    self.statuses.append(repr(error))
                sleep(0.02)

    def _watch(self) -> None:
        with self._service.client("") as client:
            while client.get("/ready").status_code == 200:
                sleep(0.1)
        sleep(0.5)  # as long as a cluster takes to notice
        self._away.set()

    def end(self) -> None:
        for thread in self._threads:
            thread.join(20)


def test_sigterm_under_load_fails_no_request_and_ends_with_0(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_DRAIN="2s") as service:
        balancer = Balancer(service)
        eventually(lambda: len(balancer.statuses) > 50)
        service.process.send_signal(signal.SIGTERM)
        balancer.end()
        assert service.process.wait(10) == 0
    assert len(balancer.statuses) > 60
    assert set(balancer.statuses) == {200}
    assert balancer.closing >= 4  # while it drains, each answer is the last of its connection


def test_a_request_in_flight_is_finished(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    statuses = []

    def body() -> object:
        yield b"192.0.2.1\n"
        service.process.send_signal(signal.SIGTERM)
        sleep(1)  # by now nothing new is accepted
        yield b"192.0.2.2\n"

    with serving(tmp_path) as service, service.client() as client:
        answer = client.post("/api/v1/lookup", content=body(), headers={"content-type": "text/plain"})  # type: ignore[arg-type]
        statuses.append(answer.status_code)
        assert len(answer.json()["results"]) == 2
        assert service.process.wait(10) == 0
    assert statuses == [200]


def test_open_event_streams_end_at_once_and_hold_up_nothing(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_DRAIN="1h") as service, service.client() as client:
        asked = client.build_request("GET", "/monitoring/events")
        streams = [client.send(asked, stream=True) for _ in range(STREAMS)]
        lines = [stream.iter_lines() for stream in streams]
        assert {next(one) for one in lines} == {"retry: 2000"}
        begun = monotonic()
        service.process.send_signal(signal.SIGTERM)
        for one in lines:
            assert list(one)[-1] == ""  # it ends with a whole event, as streams that are cut off do not
        assert monotonic() - begun < GRACE  # while the drain goes on for an hour
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(GRACE) == 0


def test_an_open_event_stream_does_not_keep_a_server_without_a_drain(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client() as client:
        with client.stream("GET", "/monitoring/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            begun = monotonic()
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(2 * GRACE) == 0
            assert list(lines)[-1] == ""
        assert monotonic() - begun < GRACE  # after which it would be cut off


def test_a_second_signal_does_not_wait_for_the_drain(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_DRAIN="1h") as service, service.client() as client:
        service.process.send_signal(signal.SIGTERM)
        sleep(0.3)
        assert client.get("/ready").status_code == 503
        assert client.get("/health").json()["status"] == "unavailable"
        assert client.get(LOOKUP).status_code == 200
        begun = monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(5) == 0
        assert monotonic() - begun < 3

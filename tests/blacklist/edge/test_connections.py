"""Connections against a running server, by raw sockets: too large, too slow, too many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from socket import create_connection, socket
from threading import Thread
from time import monotonic, sleep

import httpx
import psutil
import pytest

from blacklist.web.connection import HEAD, PATIENCE
from running import Service, eventually, fill, serving

BATCH = b"POST /api/v1/lookup HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nX-Api-Key: %b\r\n"
BATCH += b"Content-Length: %d\r\n\r\n"
JUNK = [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 100]
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("connections")
    fill(data, entries={"192.0.2.1": None})
    with serving(data, BLACKLIST_METRICS_NETWORKS="127.0.0.0/8") as running:
        yield running


def connect(service: Service, timeout: float = 20) -> socket:
    url = httpx.URL(service.url)
    return create_connection((url.host, url.port), timeout=timeout)


def rest(connection: socket) -> bytes:
    """All that comes until the server closes."""
    received = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    return received


def problem(answer: bytes) -> tuple[int, str]:
    """The status and the type of a problem."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head, answer[:500]
    assert b"x-content-type-options: nosniff" in head
    assert b"connection: close" in head
    found = json.loads(body)
    assert found["status"] == int(head.split()[1])
    return found["status"], found["type"].removeprefix("urn:blacklist:problem:")


def refused(service: Service, reason: str) -> float:
    metrics = httpx.get(f"{service.url}/metrics", trust_env=False).text
    _, _, found = metrics.partition(f'blacklist_connections_refused_total{{reason="{reason}"}} ')
    return float(found.partition("\n")[0] or 0)


@pytest.mark.parametrize("size", [HEAD + 1, 200_000])
def test_a_head_that_is_too_large_is_refused(server: Service, size: int) -> None:
    with connect(server) as one:
        one.sendall(GET + b"X-Long: " + b"x" * size + b"\r\n\r\n")
        assert problem(rest(one)) == (431, "head-too-large")


def test_many_small_header_fields_are_a_head_that_is_too_large(server: Service) -> None:
    with connect(server) as one:
        one.sendall(GET + b"A: b\r\n" * 4000 + b"\r\n")
        assert problem(rest(one)) == (431, "head-too-large")


def test_a_long_address_is_a_head_that_is_too_large(server: Service) -> None:
    with connect(server) as one:
        one.sendall(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert problem(rest(one)) == (431, "head-too-large")


def test_a_head_just_below_the_limit_is_answered_also_in_pieces(server: Service) -> None:
    head = GET + b"Connection: close\r\nX-Long: " + b"x" * (HEAD - 200) + b"\r\n\r\n"
    for step in (len(head), 1000):
        with connect(server) as one:
            for start in range(0, len(head), step):
                one.sendall(head[start : start + step])
                sleep(0.001)
            assert rest(one).startswith(b"HTTP/1.1 200")


def test_a_header_of_50_mib_takes_no_memory(server: Service) -> None:
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    peak = before
    with connect(server) as one, suppress(ConnectionError):
        one.sendall(GET + b"X-Long: ")
        for _ in range(800):
            one.sendall(b"x" * 65536)
            peak = max(peak, process.memory_info().rss)
    assert peak - before < 4 << 20
    assert refused(server, "head-too-large") >= 1


def test_a_body_before_the_next_head_does_not_count_as_head(server: Service) -> None:
    body = b"192.0.2.1\n" * 9000
    request = BATCH % (server.key.encode(), len(body)) + body
    with connect(server) as one:
        one.sendall(request + request + GET + b"Connection: close\r\n\r\n")
        answer = rest(one)
    assert answer.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 100]
)
def test_what_is_not_http_is_a_400_and_nothing_is_logged(server: Service, junk: bytes) -> None:
    with connect(server) as one:
        one.sendall(junk)
        assert problem(rest(one)) == (400, "malformed-request")
    assert "Invalid HTTP" not in (server.data / "server.log").read_text()


def test_who_is_too_slow_is_closed_and_who_is_not_is_answered_meanwhile(server: Service) -> None:
    """One wait for all of them: nothing sent, half a head, a byte a second, line ends, half a head after an answer."""
    over = monotonic() + PATIENCE

    def drip(one: socket, piece: bytes) -> None:
        with suppress(OSError):
            while monotonic() < over + 3:
                one.sendall(piece)
                sleep(0.5)

    with ExitStack() as stack:
        silent, half, bytewise, blank, second = (stack.enter_context(connect(server)) for _ in range(5))
        half.sendall(GET + b"X-Half: ")
        bytewise.sendall(GET + b"X-Drip: ")
        second.sendall(GET + b"\r\n")
        answer = b""
        while not answer.endswith(b"ok\n"):
            answer += second.recv(65536)
        second.sendall(GET)
        threads = [Thread(target=drip, args=(bytewise, b"x")), Thread(target=drip, args=(blank, b"\r\n"))]
        for thread in threads:
            thread.start()
        while monotonic() < over - 1:
            assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
            sleep(0.2)
        for one in (silent, half, second):
            one.settimeout(3)
            assert problem(rest(one)) == (408, "head-too-slow")
            assert monotonic() < over + 2
        for one in (bytewise, blank):
            one.settimeout(3)
            rest(one)
        assert monotonic() < over + 2
        for thread in threads:
            thread.join()
    assert refused(server, "head-too-slow") >= 5


def test_a_body_that_is_too_large_is_refused_before_it_has_come(server: Service) -> None:
    with connect(server) as one, suppress(ConnectionError):
        one.sendall(BATCH % (server.key.encode(), 1_000_000_000))
        for _ in range(40):
            one.sendall(b"x" * 65536)
        assert b"HTTP/1.1 413" in one.recv(65536)


def test_who_leaves_in_the_middle_of_a_body_leaves_no_trace(server: Service) -> None:
    with connect(server) as one:
        one.sendall(BATCH % (server.key.encode(), 1000) + b"192.0.2.1\n")
        sleep(0.1)
    sleep(0.2)
    assert "failed" not in (server.data / "server.log").read_text()


def test_when_there_are_too_many_the_slowest_makes_room(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_MAX_CONNECTIONS="20") as service, ExitStack() as stack:
        slow = [stack.enter_context(connect(service)) for _ in range(40)]
        for one in slow:
            with suppress(ConnectionError):
                one.sendall(GET)
        for _ in range(10):
            assert httpx.get(f"{service.url}/healthz", trust_env=False).status_code == 200
        with service.client() as client:
            assert 'reason="made-room"' in client.get("/metrics").text
        process = psutil.Process(service.process.pid)
        eventually(lambda: len([one for one in process.net_connections() if one.status == "ESTABLISHED"]) <= 20)


def test_when_all_are_busy_a_new_one_is_told_so(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_MAX_CONNECTIONS="5") as service, ExitStack() as stack:
        busy = [stack.enter_context(connect(service)) for _ in range(5)]
        for one in busy:  # a body is awaited, so that a request is in flight
            one.sendall(BATCH % (service.key.encode(), 1000))
        sleep(0.3)
        with connect(service) as another:
            assert problem(rest(another)) == (503, "too-many-connections")

"""Which request it was: ids that are given, made and sent back, and what the log says of requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from running import Service, eventually, fill, serving

LOOKUP = "/api/v1/lookup/192.0.2.1"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("logging")
    fill(data, entries={"192.0.2.1": None})
    with serving(data, BLACKLIST_ACCESS_LOG="1") as running:
        yield running


def lines(service: Service) -> list[dict[str, Any]]:
    text = (service.data / "server.log").read_text().splitlines()
    loaded = [json.loads(line) for line in text if line.startswith("{")]
    return [line for line in loaded if line["logger"] == "blacklist.access"]


def line_of(service: Service, id: str) -> dict[str, Any]:
    eventually(lambda: any(line["request_id"] == id for line in lines(service)))
    return next(line for line in lines(service) if line["request_id"] == id)


@pytest.mark.parametrize("path", [LOOKUP, "/api/v1/lookup/junk", "/api/v1/stats", "/nothing", "/healthz", "/authz"])
def test_an_id_that_is_given_comes_back(logging: Service, path: str) -> None:
    with logging.client() as client:
        assert client.get(path, headers={"x-request-id": "abc-123/x"}).headers["x-request-id"] == "abc-123/x"
        assert client.get(path, headers={"traceparent": PARENT}).headers["x-request-id"] == TRACE


@pytest.mark.parametrize("given", ["", "a b", 'x","level":"x', "x" * 129, "-x", "\x80"])
def test_an_id_that_is_not_sane_is_replaced(logging: Service, given: str) -> None:
    with logging.client() as client:
        found = client.get("/api/v1/stats", headers={b"x-request-id": given.encode("latin-1")}).headers["x-request-id"]
    assert len(found) == 16
    assert int(found, 16) >= 0


@pytest.mark.parametrize(
    "parent",
    [f"ff-{TRACE}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-{'0' * 16}-01", "junk", ""],
)
def test_a_traceparent_that_is_not_one_is_ignored(logging: Service, parent: str) -> None:
    with logging.client() as client:
        assert client.get("/api/v1/stats", headers={"traceparent": parent}).headers["x-request-id"] != TRACE


def test_each_request_without_one_gets_its_own(logging: Service) -> None:
    with logging.client() as client:
        assert len({client.get("/api/v1/stats").headers["x-request-id"] for _ in range(20)}) == 20
        assert len(client.get("/api/v1/lookup/junk").headers["x-request-id"]) == 16


def test_a_line_names_the_route_and_never_the_address_or_the_key(logging: Service) -> None:
    with logging.client() as client:
        client.get("/api/v1/lookup/192.0.2.1", headers={"x-request-id": "one", "traceparent": PARENT})
        client.delete("/api/v1/listings/192.0.2.77", headers={"x-request-id": "two"})
    one, two = line_of(logging, "one"), line_of(logging, "two")
    assert (one["method"], one["route"], one["status"]) == ("GET", "/api/v1/lookup/{address}", 200)
    assert one["trace_id"] == TRACE
    assert 0 < one["seconds"] < 5
    assert two["route"] == "/api/v1/listings/{indicator}"
    log = (logging.data / "server.log").read_text().partition("\n")[2]  # the first line says where it listens
    for secret in ("192.0.2.", "127.0.0.1", logging.key[4:16], logging.key[17:]):
        assert secret not in log, secret


def test_addresses_are_logged_when_that_is_switched_on_and_secrets_still_are_not(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    settings = {"BLACKLIST_ACCESS_LOG": "1", "BLACKLIST_LOG_ADDRESSES": "1", "BLACKLIST_TRUSTED_PROXIES": "127.0.0.0/8"}
    with serving(tmp_path, **settings) as service, service.client() as client:
        client.get(LOOKUP, headers={"x-request-id": "one", "x-forwarded-for": "203.0.113.5"})
        line = line_of(service, "one")
        assert (line["client"], line["path"], line["key"]) == ("203.0.113.5", LOOKUP, service.key[4:16])
        assert service.key[17:] not in (tmp_path / "server.log").read_text()


def test_of_lookups_a_share_is_logged_and_of_all_else_each(tmp_path: Path) -> None:
    fill(tmp_path, entries={"192.0.2.1": None})
    with serving(tmp_path, BLACKLIST_ACCESS_LOG="0.1") as service, service.client() as client:
        for _ in range(200):
            client.get(LOOKUP)
        for _ in range(7):
            client.get("/api/v1/stats")
        eventually(lambda: sum(line["route"] == "/api/v1/stats" for line in lines(service)) == 7)
        assert 19 <= sum(line["route"] == "/api/v1/lookup/{address}" for line in lines(service)) <= 21
    with serving(tmp_path, BLACKLIST_ACCESS_LOG="0") as service, service.client() as client:
        client.get("/api/v1/stats")
        assert lines(service) == []

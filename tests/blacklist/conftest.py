"""One server for all tests of the web layer that do not change what it serves."""

from __future__ import annotations

from collections.abc import Iterator
from time import time

import httpx
import pytest

from blacklist.core.listing import Facts
from running import Service, allow, fill, serving


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("service")
    first = int(time()) - 86_400
    fill(
        data,
        feed="one",
        category="attacks",
        entries={
            "192.0.2.1": Facts("", 90, "KR", 'brute force, "ssh"', first, 0, 0),
            "192.0.2.0/24": None,
            "198.51.100.0/24": None,
            "2001:db8::/32": None,
        },
    )
    fill(data, feed="two", category="scanners", entries={"192.0.2.1": None, "203.0.113.9": None})
    fill(data, feed="allowed-away", category="none", entries={"198.51.100.7": None})
    allow(data, "198.51.100.7", "a partner")
    with serving(data) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as opened:
        yield opened

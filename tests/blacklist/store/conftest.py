"""Every kind of store there is, for the tests of what all of them promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from places import KINDS, Place
from redises import Server, running_cluster, running_redis, running_sentinels


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Redis for all tests that do not harm it."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def sentinel_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_sentinels(tmp_path_factory.mktemp("sentinels")) as watched:
        yield watched.url


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster.url


@pytest.fixture
def redis_url(redis_server: Server) -> str:
    """A part of the shared Redis that no other test uses."""
    return f"{redis_server.url}?prefix={token_hex(8)}"


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each kind of store, new."""
    url = ""
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url
    elif request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_url")
    place = Place(tmp_path, f"{url}?prefix={token_hex(8)}" if url else "")
    with place.opened:
        yield place

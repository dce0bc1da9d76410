"""One cluster for each file of tests: they stop its Redis."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from clustered import Clustered, clustered


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clustered]:
    with clustered(tmp_path_factory.mktemp("clustered")) as made:
        yield made


@pytest.fixture(scope="module")
def pair(cluster: Clustered) -> tuple[httpx.Client, httpx.Client]:
    """Clients of two servers that share the store."""
    one, other = (cluster.stack.enter_context(cluster.serve(name).client()) for name in ("a", "b"))
    return one, other

"""The faults of a cluster, each held for a moment; `make faults` holds them for long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import clocks
import importers
import servers
import writes
from cluster import LISTED, Cluster, running_servers, window
from drill import drill
from faults import REDIS
from load import errors


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three servers on one Redis that keeps what it acknowledged."""
    with running_servers(Path(tmp_path_factory.mktemp("cluster"))) as running:
        yield running


@pytest.mark.parametrize("name", REDIS)
def test_a_fault_of_redis_fails_no_lookup_refuses_writes_in_time_and_loses_none(cluster: Cluster, name: str) -> None:
    found = drill(cluster, REDIS[name], rest=0.5, held=1.5)
    assert found.requests > 50
    assert not found.errors
    assert found.acknowledged > 0
    assert set(found.refused) <= {503}
    assert found.slowest < 3  # a second, and what a busy machine adds
    assert found.recovered < 10
    assert found.lost == 0


def test_a_rolling_restart_under_load_fails_no_request(cluster: Cluster) -> None:
    answers, codes = servers.rolling_restart(cluster)
    assert len(answers) > 100
    assert not errors(answers)
    assert codes == [0, 0, 0]


def test_a_server_killed_while_redis_is_away_serves_again_from_what_it_keeps(cluster: Cluster) -> None:
    took, failed = servers.killed(cluster)
    assert took < 10
    assert set(failed) <= {"RemoteDisconnected", "ConnectionResetError", "IncompleteRead"}  # its own connections


def test_a_server_on_an_empty_disk_joins_without_an_importer(cluster: Cluster) -> None:
    assert servers.from_nothing(cluster) < 20


def test_an_importer_that_is_killed_leaves_the_old_content_or_the_new(cluster: Cluster) -> None:
    importers.killed(cluster, 2, patient=False)


def test_of_two_importers_at_once_none_undoes_the_other(cluster: Cluster) -> None:
    importers.two_at_once(cluster)


def test_an_importer_that_wakes_up_late_changes_nothing(cluster: Cluster) -> None:
    importers.paused(cluster, patient=False)


def test_a_manual_listing_is_soon_visible_at_all_servers(cluster: Cluster) -> None:
    assert max(writes.propagation(cluster, 10)) < 5


def test_no_acknowledged_write_is_lost_while_redis_is_killed_again_and_again(cluster: Cluster) -> None:
    made, kills, lost = writes.killings(cluster, 60, between=(0.2, 2))
    assert kills > 0
    assert not lost
    assert {one.status for one in made} <= {201, 503}


def test_clocks_that_are_five_minutes_off_end_nothing_and_revive_nothing(cluster: Cluster) -> None:
    found = clocks.drifted(cluster)
    assert set(found) == {frozenset({LISTED, *window(110)}), frozenset({LISTED, *window(111)})}

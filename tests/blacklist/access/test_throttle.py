"""How often logins may be tried: who fails waits longer each time, and can make nobody else wait."""

from __future__ import annotations

from blacklist.access.throttle import BUDGET, FORGOTTEN, FREE, FREE_OF_NETWORK, LONGEST_DELAY, REMEMBERED, Throttle
from blacklist.core.indicator import parse_address

HERE, THERE = parse_address("192.0.2.1"), parse_address("198.51.100.1")


def test_some_failures_are_free_then_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    throttle, now, waits = Throttle(), 1_000.0, []
    for _ in range(FREE):
        assert throttle.begin("alice", HERE, now) == 0
    for _ in range(14):
        waits.append(throttle.begin("alice", HERE, now))
        now += waits[-1]
        assert throttle.begin("alice", HERE, now) == 0
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == LONGEST_DELAY


def test_asking_while_it_has_to_wait_makes_nobody_wait_longer() -> None:
    throttle = Throttle()
    for _ in range(FREE):
        throttle.begin("alice", HERE, 0)
    assert [throttle.begin("alice", HERE, at) for at in (0.25, 0.5, 0.75)] == [0.75, 0.5, 0.25]
    assert throttle.begin("alice", HERE, 1) == 0


def test_failures_from_elsewhere_lock_nobody_out() -> None:
    throttle = Throttle()
    for _ in range(FREE + 3):
        throttle.begin("alice", THERE, 0)
    assert throttle.begin("alice", THERE, 0) > 0
    assert throttle.begin("alice", HERE, 0) == 0


def test_a_host_cannot_change_its_address_within_its_64() -> None:
    throttle = Throttle()
    for host in range(FREE):
        throttle.begin("alice", parse_address(f"2001:db8::{host:x}"), 0)
    assert throttle.begin("alice", parse_address("2001:db8::ffff"), 0) > 0
    assert throttle.begin("alice", parse_address("2001:db8:0:1::1"), 0) == 0


def test_one_network_that_tries_many_accounts_waits_too() -> None:
    throttle = Throttle()
    for account in range(FREE_OF_NETWORK):
        assert throttle.begin(f"user{account}", HERE, 0) == 0
    assert throttle.begin("another", HERE, 0) > 0


def test_a_success_starts_afresh() -> None:
    throttle = Throttle()
    for _ in range(FREE - 1):
        throttle.begin("alice", HERE, 0)
    assert throttle.begin("alice", HERE, 0) == 0
    throttle.succeeded("alice", HERE, 0)
    assert [throttle.begin("alice", HERE, 0) for _ in range(FREE)] == [0] * FREE


def test_failures_are_forgotten_an_hour_after_the_last() -> None:
    throttle = Throttle()
    for _ in range(FREE + 1):
        throttle.begin("alice", HERE, 0)
    assert throttle.begin("alice", HERE, FORGOTTEN + 1) == 0


def test_many_networks_together_use_up_a_budget_but_not_of_who_logged_in_before() -> None:
    throttle = Throttle()
    throttle.begin("alice", HERE, 0)
    throttle.succeeded("alice", HERE, 0)
    for host in range(int(BUDGET)):
        assert throttle.begin("bob", parse_address(f"198.51.100.{host}"), 0) == 0
    wait = throttle.begin("bob", parse_address("203.0.113.1"), 0)
    assert 0 < wait <= 10
    assert throttle.begin("alice", HERE, 0) == 0
    assert throttle.begin("bob", parse_address("203.0.113.1"), wait) == 0


def test_an_attempt_without_a_decision_is_no_failure() -> None:
    throttle = Throttle()
    for _ in range(3 * FREE_OF_NETWORK):
        assert throttle.begin("alice", HERE, 0) == 0
        throttle.not_counted("alice", HERE)


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle()
    for place in range(5_000):
        throttle.begin(f"user{place}", (4, place), place * 100.0)
        throttle.succeeded(f"known{place}", (4, place), place * 100.0)
    assert len(throttle._failures) <= REMEMBERED
    assert len(throttle._known) <= REMEMBERED

"""Policy: what a feed may list, which updates are held back, what survives from one generation to the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blacklist.core.indicator import parse_one
from blacklist.core.listing import Facts
from blacklist.core.policy import FeedPolicy, combine_facts, merge_facts, refusal, suspicions

POLICY = FeedPolicy()


def facts(confidence: int = 50, *, first: int = 100, last: int = 0, expires: int = 0, reason: str = "") -> Facts:
    return Facts("", confidence, "", reason, first, last, expires)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0.0.0/0", "wider than /8"),
        ("8.0.0.0/7", "wider than /8"),
        ("::/0", "wider than /19"),
        ("2a00::/18", "wider than /19"),
        ("10.0.0.0/8", "private use (RFC 1918)"),
        ("224.0.0.0/4", "wider than /8"),
        ("224.0.0.1", "multicast (RFC 5771)"),
        ("100.64.1.1", "shared address space (RFC 6598)"),
    ],
)
def test_a_network_that_is_too_wide_or_special_is_refused(text: str, reason: str) -> None:
    assert refusal(parse_one(text), POLICY) == reason


def test_documentation_addresses_are_refused_unless_the_feed_may_list_them() -> None:
    assert refusal(parse_one("192.0.2.1"), POLICY) is not None
    assert refusal(parse_one("192.0.2.1"), FeedPolicy(allow_special=True)) is None


def test_no_policy_lets_a_whole_family_in() -> None:
    assert refusal(parse_one("0.0.0.0/0"), FeedPolicy(min_prefix_v4=0, allow_special=True)) == "wider than /1"


@pytest.mark.parametrize(
    ("before", "after", "accepted", "rejected", "reasons"),
    [
        (None, 10, 10, 0, ()),
        (10, 10, 10, 0, ()),
        (10, 5, 5, 0, ()),
        (10, 4, 4, 0, ("it shrank from 10 to 4 entries",)),
        (10, 50, 50, 0, ()),
        (10, 51, 51, 0, ("it grew from 10 to 51 entries",)),
        (None, 0, 0, 0, ("it is empty",)),
        (10, 0, 0, 0, ("it is empty, and had 10 entries",)),
        (10, 10, 95, 5, ()),
        (10, 10, 94, 6, ("6 of 100 lines were rejected",)),
    ],
)
def test_an_update_that_looks_wrong_is_held_back_with_the_reason(
    before: int | None, after: int, accepted: int, rejected: int, reasons: tuple[str, ...]
) -> None:
    doubts = suspicions(POLICY, before=before, after=after, accepted=accepted, rejected=rejected)
    assert tuple(doubt.text for doubt in doubts) == reasons
    assert {doubt.guard for doubt in doubts} <= {"empty", "shrunk", "grown", "rejected"}


def test_a_feed_that_can_be_empty_may_become_so() -> None:
    policy = FeedPolicy(can_be_empty=True)
    assert suspicions(policy, before=10, after=0, accepted=0, rejected=0) == ()


def test_what_a_feed_lists_again_keeps_when_it_was_first_seen() -> None:
    assert merge_facts(facts(first=100), facts(60, first=200)) == facts(60, first=100)
    assert merge_facts(facts(first=200), facts(60, first=100)) == facts(60, first=100)


def test_of_two_lines_for_one_indicator_the_more_confident_wins_and_the_dates_span_both() -> None:
    weak, strong = facts(30, first=50, last=60, reason="old"), facts(80, first=70, last=90)
    assert combine_facts(weak, strong) == facts(80, first=50, last=90)


def test_of_two_equally_confident_lines_the_one_that_never_expires_wins() -> None:
    assert combine_facts(facts(expires=900), facts(expires=0)).expires_at == 0


FACTS = st.builds(
    facts,
    st.integers(0, 100),
    first=st.integers(0, 9),
    last=st.integers(0, 9),
    expires=st.integers(0, 9),
    reason=st.sampled_from(["", "a", "b"]),
)


@given(FACTS, FACTS)
def test_the_order_of_two_lines_does_not_matter(one: Facts, other: Facts) -> None:
    assert combine_facts(one, other) == combine_facts(other, one)

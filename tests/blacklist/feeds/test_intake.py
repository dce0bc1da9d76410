"""What an intake keeps of an update that says more than it should."""

from __future__ import annotations

from blacklist.core.interned import MOST_FACTS
from blacklist.core.listing import Facts
from blacklist.core.policy import FeedPolicy
from blacklist.feeds.intake import CUT, Intake


def said(reason: str) -> Facts:
    return Facts("scans", 90, "KR", reason, 1_900_000_000, 0, 0)


def test_an_update_with_a_reason_of_its_own_for_each_line_keeps_every_listing_and_tells() -> None:
    intake = Intake(FeedPolicy(allow_special=True))
    intake.fact(said("the first"))
    for number in range(1, MOST_FACTS):
        intake.fact(said(f"{number}"))
    facts = [intake.fact(said(f"beyond {number}")) for number in range(3)]
    intake.hosts(bytes([192, 0, 2, 1, 192, 0, 2, 2, 192, 0, 2, 3]), facts, [1, 2, 3], ["", "", ""])
    assert (intake.accepted, intake.reasons) == (3, {CUT: 3})
    assert [one.reason for _, one in intake.finish()] == ["", "", ""]
